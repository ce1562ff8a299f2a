"""Checks that somebody who is addressed formally is not addressed as "tu", and the other way round."""

import re
from collections.abc import Iterator
from functools import lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import word_set
from homework_shared.language.italian.verbs import FINITE, readings, readings_under_pronouns
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import determiners

_TU = 1
_OTHER_SPEAKER = frozenset('"“”«»—–')
_TURN_ENDS = frozenset(".?!…")
_AFTER_TITLE = 3
_YOU = re.compile(r"\byou", re.IGNORECASE)
# "Gira" is a form of the imperative of tu, and of the present.
_OF_TU = frozenset({("imperative", _TU), ("present", 2)})


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    if not _OTHER_SPEAKER.isdisjoint(sentence.words):
        return  # Another speaker may be on familiar terms.
    hints = " ".join(parsed.hints).casefold()
    is_informal = "informal" in hints
    if "formal" in hints and not is_informal:
        if _says_tu(sentence, 0, len(sentence.words)):
            yield Problem(Check.REGISTER, "the formal address is required, and the sentence says tu")
    elif is_informal and _says_lei(sentence):
        yield Problem(Check.REGISTER, "the informal address is required, and the sentence says Lei")
    elif not is_informal and any(
        _says_tu(sentence, *turn) or _orders_as_tu(parsed, *turn) for turn in _formal_turns(sentence)
    ):
        yield Problem(Check.REGISTER, "somebody with a title is addressed as tu")


def _formal_turns(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """The start and end of each sentence that addresses somebody by a title: "Signora Conti, …"."""
    words, titles = sentence.words, word_set("register", "titles")
    if titles.isdisjoint(words):
        return
    for index, word in enumerate(words):
        if word in titles and _is_addressed(sentence, index):
            start = next((at + 1 for at in range(index - 1, -1, -1) if words[at] in _TURN_ENDS), 0)
            end = next((at for at in range(index, len(words)) if words[at] in _TURN_ENDS), len(words))
            yield start, end


def _is_addressed(sentence: Sentence, index: int) -> bool:
    """Whether a title is a form of address: "Signora Conti, …", "Buongiorno, signora, …", "…, signora?". In "mio
    padre, ingegnere, ti aiuterà" it is none.
    """
    words, after = sentence.words, index + 1
    while after < min(len(words), index + _AFTER_TITLE) and sentence.is_name(after):
        after += 1
    before = words[index - 1] if index else ""
    if after >= len(words) or words[after] in _TURN_ENDS:
        return before == "," and words[index] in word_set("register", "last")
    opening = words[index - 2] if index > 1 and before == "," else before
    opens = sentence.begins(index) or opening in word_set("register", "greetings")
    return opens and words[after] == ","


def _says_tu(sentence: Sentence, start: int, end: int) -> bool:
    return any(_is_tu(sentence, index) for index in range(start, end) if index not in sentence.names)


def _is_tu(sentence: Sentence, index: int) -> bool:
    """Whether the word addresses somebody as tu. After an article "parti" and "vestiti" are nouns."""
    word, before = sentence.words[index], sentence.words[index - 1] if index else ""
    if word in word_set("register", "tu") or _opens_with_order(sentence, index):
        return True
    if before in determiners():
        return False
    opens = sentence.opens(index) or before == ","
    return _is_of_tu(word) or (opens and _is_reflexive_order(word))


def _orders_as_tu(parsed: Parsed, start: int, end: int) -> bool:
    """Finds "Scusi, signore, gira a sinistra" for an English order. For "you turn left" it would be right."""
    words = parsed.sentence.words
    if not parsed.english or _YOU.search(parsed.english) or words[end : end + 1] == ("?",):
        return False
    return words[start] in word_set("register", "polite") and any(
        words[index - 1] == ","
        and {(reading.tense, reading.person) for reading in readings(words[index])} == _OF_TU
        for index in range(start + 1, end)
    )


@lru_cache(10_000)
def _is_of_tu(word: str) -> bool:
    """Whether the word can only be a verb in the second person singular: "puoi"."""
    found = readings(word)
    return (
        bool(found)
        and word not in word_set("register", "also_nouns")
        and all(reading.tense in FINITE and reading.person == _TU for reading in found)
    )


@lru_cache(10_000)
def _is_reflexive_order(word: str) -> bool:
    """Whether the word can be an imperative with "ti": "accomodati"."""
    return word.endswith("ti") and any(
        reading.tense == "imperative" and reading.person == _TU for reading in readings_under_pronouns(word)
    )


def _opens_with_order(sentence: Sentence, index: int) -> bool:
    """Whether a sentence opens with an imperative of tu that people are stopped with: "Scusa, signora, …"."""
    words = sentence.words
    return (
        sentence.begins(index)
        and words[index] in word_set("register", "stopping")
        and words[index + 1 : index + 2] == (",",)
    )


def _says_lei(sentence: Sentence) -> bool:
    """Whether a pronoun or a possessive is capitalised for politeness, or the sentence opens politely."""
    return any(
        word in word_set("register", "capitalised") and sentence.is_name(index)
        for index, word in enumerate(sentence.words)
    ) or (bool(sentence.words) and sentence.words[0] in word_set("register", "polite"))
