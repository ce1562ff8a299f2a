"""Refuses what no exercise may contain: addresses, telephone numbers and insults."""

import re
from collections.abc import Iterator

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import word_set
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import words

_ADDRESS = re.compile(
    r"https?:|\bwww\.|[\w.]{1,64}@\w|\b[a-z0-9-]{2,63}\.(?:com|org|net|it|eu|info|io|gov|edu)\b",
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"(?<!\w)(?:\+|00)?\d{2,4}(?:[ ./-]?\d{2,4}){2,4}(?!\w)")
_DOTTED, _DIGITS = re.compile(r"\.\w"), re.compile(r"\d\d")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_NAMES = frozenset({"troia", "dick", "negro"})
_DIGITS_OF_A_NUMBER = 9


def problems(parsed: Parsed) -> Iterator[Problem]:
    exercise = parsed.exercise
    texts = (exercise.question, exercise.correct_answer, exercise.explanation, *(exercise.options or ()))
    text = "\n".join(texts)
    if _may_hold_address(text) and _ADDRESS.search(text):
        yield Problem(Check.SAFETY, "a text contains an internet address")
    if _DIGITS.search(text) and any(map(_is_telephone, _TELEPHONE.findall(text))):
        yield Problem(Check.SAFETY, "a text contains a telephone number")
    insults = word_set("safety", "insults")
    if insults.isdisjoint(parsed.words) and insults.isdisjoint(parsed.explanation_tokens):
        return
    found = insults.intersection(words(text))
    # Some of these words are names if they are capitalised: "La guerra di Troia", "Moby Dick".
    if found - {word for word in _NAMES & found if word not in text}:
        yield Problem(Check.SAFETY, "a text contains an insult")


def _may_hold_address(text: str) -> bool:
    """Whether the text may contain an address. It nearly always does not, and this test costs a tenth of the
    full one.
    """
    lettered = text.casefold()
    return "@" in text or "http" in lettered or "www." in lettered or _DOTTED.search(text) is not None


def _is_telephone(text: str) -> bool:
    if _THOUSANDS.fullmatch(text):
        return False  # "300.000.000" is a number and not an address or a telephone number
    return sum(character.isdigit() for character in text) >= _DIGITS_OF_A_NUMBER
