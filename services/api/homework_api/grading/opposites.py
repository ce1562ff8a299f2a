"""Words of which one says the opposite of the other, or excludes it: `opposites.toml`."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import product

from homework_api.grading.equivalents import Phrase, bases_of
from homework_api.grading.free.sentence import find

_Side = tuple[int, int]
"""A row and a column of it: words of one row exclude each other unless they are of one column."""
_OF_ADJECTIVES = {"o": "oaie", "e": "ei", "a": "aie"}
_HARD = ("co", "go")


def excluded(expected: Iterable[str], given: Iterable[str]) -> str | None:
    """The first given word that says something else than an expected one."""
    sides = _sides()
    here = {side for word in expected for base in bases_of(word) for side in sides.get(base, ())}
    columns = defaultdict(set)
    for row, column in here:
        columns[row].add(column)
    for word in given:
        there = [side for base in bases_of(word) for side in sides.get(base, ())]
        if any(row in columns and column not in columns[row] for row, column in there):
            return word
    return None


def excluded_phrase(expected: Sequence[str], given: Sequence[str]) -> Phrase | None:
    """The same of phrases, in whole sentences: almeno, al massimo."""
    for one, other in _phrases():
        is_meant = find(expected, one) is not None and find(expected, other) is None
        if is_meant and find(given, other) is not None and find(given, one) is None:
            return other
    return None


@cache
def _sides() -> dict[str, frozenset[_Side]]:
    found: dict[str, set[_Side]] = defaultdict(set)
    for number, row in enumerate(_rows()):
        for column, words in enumerate(row):
            for word in words:
                found[word].add((number, column))
    return {word: frozenset(sides) for word, sides in found.items()}


def _rows() -> Iterable[list[list[str]]]:
    table = _table()
    for kind in ("verbs", "words"):
        yield from ([words.split() for words in row] for row in table[kind])
    for row in table["adjectives"]:
        yield [[form for word in words.split() for form in _forms(word)] for words in row]
    for row in table["nouns"]:
        yield [words.replace("/", " ").split() for words in row]


def _forms(adjective: str) -> list[str]:
    """Of the masculine singular: possibile, possibili; antico, antica, antichi, antiche."""
    stem, last = adjective[:-1], adjective[-1]
    forms = [stem + ending for ending in _OF_ADJECTIVES.get(last, last)]
    if adjective.endswith(_HARD):
        forms += [f"{stem}hi", f"{stem}he"]
    return forms


@cache
def _phrases() -> tuple[tuple[Phrase, Phrase], ...]:
    """Each way round."""
    pairs = []
    for row in _table()["phrases"]:
        sides = [[tuple(phrase.split()) for phrase in side.split("|")] for side in row]
        for place, side in enumerate(sides):
            others = [phrase for other in sides[:place] + sides[place + 1 :] for phrase in other]
            pairs += list(product(side, others))
    return tuple(pairs)


@cache
def _table() -> dict[str, list[list[str]]]:
    return tomllib.loads((files("homework_api.grading") / "opposites.toml").read_text("utf-8"))
