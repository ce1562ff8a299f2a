"""Checks that a verb's tense matches the time expressions, in sentences of one clause."""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import readings
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.verb_groups import groups_of

_NOT_PAST = frozenset(
    {"future", "present", "imperative", "conditional", "subjunctive_present", "progressive_present"}
)
_NOT_FUTURE = frozenset({
    "passato_prossimo", "imperfect", "remote", "trapassato_prossimo", "trapassato_remoto", "progressive_imperfect",
})  # fmt: skip
_NO_TENSE = frozenset({"participle", "infinitive", "gerund"})
_DUE = frozenset({"dovere", "potere", "volere"})
_BEFORE_OTHERS = frozenset(
    {"di", "da", "per", "a", "ad", "entro", "fino", "dal", "dalla", "dell'", "della", "del", "dall'"}
)
_JOIN_CLAUSES = frozenset({";", ":", ",", "e", "ma", "o", "—", "–"})


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    if not _BEEN.isdisjoint(sentence.words) and _is_age_told_once(sentence):
        yield Problem(Check.TIME, "an age in the past is told in the imperfect")
    if parsed.has_gap and _is_habit_told_once(sentence):
        yield Problem(Check.TIME, "a habit of childhood has to be in the imperfect")
    if (
        not parsed.has_gap
        or not word_set("times", "shifting").isdisjoint(sentence.words)
        or '"' in sentence.words
    ):
        return
    groups = groups_of(_with_participle(sentence)) or groups_of(sentence.answer)
    tenses = {group.tense for group in groups}
    # A form that may be non-finite is not checked, as in "erano pulite". A duty may be due at any time.
    if not tenses or tenses & _NO_TENSE or any(group.infinitive in _DUE for group in groups):
        return
    if _has_other_clause(sentence) or _stands_after_essere(sentence):
        return
    past, future = _names_time(sentence, "past"), _names_time(sentence, "future")
    if past != future and tenses <= (_NOT_PAST if past else _NOT_FUTURE):
        yield Problem(Check.TIME, "the tense does not fit the time that the sentence names")


def _is_habit_told_once(sentence: Sentence) -> bool:
    """Finds a habit in a perfective tense: "Da bambina ha portato sempre le trecce". Right: "ha sempre avuto
    paura".
    """
    words = sentence.words
    if not any(
        second[:-1] in _YOUNG and (first == "da" or (first in _WERE and "quando" in words))
        for first, second in pairwise(words)
    ):
        return False
    if "sempre" not in words[sentence.end :] and not _habits().occurs_in(words):
        return False
    tenses = {group.tense for group in groups_of(sentence.answer) if group.voice == "active"}
    return bool(tenses) and tenses <= _TOLD_ONCE


_YOUNG = frozenset({"bambin", "piccol", "ragazz", "ragazzin"})
_WERE = frozenset({"ero", "eri", "era", "eravamo", "eravate", "erano"})
_BEEN = frozenset({"stato", "stata", "stati", "state"})


def _is_age_told_once(sentence: Sentence) -> bool:
    """Finds "quando sono stato bambino" for "quando ero bambino"."""
    words = sentence.words
    return any(
        words[index] in _BEEN
        and (words[index + 1][:-1] in _YOUNG or words[index + 1] in ("giovane", "giovani"))
        and "quando" in words[max(0, index - 4) : index]
        for index in range(len(words) - 1)
    )


# "Siamo andate" is spelt like a past subjunctive.
_TOLD_ONCE = frozenset({"passato_prossimo", "remote", "future", "congiuntivo_passato"})


@cache
def _habits() -> PhraseList:
    return PhraseList(
        (
            "ogni giorno",
            "ogni estate",
            "ogni anno",
            "ogni domenica",
            "ogni sera",
            "tutti i giorni",
            "di solito",
        )
    )


def _stands_after_essere(sentence: Sentence) -> bool:
    """Whether the answer follows essere, so that it is an adjective although it looks like a verb: "era
    sporca".
    """
    before = sentence.words[max(0, sentence.start - 1) : sentence.start]
    return any(reading.infinitive == "essere" for word in before for reading in readings(word))


def _with_participle(sentence: Sentence) -> tuple[str, ...]:
    """The answer with the word after it, because the gap may ask for the auxiliary only."""
    return (*sentence.answer, *sentence.words[sentence.end : sentence.end + 1])


def _names_time(sentence: Sentence, time: str) -> bool:
    """Whether the time expression belongs to the sentence, and not to a noun in it: "i
    biglietti per domani".
    """
    return any(
        not (start and sentence.words[start - 1] in _BEFORE_OTHERS)
        for start, _ in _phrases(time).spans(sentence.words)
    )


@cache
def _phrases(time: str) -> PhraseList:
    return PhraseList(load("times")[time])


def _has_other_clause(sentence: Sentence) -> bool:
    if _JOIN_CLAUSES.isdisjoint(sentence.words[1:]):
        return False
    for index, word in enumerate(sentence.words):
        in_answer = sentence.start <= index < sentence.end
        if not in_answer and index not in sentence.names and _may_be_finite(word):
            return True
    return False


@lru_cache(10_000)
def _may_be_finite(word: str) -> bool:
    return word[0].isalpha() and any(group.person >= 0 for group in groups_of((word,)))
