"""Numbers in figures and in words, and the two ways to tell the time."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from homework_api.grading.free.sentence import Sentence
from homework_api.grading.italian import Word, exact
from homework_shared.language.italian.numerals import cardinal, ordinal

_FIGURE = re.compile(r"(\d{1,6})[oa]?")
_ONE = frozenset({"un", "uno", "una", "un'"})
_LAST_ORDINAL = 20
_BEFORE_AN_HOUR = frozenset({"le", "alle", "dalle", "delle"})
_PARTS = {
    ("e", "un", "quarto"): 15, ("e", "mezza"): 30, ("e", "mezzo"): 30, ("e", "tre", "quarti"): 45,
    ("meno", "un", "quarto"): -15,
}  # fmt: skip
_HOURS, _MINUTES, _HALF_A_DAY = 25, 60, 720
_DIGITS_OF_MINUTES = 2

Time = tuple[int, int, int]
"""Where it begins and ends among the words, and the minutes since midnight or noon."""


def figures(sentence: Sentence) -> Sentence:
    """vent'anni, 20 anni; il primo marzo, il 1° marzo. Not where the exercise asks for words."""
    if "in words" in sentence.english:
        return sentence
    lacking, extra = sentence.unmatched()
    for given in extra:
        same = next((word for word in lacking if _are_one_number(word.exact, given.exact)), None)
        if same is not None:
            lacking.remove(same)
            sentence = sentence.adopt((given.exact,), (same,))
    return sentence


def times_of_day(sentence: Sentence) -> Sentence:
    """le tre e un quarto, le tre e quindici, le 3:15."""
    if "in words" in sentence.english and any(word.exact.isdigit() for word in sentence.given):
        return sentence
    wanted, written = list(_times(sentence.expected)), list(_times(sentence.given))
    if len(wanted) != 1 or len(written) != 1 or wanted[0][2] != written[0][2]:
        return sentence
    (here, to, _), (start, end, _) = wanted[0], written[0]
    return sentence.adopt(exact(sentence.given[start:end]), sentence.expected[here:to])


def _are_one_number(one: str, other: str) -> bool:
    return other in _in_words(one) or one in _in_words(other)


def _in_words(figure: str) -> frozenset[str]:
    """The cardinal, whole and elided, and the ordinal."""
    found = _FIGURE.fullmatch(figure)
    if found is None:
        return frozenset()
    number = int(found[1])
    if number == 1:
        return _ONE | {"primo", "prima"}
    spelled = cardinal(number)
    ordinals = {ordinal(number, feminine=each) for each in (False, True)} if number <= _LAST_ORDINAL else ()
    return frozenset({spelled, f"{spelled[:-1]}'", *ordinals})


def _times(words: Sequence[Word]) -> Iterator[Time]:
    forms = exact(words)
    for place, (before, hour) in enumerate(pairwise(forms), 1):
        if before in _BEFORE_AN_HOUR and hour in _values():
            end, minutes = _minutes(forms, place + 1, hour.isdigit())
            yield place, end, (_values()[hour] * _MINUTES + minutes) % _HALF_A_DAY


def _minutes(forms: Sequence[str], place: int, is_figure: bool) -> tuple[int, int]:
    """Where they end, and how many there are after the hour."""
    for part, minutes in _PARTS.items():
        if tuple(forms[place : place + len(part)]) == part:
            return place + len(part), minutes
    joined, number = (*forms[place : place + 2], "", "")[:2]
    if joined in ("e", "meno") and number in _values():
        return place + 2, _values()[number] * (1 if joined == "e" else -1)
    if is_figure and joined.isdigit() and len(joined) == _DIGITS_OF_MINUTES:
        return place + 1, int(joined)
    return place, 0


@cache
def _values() -> dict[str, int]:
    numbers = range(1, _MINUTES)
    return {text: number for number in numbers for text in (cardinal(number), str(number), f"{number:02}")}
