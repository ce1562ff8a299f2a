"""Prepositions of place, before infinitives, after verbs, and of fixed phrases, where a rule tells."""

from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import infinitives, readings
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import adjectives, determiners, words_of
from homework_shared.language.reading.subject import names

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
    if any(_is_wrong_phrase(sentence, index) for index in range(len(sentence.words))):
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
    preposition, following = sentence.words[index], sentence.words[index + 1]
    verbs = _table("before_objects").get(preposition, frozenset())
    if not verbs or index == 0:
        return False
    objects = _PEOPLE if preposition == "a" else _OBJECTS
    is_object = sentence.written[index + 1] in names() or following in objects
    if not is_object or not _is_form_of(sentence, index - 1, verbs) or _names_time(sentence, index + 1):
        return False
    return not (preposition == "con" and _is_reflexive_or_passive(sentence, index - 1))


def _names_time(sentence: Sentence, index: int) -> bool:
    """ "Ho aspettato per un'ora": what follows is how long it took."""
    return not words_of("skip", "times").isdisjoint(sentence.words[index : index + 3])


def _is_reflexive_or_passive(sentence: Sentence, index: int) -> bool:
    """ "Si è sposata con lui", "è sposata con lui", but "ha sposato lui"."""
    before = sentence.words[max(0, index - 3) : index]
    return not _REFLEXIVES.isdisjoint(before) or not any("avere" in infinitives(word) for word in before)


def _is_wrong_phrase(sentence: Sentence, index: int) -> bool:
    words = sentence.words
    end = _phrases().end(words, index)
    if end is not None:
        # "Da lontano la città sembra piccola", "intorno il silenzio era totale": an adverb of its own.
        stands_alone = index == 0 or words[index - 1] in _BEFORE_ADVERBS
        return not (stands_alone and words[index] in _PLACES)
    end = _last_phrases().end(words, index)
    return end is not None and (end == len(words) or words[end] in _AFTER_LAST)


_PEOPLE = frozenset(
    {"mio", "mia", "tuo", "tua", "suo", "sua", "me", "te", "lui", "lei", "noi", "voi", "loro"}
)
_REFLEXIVES = frozenset({"mi", "ti", "si", "ci", "vi", "s'", "m'", "t'"})
_PLACES = frozenset({"vicino", "lontano", "davanti", "accanto", "intorno"})
_BEFORE_ADVERBS = frozenset({"da", "qui", "qua", "lì", "là", "più", "molto", "e", "tutt'", "tutto", ",", "."})
_AFTER_LAST = frozenset({".", ",", "!", "?", "e", "a", "al", "alla", "per", "o"})
_OBJECTS = frozenset({
    "il", "la", "lo", "l'", "i", "gli", "le", "un", "una", "uno", "un'", "mio", "mia", "tuo", "tua", "suo", "sua", "me",
    "te", "lui", "lei", "noi", "voi", "loro", "questo", "questa",
})  # fmt: skip


def _is_form_of(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    """Whether the word is only ever a form of one of these verbs, and no noun: "il telefono di Anna"."""
    if not verbs or (index and sentence.words[index - 1] in _before_nouns()):
        return False
    found = infinitives(sentence.words[index])
    return bool(found) and found <= verbs


def _is_infinitive(word: str) -> bool:
    found = readings(word)
    return bool(found) and all(reading.tense == "infinitive" for reading in found)


def _verb_before(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    before = sentence.words[max(0, index - _NEAR) : index]
    return any(infinitives(word) & verbs for word in before)


@cache
def _before_nouns() -> frozenset[str]:
    return frozenset((*determiners(), *adjectives(), *_table("before_objects")))


@cache
def _phrases() -> PhraseList:
    return PhraseList(load("prepositions")["phrases"]["wrong"])


@cache
def _last_phrases() -> PhraseList:
    """Those that are wrong where the phrase ends: "con macchina", but "con macchina fotografica"."""
    return PhraseList(load("prepositions")["phrases"]["wrong_at_the_end"])


@cache
def _verbs_of_place() -> frozenset[str]:
    return word_set("prepositions", "verbs_of_place")


@cache
def _table(name: str) -> dict[str, frozenset[str]]:
    return {
        preposition: frozenset(verbs.split()) for preposition, verbs in load("prepositions")[name].items()
    }
