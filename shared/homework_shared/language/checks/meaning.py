"""Checks that a translation has the meaning of the English: its numbers, negation, persons,
days and length.
"""

import re
from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.meaning_of_sets import SAYINGS, amounts_differ, members_differ
from homework_shared.language.checks.meaning_of_subjects import numbers_of_subjects_differ
from homework_shared.language.checks.meaning_of_verbs import aspects_differ, persons_differ, times_differ
from homework_shared.language.data import load
from homework_shared.language.reading.matching import alternatives
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small

# "sister-in-law" is one word, because it does not mean "sister".
_WORD = re.compile(r"[a-zàèéìòù]+(?:-in-law|'[a-z]+)?|\d+")
_NUMBERS_IN_WORDS = re.compile(
    r"(?:vent|trent|quarant|cinquant|sessant|settant|ottant|novant|cent|mill|mila)\w{3,}"
)
_LONGER, _SHORTER = 2.2, 0.4
_FEW_LETTERS = 15
_CLOSING = 4
_HALF_A_DAY, _YEARS = 12, 1000


def problems(parsed: Parsed) -> Iterator[Problem]:
    if not parsed.english:
        return
    english, italian = small(parsed.english), small(parsed.exercise.correct_answer)
    ours, theirs = frozenset(_WORD.findall(italian)), frozenset(_WORD.findall(english))
    if _numbers_differ(theirs, ours, parsed.exercise.question):
        yield Problem(Check.MEANING, "the Italian and the English have different numbers")
    if _negation_differs(english, italian, theirs, ours):
        yield Problem(Check.MEANING, "only one of the Italian and the English is negated")
    if (
        (_word_is_missing(english, italian, theirs, ours) and not SAYINGS.search(english))
        or members_differ(english, italian)
        or amounts_differ(theirs, ours)
    ):
        yield Problem(Check.MEANING, "the Italian and the English name different days, people or things")
    if numbers_of_subjects_differ(english, parsed.sentence):
        yield Problem(Check.MEANING, "the subject is singular in one language and plural in the other")
    yield from _of_verbs(parsed, english)
    if _asks(english) != _asks(italian):
        yield Problem(Check.MEANING, "only one of the Italian and the English is a question")
    if not _SHORTER * len(english) - _FEW_LETTERS < len(italian) < _LONGER * len(english) + _FEW_LETTERS:
        yield Problem(Check.MEANING, "the Italian and the English have very different lengths")


def _of_verbs(parsed: Parsed, english: str) -> Iterator[Problem]:
    if persons_differ(english, parsed.sentence):
        yield Problem(Check.MEANING, "the Italian and the English have different subjects")
    if times_differ(english, parsed.sentence):
        yield Problem(Check.MEANING, "the Italian and the English are in different times")
    elif aspects_differ(english, " ".join(parsed.sentence.words)):
        yield Problem(
            Check.MEANING, "the English says that it still goes on or was a habit, and the Italian does not"
        )


def _asks(text: str) -> bool:
    return "?" in text[-_CLOSING:]


def _numbers_differ(theirs: frozenset[str], ours: frozenset[str], question: str) -> bool:
    if any(_NUMBERS_IN_WORDS.fullmatch(word) for word in ours) or "in words" in question:
        return False  # Only `_numbers` reads numbers, and it does not know "centodue".
    there, here = _numbers(theirs), _numbers(ours)
    # Times of day and dates can be expressed with different numbers.
    lost, put_in = there - here, here - there
    return (
        len(there) == len(here)
        and len(lost) == len(put_in) == 1
        and not any(_are_one_time(one, two) for one in there for two in here)
    )


def _are_one_time(one: int, two: int) -> bool:
    """Whether two numbers may express the same time: 3 pm is 15, the 1960s are the sixties, and two weeks are
    fifteen days in Italian.
    """
    return (
        one == two
        or abs(one - two) == _HALF_A_DAY
        or (max(one, two) > _YEARS and max(one, two) % 100 == min(one, two))
        or (one, two) in ((2, 15), (1, 8))
    )


def _numbers(words: frozenset[str]) -> frozenset[int]:
    values = load("meaning")["numbers"]
    return frozenset(
        int(word) if word.isdigit() else values[word] for word in words if word.isdigit() or word in values
    )


def _negation_differs(english: str, italian: str, theirs: frozenset[str], ours: frozenset[str]) -> bool:
    tables = _negations()
    lost = (
        bool(theirs & tables["plain_english"]) and not ours & tables["italian"] and not _is_negated_word(ours)
    )
    put_in = bool(ours & tables["plain_italian"]) and not theirs & tables["english"]
    differs = lost or (put_in and "non" in ours and not _is_negated_word(theirs))
    # Some negations deny nothing: "It's cold, isn't it?", "non vedo l'ora".
    return differs and not (_idioms("english").search(english) or _idioms("italian").search(italian))


def _is_negated_word(words: frozenset[str]) -> bool:
    return any(word.startswith(("in", "im", "ir", "un", "dis", "s")) and len(word) > 6 for word in words)


@cache
def _idioms(language: str) -> re.Pattern[str]:
    return re.compile("|".join(load("meaning")["not_denied"][language]))


@cache
def _negations() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in load("meaning")["negation"].items()}


def _word_is_missing(english: str, italian: str, theirs: frozenset[str], ours: frozenset[str]) -> bool:
    there, here = _patterns("words"), _patterns("back")
    return any(not there[word].search(italian) for word in theirs & there.keys()) or any(
        not here[word].search(english) for word in ours & here.keys()
    )


@cache
def _patterns(table: str) -> dict[str, re.Pattern[str]]:
    return {word: alternatives(listed) for word, listed in load("meaning")[table].items()}
