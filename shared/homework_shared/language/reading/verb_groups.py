"""Finds verb groups in a sentence: an auxiliary with its participle, or a single form."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from homework_shared.language.italian.verbs import Reading, auxiliary, readings, readings_under_pronouns
from homework_shared.language.reading.phrases import ADVERBS, CLITICS

COMPOUNDS = {
    "present": "passato_prossimo",
    "imperfect": "trapassato_prossimo",
    "remote": "trapassato_remoto",
    "future": "futuro_anteriore",
    "conditional": "condizionale_passato",
    "subjunctive_present": "congiuntivo_passato",
    "subjunctive_imperfect": "congiuntivo_trapassato",
    "infinitive": "infinito_passato",
    "gerund": "gerundio_passato",
}
"""The name of a compound tense, by the tense of its auxiliary."""


class Group(NamedTuple):
    """One reading of words as a verb. `tense` is that of the whole. `voice` is "active", "passive" or
    "either", where essere leaves it open. `helper` is the infinitive of the auxiliary, or "".
    """

    infinitive: str
    tense: str
    person: int
    voice: str = "active"
    helper: str = ""
    agreement: str = ""


@lru_cache(4000)
def groups_of(words: tuple[str, ...]) -> tuple[Group, ...]:
    """All readings of an answer's words as one verb. Empty if there are none."""
    left = list(words)
    while len(left) > 1 and (left[0] in CLITICS or left[0] == "non"):
        left = left[1:]
    bare = [left[0], *(word for word in left[1:] if word not in ADVERBS)] if left else []
    return tuple(_understood(bare))


_HELPERS = frozenset({"essere", "avere", "venire", "andare", "stare"})


@lru_cache(4000)
def may_help(word: str) -> bool:
    """Whether a word can be the auxiliary of a group of two words."""
    return any(reading.infinitive in _HELPERS for reading in _with_pronouns(word))


def _understood(words: list[str]) -> Iterator[Group]:
    if len(words) == 1:
        for reading in _with_pronouns(words[0]):
            yield Group(reading.infinitive, reading.tense, reading.person, agreement=reading.agreement)
    elif len(words) == 2:
        for first in _with_pronouns(words[0]):
            for second in _with_pronouns(words[1]):
                yield from _pair(first, second)
    elif len(words) == 3:
        yield from _passive_compound(words)


def _with_pronouns(word: str) -> tuple[Reading, ...]:
    return (*readings(word), *readings_under_pronouns(word))


def _pair(first: Reading, second: Reading) -> Iterator[Group]:
    if second.tense == "participle" and first.infinitive in ("avere", "essere") and first.tense in COMPOUNDS:
        if first.infinitive == "avere" or auxiliary(second.infinitive) in ("essere", "both"):
            yield _group(second, COMPOUNDS[first.tense], first, "active")
        else:
            # "si è lavato" is a compound tense, "è lavato" is a passive.
            yield _group(second, COMPOUNDS[first.tense], first, "either")
        if first.infinitive == "essere":
            yield _group(second, first.tense, first, "passive")
    elif second.tense == "participle" and first.infinitive in ("venire", "andare"):
        yield _group(second, first.tense, first, "passive")
    elif second.tense == "gerund" and first.infinitive == "stare":
        yield Group(second.infinitive, f"progressive_{first.tense}", first.person, helper="stare")


def _passive_compound(words: list[str]) -> Iterator[Group]:
    for first in readings(words[0]):
        if first.infinitive != "essere" or first.tense not in COMPOUNDS:
            continue
        if not any(second.infinitive in ("essere", "stare") for second in readings(words[1])):
            continue
        for third in readings(words[2]):
            if third.tense == "participle":
                yield _group(third, COMPOUNDS[first.tense], first, "passive")


def _group(participle: Reading, tense: str, helper: Reading, voice: str) -> Group:
    return Group(
        participle.infinitive, tense, helper.person, voice, helper.infinitive, agreement=participle.agreement
    )
