"""The word lists and patterns of the checks, one TOML file for each family."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """The tables of one file.

    Raises:
        tomllib.TOMLDecodeError: the file is wrong.
    """
    return tomllib.loads((files("homework_shared.language.data") / f"{name}.toml").read_text("utf-8"))


@cache
def word_set(name: str, key: str) -> frozenset[str]:
    """The words of a list that a file contains as one text."""
    return frozenset(load(name)[key].split())
