"""Sets of words: `words.toml`, read once."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from rapidfuzz.distance import Levenshtein

from homework_shared.language.italian.words import is_italian

# In a short word one letter makes another word: sei, sai.
_SHORTEST_TO_MISSPELL = 5
_LONG_NUMBER = 9


@cache
def word_set(name: str) -> frozenset[str]:
    """Raises KeyError."""
    return frozenset(str(_table()[name]).split())


@cache
def is_number(word: str) -> bool:
    return (
        word in word_set("numbers")
        or word.isdigit()
        or any(map(word.__contains__, word_set("inside_numbers")))
    )


def is_misspelt_number(number: str, written: str) -> bool:
    """Undice for undici, sesantotto for sessantotto, and no other number or word."""
    letters = 1 if len(number) < _LONG_NUMBER else 2
    return (
        len(number) >= _SHORTEST_TO_MISSPELL
        and not is_italian(written)
        and Levenshtein.distance(number, written, score_cutoff=letters) <= letters
    )


@cache
def second_forms() -> frozenset[frozenset[str]]:
    """Pairs of forms of one verb, tense and person."""
    return frozenset(frozenset(pair.split()) for pair in _table()["second_forms"])


@cache
def british_spelling() -> dict[str, str]:
    """By an American spelling the British one."""
    return dict(pair.split() for pair in _table()["american_and_british"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("homework_api.grading") / "words.toml").read_text("utf-8"))
