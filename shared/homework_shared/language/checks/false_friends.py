"""Checks for false friends, which look like English words but differ in meaning, and for phrases translated
word for word from English.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load
from homework_shared.language.italian.verbs import infinitives
from homework_shared.language.reading.matching import Beginnings, KeyedPatterns, PhraseList, alternatives
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small, words

_BETWEEN = (
    "un|una|un'|il|la|lo|l'|i|le|gli|dei|delle|degli|molte|molti|molta|molto|tante|tanti|tanta|tanto|alcune|qualche|sempre|spesso"
    "|più|così|bella|bel|buona|buon|lunga|grande|breve|nostre|mie|sue|tue|mio|suo|due|tre"
)


def problems(parsed: Parsed) -> Iterator[Problem]:
    italian = parsed.sentence.text
    if _calques().occurs_in(italian.split()) or _has_verbal_calque(parsed.sentence.words, italian):
        yield Problem(Check.FALSE_FRIEND, "a phrase was translated word for word from English")
    if _together().occur_in(italian, parsed.sentence.words):
        yield Problem(Check.FALSE_FRIEND, "a word has another meaning than the words beside it require")
    if parsed.english and _has_false_friend(small(parsed.english), italian):
        yield Problem(Check.FALSE_FRIEND, "an Italian word has another meaning than its English lookalike")


def _has_false_friend(english: str, italian: str) -> bool:
    return any(
        wrong.search(italian) and not right.search(italian)
        for wrong, right in _friends().matching(set(words(english)))
    )


def _has_verbal_calque(sentence: tuple[str, ...], italian: str) -> bool:
    """Whether a verb in any of its forms is followed by words that only English puts there: "guardando avanti
    a".
    """
    verbs = set(chain.from_iterable(map(_calqued, sentence)))
    return any(_verbal_calques()[verb].search(italian) for verb in verbs)


@lru_cache(20_000)
def _calqued(word: str) -> frozenset[str]:
    return infinitives(word) & _verbal_calques().keys()


@cache
def _verbal_calques() -> dict[str, re.Pattern[str]]:
    """The verbal calques as patterns. Up to two small words may stand between the parts: "prendiamo molte
    foto".
    """
    return {
        verb: re.compile(rf"\b(?:{stem}) (?:(?:{_BETWEEN}) ?){{0,2}}(?:{after})(?!\w)")
        for verb, stem, after in load("false_friends")["verbs"]
    }


@cache
def _calques() -> PhraseList:
    return PhraseList(load("false_friends")["calques"])


@cache
def _together() -> KeyedPatterns:
    return KeyedPatterns(load("false_friends")["together"])


@cache
def _friends() -> Beginnings[tuple[re.Pattern[str], re.Pattern[str]]]:
    return Beginnings(
        (english, (alternatives(wrong), alternatives(right)))
        for english, wrong, right in load("false_friends")["friends"]
    )
