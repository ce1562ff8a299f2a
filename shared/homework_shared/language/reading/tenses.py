"""Finds the tenses that a text names: "passato prossimo vs imperfetto" names two."""

import re
from functools import cache, lru_cache

from homework_shared.language.data import load
from homework_shared.language.reading.text import small

_WORD = re.compile(r"[\w+]+")


def tenses_named(text: str) -> frozenset[str]:
    """The tenses that a text names. Longer names take precedence: "congiuntivo imperfetto" is one tense and
    not three.
    """
    words = _WORD.findall(small(text).replace("_", " "))
    begun = _names().keys() & words
    if not begun:
        return frozenset()
    left, found = f" {' '.join(words)} ", set()
    for _, name, tense in sorted(name for first in begun for name in _names()[first]):
        if f" {name} " in left:
            found.add(tense)
            left = left.replace(f" {name} ", " . ")
    return frozenset(found)


@lru_cache(500)
def tenses_asked(focus: str) -> frozenset[str]:
    """The tenses that a teacher asks for. They are cached, because a few requests are frequent, unlike other
    texts.
    """
    return tenses_named(focus)


@lru_cache(2000)
def accepts(tenses: frozenset[str], answer: str) -> bool:
    """Whether an answer in this tense may be called by one of these names."""
    return any(answer == tense or answer in _also().get(tense, ()) for tense in tenses)


@cache
def _names() -> dict[str, list[tuple[int, str, str]]]:
    """The names by their first word, each with its rank (longest first) and its tense."""
    names = [(name, tense) for tense, listed in load("tenses")["names"].items() for name in listed]
    found: dict[str, list[tuple[int, str, str]]] = {}
    for place, (name, tense) in enumerate(sorted(names, key=lambda pair: -len(pair[0]))):
        found.setdefault(name.split()[0], []).append((place, name, tense))
    return found


@cache
def _also() -> dict[str, frozenset[str]]:
    return {tense: frozenset(also.split()) for tense, also in load("tenses")["also"].items()}
