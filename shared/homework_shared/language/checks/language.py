"""Checks that Italian texts are Italian and English texts English."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import word_set
from homework_shared.language.italian.words import base_forms, is_english, is_italian
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import CLITICS
from homework_shared.language.reading.text import tokens, without_parentheses, without_quotations

_SHARE_OF_ENGLISH = 0.75
_FEW = 3


def problems(parsed: Parsed) -> Iterator[Problem]:
    yield from _of_italian(parsed.sentence)
    if parsed.english:
        yield from _of_english(parsed.english_written)
    yield from _of_explanation(parsed)


def _of_italian(sentence: Sentence) -> Iterator[Problem]:
    if _count(sentence.words, "english") > _count(sentence.words, "italian"):
        yield Problem(Check.LANGUAGE, "a text that should be Italian is English")


def _of_english(english: Sequence[str]) -> Iterator[Problem]:
    written = [token for token in english if token[0].isalpha()]
    if _leans_to_italian([token.casefold() for token in written]):
        yield Problem(Check.LANGUAGE, "the question is not English")
    if any(map(_is_foreign, [token.casefold() for token in written if token[0].islower()])):
        yield Problem(Check.ENGLISH, "a word of the question is not English")


@lru_cache(10_000)
def _is_foreign(word: str) -> bool:
    return (
        len(word) > 2
        and is_italian(word)
        and not is_english(word)
        and word not in word_set("language", "loanwords")
    )


def _of_explanation(parsed: Parsed) -> Iterator[Problem]:
    # A quotation or a text in parentheses may be Italian.
    text = parsed.exercise.explanation
    outside = without_parentheses(without_quotations(text, parsed.quotations))
    written = parsed.explanation_written if outside == text else tokens(outside)
    words = [token.casefold() for token in written if token[0].isalpha() and len(token) > 1]
    known = [word for word in words if is_english(word)]
    unknown = [word for word in words if not is_english(word)]
    # An explanation may also name words of the exercise and grammar terms without quotation marks: "Andare
    # takes essere".
    foreign = [word for word in unknown if word not in _of_grammar() and not _is_of_exercise(parsed, word)]
    count = len(known) + len(foreign)
    if _leans_to_italian([*known, *foreign]) or (count > _FEW and len(known) < _SHARE_OF_ENGLISH * count - 1):
        yield Problem(Check.EXPLANATION_LANGUAGE, "the explanation is not English")


def _is_of_exercise(parsed: Parsed, word: str) -> bool:
    """Whether the word is in the exercise, or is the base form of a word that is."""
    return word in parsed.words or any(word in base_forms(other) for other in parsed.words)


@cache
def _of_grammar() -> frozenset[str]:
    """The terms of Italian grammars, and the function words that they discuss."""
    return CLITICS | word_set("explanation", "terms")


def _leans_to_italian(lettered: Sequence[str]) -> bool:
    # One word is not enough: "film" and "e" occur in both languages.
    return _count(lettered, "italian") > _count(lettered, "english") + 1


def _count(words: Sequence[str], language: str) -> int:
    """The number of words that are function words of this language."""
    return sum(map(word_set("language", language).__contains__, words))
