"""Refuses sentences that make no sense: a thing that eats, a window that is eaten."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import FINITE, readings
from homework_shared.language.reading.matching import KeyedPatterns, any_of
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS, TIMES, determiners
from homework_shared.language.reading.text import small

_ARTICLES = frozenset({"il", "la", "lo", "i", "le", "gli", "l'", "un", "una", "un'"})


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    if _patterns().occur_in(sentence.text, sentence.words) or (
        parsed.english and _english().search(small(parsed.english))
    ):
        yield Problem(Check.SENSE, "somebody does something that nobody does, or does it for a wrong reason")
    if _is_what_people_are(sentence):
        yield Problem(Check.SENSE, "a thing is described in a way that only fits people")
    for index, word in enumerate(sentence.words):
        verbs = _verbs_of(word)
        if not verbs:
            continue
        if verbs <= word_set("sense", "of_people") and _is_thing_before(sentence, index, verbs):
            yield Problem(Check.SENSE, "a thing does something that only people do")
        elif _objects().get(verbs) and _object_after(sentence, index) in _objects()[verbs]:
            yield Problem(Check.SENSE, "a thing cannot be the object of its verb")
        elif verbs <= word_set("sense", "eat") and _is_inedible_after(sentence, index):
            yield Problem(Check.SENSE, "somebody eats or drinks something that nobody does")


@lru_cache(10_000)
def _verbs_of(word: str) -> frozenset[str]:
    """The infinitives of the verbs that a word can be a form of. Empty if it can be neither finite nor a
    participle.
    """
    found = readings(word)
    does = any(reading.tense in FINITE or reading.tense == "participle" for reading in found)
    return frozenset(reading.infinitive for reading in found) if does else frozenset()


def _is_thing_before(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    """Whether a thing with its article stands right before the verb. No form of essere may stand between: "è
    mangiato" may be a passive.
    """
    before = index - 1
    while before > 0 and sentence.words[before] in ADVERBS:
        before -= 1
    if before > 0 and sentence.words[before] in ("ha", "hanno", "aveva", "avevano"):
        before -= 1
    noun, article = (
        sentence.words[before] if before > 0 else "",
        sentence.words[before - 1] if before > 0 else "",
    )
    if any((noun, verb) in _said_of_things() for verb in verbs):
        return False
    if noun not in word_set("sense", "things") or article not in _ARTICLES:
        return False
    # The thing has to be the subject: at the start of the sentence, or after a time as in "ogni mattina il
    # frigorifero mangia".
    start = before - 1
    return (
        start == 0
        or sentence.begins(start)
        or sentence.words[start - 1] in TIMES | {",", "che", "mentre"} | word_set("sense", "openers")
    )


def _is_what_people_are(sentence: Sentence) -> bool:
    """Finds a thing with an adjective that only fits people: "Il lampadario fosse vegetariano"."""
    words, things = sentence.words, word_set("sense", "things")
    if things.isdisjoint(words):
        return False
    for index in range(1, len(words) - 2):
        if words[index] not in things or words[index - 1] not in _ARTICLES:
            continue
        after = [word for word in words[index + 1 : index + 5] if word not in ADVERBS]
        if len(after) > 1 and _is_essere(after[0]) and after[1] in word_set("sense", "said_of_people"):
            return True
    return False


def _is_essere(word: str) -> bool:
    return any(reading.infinitive == "essere" and reading.tense in FINITE for reading in readings(word))


@cache
def _articulated() -> frozenset[str]:
    return frozenset(load("articles")["articles"]["articulated"].split()) - frozenset(
        load("articles")["articles"]["partitive"].split()
    )


@cache
def _said_of_things() -> frozenset[tuple[str, str]]:
    return frozenset((thing, verb) for thing, verb in load("sense")["said"])


def _is_inedible_after(sentence: Sentence, index: int) -> bool:
    return _object_after(sentence, index) in word_set("sense", "not_eaten")


def _object_after(sentence: Sentence, index: int) -> str:
    """The noun right after a verb, or an empty text."""
    after = sentence.words[index + 1 : index + 4]
    if not after or after[0] in _articulated():
        return ""  # "mangio nel letto": the noun is not the object
    if after[0] not in determiners() and after[0] not in ADVERBS:
        return ""
    return next((word for word in after if word not in determiners() and word not in ADVERBS), "")


@cache
def _objects() -> dict[frozenset[str], frozenset[str]]:
    return {frozenset({verb}): frozenset(words.split()) for verb, words in load("sense")["objects"].items()}


@cache
def _patterns() -> KeyedPatterns:
    return KeyedPatterns(load("sense")["patterns"])


@cache
def _english() -> re.Pattern[str]:
    return any_of(load("sense")["english"])
