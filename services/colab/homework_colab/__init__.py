"""The generator from a notebook: everything that `deploy/colab/generator.ipynb` calls.

Standard library only: the notebook's kernel imports this from unpacked source, before anything is
installed, and Colab's own packages and the engine's do not mix.
"""

from homework_colab.notebook import run

__all__ = ["run"]
