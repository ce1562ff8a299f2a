"""Sets of words: `words.toml`, read once."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def word_set(name: str) -> frozenset[str]:
    """Raises KeyError."""
    return frozenset(str(_table()[name]).split())


@cache
def opposites() -> tuple[frozenset[str], ...]:
    """Sets of which one word excludes the others."""
    return tuple(frozenset(str(words).split()) for words in _table()["opposites"].values())


@cache
def second_forms() -> frozenset[frozenset[str]]:
    """Pairs of forms of one verb, tense and person."""
    return frozenset(frozenset(pair.split()) for pair in _table()["second_forms"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("homework_api.grading") / "words.toml").read_text("utf-8"))
