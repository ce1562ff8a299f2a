"""A verb's tense goes with what the sentence says of the time, in sentences of one clause."""

from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.verb_groups import groups_of

_NOT_PAST = frozenset(
    {"future", "present", "imperative", "conditional", "subjunctive_present", "progressive_present"}
)
_NOT_FUTURE = frozenset({
    "passato_prossimo", "imperfect", "remote", "trapassato_prossimo", "trapassato_remoto", "progressive_imperfect",
})  # fmt: skip
_FINITE_IN_ANY_CLAUSE = 1


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    if (
        not parsed.has_gap
        or not word_set("times", "shifting").isdisjoint(sentence.words)
        or '"' in sentence.words
    ):
        return
    tenses = {group.tense for group in groups_of(sentence.answer)} - {"participle", "infinitive", "gerund"}
    if not tenses or _has_other_clause(sentence):
        return
    past, future = _phrases("past").occurs_in(sentence.words), _phrases("future").occurs_in(sentence.words)
    if past != future and tenses <= (_NOT_PAST if past else _NOT_FUTURE):
        yield Problem(Check.TIME, "the tense does not go with the time that the sentence names")


@cache
def _phrases(time: str) -> PhraseList:
    return PhraseList(load("times")[time])


def _has_other_clause(sentence: Sentence) -> bool:
    return (
        any(word in (";", ":", ",", "e", "ma", "o", "—", "–") for word in sentence.words[1:])
        and _counts_verbs(sentence) > 1
    )


def _counts_verbs(sentence: Sentence) -> int:
    return (
        sum(
            any(group.person >= 0 for group in groups_of((word,)))
            for index, word in enumerate(sentence.words)
            if word[0].isalpha()
            and not sentence.is_name(index)
            and not sentence.start <= index < sentence.end
        )
        + _FINITE_IN_ANY_CLAUSE
    )
