"""Runs the generator from a notebook: the functions that the notebook of `homework notebook` calls.

It uses the standard library only. The notebook's kernel imports it from unpacked source before anything is
installed, and Colab's packages conflict with the engine's in one environment.
"""

from homework_colab.notebook import run

__all__ = ["run"]
