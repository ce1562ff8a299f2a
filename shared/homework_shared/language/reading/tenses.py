"""Which tenses a text names: "passato prossimo vs imperfetto" names two."""

import re
from functools import cache, lru_cache

from homework_shared.language.data import load
from homework_shared.language.reading.text import small

_SIGNS = re.compile(r"(?:[^\w+]|_)+")


@lru_cache(2000)
def tenses_named(text: str) -> frozenset[str]:
    """The tenses a text names, the longest names first: "congiuntivo imperfetto" is one and not three."""
    left = f" {_SIGNS.sub(' ', small(text)).strip()} "
    found = set()
    for name, tense in _names():
        if f" {name} " in left:
            found.add(tense)
            left = left.replace(f" {name} ", " . ")
    return frozenset(found)


@lru_cache(2000)
def accepts(tenses: frozenset[str], answer: str) -> bool:
    """Whether an answer in this tense may be called by one of these names."""
    return any(answer == tense or answer in _also().get(tense, ()) for tense in tenses)


@cache
def _names() -> list[tuple[str, str]]:
    names = [(name, tense) for tense, listed in load("tenses")["names"].items() for name in listed]
    return sorted(names, key=lambda pair: -len(pair[0]))


@cache
def _also() -> dict[str, frozenset[str]]:
    return {tense: frozenset(also.split()) for tense, also in load("tenses")["also"].items()}
