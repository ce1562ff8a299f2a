"""Runs the generator from a notebook: everything that the notebook of `homework notebook` calls.

It uses the standard library only. The notebook's kernel imports it from unpacked source before anything is
installed, and Colab's packages and the engine's do not work together in one environment.
"""

from homework_colab.notebook import run

__all__ = ["run"]
