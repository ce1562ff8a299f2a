"""Checks that every word of the Italian sentence is an Italian word, except names."""

from collections.abc import Iterator

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.italian.lexicon import is_word
from homework_shared.language.reading.parsed import Parsed


def problems(parsed: Parsed) -> Iterator[Problem]:
    for word, written in zip(parsed.sentence.words, parsed.sentence.written, strict=True):
        if len(word) > 1 and word[0].isalpha() and not written[0].isupper() and not is_word(word):
            yield Problem(Check.UNKNOWN_WORD, "a word is in no list of Italian words")
            return
