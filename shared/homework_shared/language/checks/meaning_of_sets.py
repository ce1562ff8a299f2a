"""Checks that a translation keeps the member of a small set: "later" is not "prima", and a brother is not
"sorella".
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from homework_shared.language.data import load
from homework_shared.language.reading.matching import Beginnings

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_ITALIAN = re.compile(r"[a-zàèéìòù]+'?|\d+")
# Expressions for which the other language uses another image.
# `SAYINGS` are idioms, whose words may be missing from the translation. `_BESIDES` also has phrases in which
# a word of a set has another meaning.
SAYINGS = re.compile(
    r"\b(?:cats and dogs|piece of cake|spilt milk|two birds|early bird|in the black|once in a blue|black sheep|hot dog|bull by the horns"
    r"|under the weather|(?:let|spill)\w* the (?:cat|beans)|raining cats|as busy as|whole hog|wild goose|when pigs|hold your horses|cry wolf"
    r"|crocodile tears|cold feet|cold shoulder|bed of roses|walls have ears|silver lining|rome wasn't|when in rome|all roads lead|better late"
    r"|bread and butter|out of the blue|bite the bullet|in the red|white lie|red tape|golden opportunity|red.handed|break a leg)\b"
)
_BESIDES = re.compile(
    r"\b(?:cats and dogs|piece of cake|spilt milk|kill two birds|early bird|in the black|once in a blue|feeling blue|black sheep"
    r"|hot dog|by heart|of course|at (?:last|least|most|once)|first of all|all the (?:best|same)|so long|good(?:bye| luck| morning| night)"
    r"|less (?!than)\w+|least|(?:not|\w+n't)(?: (?:very|too|so|that))? (?:good|bad|easy|difficult|expensive|cheap|old|young|big|small|long|short|tall"
    r"|new|true|many|few|late|early|clean|full|strong|heavy|rich|poor|hot|warm|cold|with|without|before|always|everyone|everybody|everything)"
    r"|see you|take place|no matter|once upon|break a leg|bad luck|a long time|as long as|right away|all right|old friend)\b"
)

Member = tuple[int, int]
"""The index of the set, and the index of the member in it."""


class _Tables(NamedTuple):
    """The words that certainly name a member, and the words that may name it, in one language."""

    named: Beginnings[Member]
    may_name: Beginnings[Member]


def members_differ(english: str, italian: str) -> bool:
    """Whether the English names one member of a set, and the Italian names another one in its place."""
    theirs, ours = _with_pairs(_WORD.findall(english)), _with_pairs(_ITALIAN.findall(italian))
    named = _found(_english().named, theirs)
    if not named:
        return False
    lost = named - _found(_italian().may_name, ours)
    if not lost:
        return False
    put_in = _found(_italian().named, ours) - _found(_english().may_name, theirs)
    differs = bool({number for number, _ in lost} & {number for number, _ in put_in})
    return differs and not (SAYINGS.search(english) or _BESIDES.search(english))


def amounts_differ(theirs: frozenset[str], ours: frozenset[str]) -> bool:
    """Whether "less" has become "più", or "more" has become "meno", and nothing else expresses an amount."""
    if theirs & {"not", "no", "never", "than", "ever", "longer"} or any(
        word.endswith("n't") for word in theirs
    ):
        return False
    less, more = bool(theirs & {"less", "fewer"}), bool(theirs & {"more", "most"})
    if less == more or "non" in ours:
        return False
    lower = bool(ours & {"meno", "minore", "minori", "minor", "almeno"})
    higher = bool(ours & {"più", "maggiore", "maggiori", "maggior"})
    few = any(word.startswith(("poc", "rid", "dimin")) for word in ours)
    return lower != higher and ((less and higher and not few) or (more and lower and not few))


def _with_pairs(words: list[str]) -> frozenset[str]:
    return frozenset([*words, *(f"{one}_{two}" for one, two in pairwise(words))])


def _found(table: Beginnings[Member], words: Iterable[str]) -> set[Member]:
    return set(table.matching(words))


def _members() -> Iterator[tuple[Member, list[str]]]:
    sets = [members for kind in load("meaning_sets").values() for members in kind]
    for number, members in enumerate(sets):
        for place, member in enumerate(members):
            yield (number, place), [text.replace("'*", "'") for text in member]


@cache
def _english() -> _Tables:
    return _tables(0, 1)


@cache
def _italian() -> _Tables:
    return _tables(2, 3)


def _tables(sure: int, more: int) -> _Tables:
    named, may_name = [], []
    for member, texts in _members():
        named += [(word, member) for word in texts[sure].split()]
        may_name += [(word, member) for word in (*texts[sure].split(), *texts[more].split())]
    return _Tables(Beginnings(named), Beginnings(may_name))
