"""Checks that the level is near the requested one: only exercises that are far off are refused."""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.curriculum import curriculum
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.words import lemma
from homework_shared.language.reading.matching import Beginnings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.tenses import accepts, tenses_asked
from homework_shared.language.reading.text import words as words_of
from homework_shared.language.reading.verb_groups import groups_of, may_help

_LONGEST_HINT = 2
"""The most words of a hint that gives a base form or names a form. A longer hint is a part of
the sentence.
"""

_LONGEST_NAME = 4
_DIALOGUE = 1.5
_ENDS = ".!?…"


def problems(parsed: Parsed) -> Iterator[Problem]:
    level = parsed.asked.level
    if level is None:
        return
    sentence = parsed.sentence
    if level in (CefrLevel.A1, CefrLevel.A2, CefrLevel.B1) and not _asks_for_more(
        parsed.asked.grammar_focus or "", level
    ):
        if _has_tense_of(sentence, _of_level("tenses", level)):
            yield Problem(Check.LEVEL, "a tense is far above the level")
        elif _has_word_of(sentence, _of_level("words", level)) or _is_learned(sentence, level):
            yield Problem(Check.LEVEL, "a word is far above the level")
    longest = load("level")["longest"].get(level.value)
    if longest and _is_longer(sentence, longest):
        yield Problem(Check.LEVEL, "the sentence is too long for the level")
    if level in (CefrLevel.C1, CefrLevel.C2) and _is_far_below(parsed):
        yield Problem(Check.LEVEL, "the sentence is far below the level")


@lru_cache(500)
def _asks_for_more(focus: str, level: CefrLevel) -> bool:
    """Whether the requested grammar is itself above the level. A request for the subjunctive at A1 is
    fulfilled.
    """
    if not focus:
        return False
    if any(accepts(tenses_asked(focus), tense) for tense in _of_level("tenses", level)):
        return True
    known = curriculum().focus(focus)
    return known is None or not word_set("level", "at_home_everywhere").issuperset(known.grammars)


@cache
def _of_level(table: str, level: CefrLevel) -> frozenset[str]:
    return frozenset(load("level")[table][level.value].split())


def _has_tense_of(sentence: Sentence, tenses: frozenset[str]) -> bool:
    """Whether a verb can only be in one of these tenses."""
    for index, word in enumerate(sentence.words):
        if len(word) > 2 and index not in sentence.names and _is_only_in(word, tenses):
            return True
    for pair in pairwise(sentence.words):
        if may_help(pair[0]):
            groups = [group for group in groups_of(pair) if group.helper]
            if groups and all(group.tense in tenses for group in groups):
                return True
    return False


@lru_cache(20_000)
def _is_only_in(word: str, tenses: frozenset[str]) -> bool:
    if word in word_set("level", "known_as_phrases"):
        return False
    found = groups_of((word,))
    if not found or not all(group.tense in tenses for group in found):
        return False
    # "Chiese" is also the plural of "chiesa", and "stesse" that of "stesso".
    return lemma(word) in {word, *(group.infinitive for group in found)}


def _has_word_of(sentence: Sentence, words: frozenset[str]) -> bool:
    if words.isdisjoint(sentence.words):
        return False
    # A capitalised "Ella" may be a name, a capitalised "Qualora" cannot.
    return any(
        word in words and (len(word) > _LONGEST_NAME or written[:1].islower())
        for word, written in zip(sentence.words, sentence.written, strict=True)
    )


def _is_learned(sentence: Sentence, level: CefrLevel) -> bool:
    """Whether the sentence has several learned words, such as those of a court or a lecture. At B1 some of
    them are allowed.
    """
    fewest = load("level")["fewest_learned"].get(level.value)
    if not fewest:
        return False
    learned = {
        word
        for index, word in enumerate(sentence.words)
        if len(word) > _LONGEST_NAME and _is_a_learned_word(word) and index not in sentence.names
    }
    return len(learned) >= int(fewest)


@lru_cache(10_000)
def _is_a_learned_word(word: str) -> bool:
    return any(_learned().matching([word]))


@cache
def _learned() -> Beginnings[bool]:
    return Beginnings((word, True) for word in load("level")["learned"].split())


def _is_longer(sentence: Sentence, longest: int) -> bool:
    """Whether a sentence has more words than `longest`, or a text that may be a dialogue has far more."""
    if len(sentence.words) <= longest:
        return False
    here = whole = 0
    for word in sentence.words:
        counts = word[0].isalnum()
        here = 0 if word in _ENDS else here + counts
        whole += counts
        if here > longest or whole > longest * _DIALOGUE:
            return True
    return False


def _is_far_below(parsed: Parsed) -> bool:
    """Whether the sentence is short and has only words of the first lessons."""
    advanced = load("level")["advanced"]
    words = [word for word in parsed.sentence.words if word[0].isalpha()]
    return (
        advanced["fewest_words"] <= len(words) <= advanced["most_words"]
        and word_set("level", "first_lessons").issuperset(words)
        and all(len(words_of(hint)) <= _LONGEST_HINT for hint in parsed.hints)
    )
