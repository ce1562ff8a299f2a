"""Prepositions of place, before infinitives, after verbs, and of fixed phrases, where a rule tells."""

from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import infinitives, readings
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence

_NEAR = 4


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index in range(len(sentence.words) - 1):
        if _is_wrong_place(sentence, index):
            yield Problem(Check.PREPOSITION, "a city takes a, a country or region in")
        elif _is_wrong_before_infinitive(sentence, index):
            yield Problem(Check.PREPOSITION, "the verb takes another preposition before an infinitive")
        elif _is_wrong_before_object(sentence, index):
            yield Problem(Check.PREPOSITION, "the verb takes another preposition, or none")
    if _phrases().occurs_in(sentence.words):
        yield Problem(Check.PREPOSITION, "a phrase has another preposition")


def _is_wrong_place(sentence: Sentence, index: int) -> bool:
    preposition, place = sentence.words[index], sentence.words[index + 1]
    if preposition not in ("a", "in", "ad") or not sentence.written[index + 1][0].isupper():
        return False
    wrong = "cities" if preposition == "in" else "regions"
    # "in Roma antica", "in tutta Roma" and "l'amore a Venezia" are rare: only after a verb of place.
    return place in word_set("prepositions", wrong) and _verb_before(sentence, index, _verbs_of_place())


def _is_wrong_before_infinitive(sentence: Sentence, index: int) -> bool:
    preposition, infinitive = sentence.words[index], sentence.words[index + 1]
    verbs = _table("before_infinitives").get(preposition, frozenset())
    return index > 0 and _is_infinitive(infinitive) and _is_form_of(sentence, index - 1, verbs)


def _is_wrong_before_object(sentence: Sentence, index: int) -> bool:
    verbs = _table("before_objects").get(sentence.words[index], frozenset())
    following = sentence.words[index + 1]
    if index == 0 or following[0] == "'" or _is_infinitive(following) or not following[0].isalpha():
        return False
    is_noun_like = sentence.written[index + 1][0].isupper() or following in _OBJECTS
    return is_noun_like and _is_form_of(sentence, index - 1, verbs)


_OBJECTS = frozenset({
    "il", "la", "lo", "l'", "i", "gli", "le", "un", "una", "uno", "un'", "mio", "mia", "tuo", "tua", "suo", "sua", "me",
    "te", "lui", "lei", "noi", "voi", "loro", "questo", "questa",
})  # fmt: skip


def _is_form_of(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    """Whether the word is only ever a form of one of these verbs."""
    found = infinitives(sentence.words[index])
    return bool(verbs) and bool(found) and found <= verbs


def _is_infinitive(word: str) -> bool:
    found = readings(word)
    return bool(found) and all(reading.tense == "infinitive" for reading in found)


def _verb_before(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    before = sentence.words[max(0, index - _NEAR) : index]
    return any(infinitives(word) & verbs for word in before)


@cache
def _phrases() -> PhraseList:
    return PhraseList(load("prepositions")["phrases"]["wrong"])


@cache
def _verbs_of_place() -> frozenset[str]:
    return word_set("prepositions", "verbs_of_place")


@cache
def _table(name: str) -> dict[str, frozenset[str]]:
    return {
        preposition: frozenset(verbs.split()) for preposition, verbs in load("prepositions")[name].items()
    }
