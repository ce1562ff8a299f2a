"""Finds the readings of a word as a form of a verb, and the auxiliary of a verb."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from homework_shared.language.italian.verb_table import Forms, verb_forms

_REMEMBERED = 20_000
FINITE = frozenset({
    "present", "imperfect", "future", "remote", "conditional", "subjunctive_present", "subjunctive_imperfect",
    "imperative",
})  # fmt: skip
PARTICIPLE_ENDINGS = {"o": "ms", "a": "fs", "i": "mp", "e": "fp"}
# Pronouns that are attached to an infinitive, a gerund, an imperative or a participle.
_CLITICS = re.compile(r"(?:(?:gli|me|te|se|ce|ve)(?:lo|la|li|le|ne)|ci|gli|la|le|li|lo|mi|ne|si|ti|vi)$")
_SHORT_IMPERATIVES = {"da": "dai", "di": "di'", "fa": "fai", "sta": "stai", "va": "vai"}


class Reading(NamedTuple):
    """One reading of a form. `person` is 0 to 5 (io to loro), or -1 if the form has none. A participle has a
    gender and a number.
    """

    infinitive: str
    tense: str
    person: int = -1
    agreement: str = ""


@lru_cache(_REMEMBERED)
def readings(form: str) -> tuple[Reading, ...]:
    """All readings of a lower-case form without attached pronouns."""
    if form == "di":
        return ()  # The imperative of dire is written di'.
    form = _second_forms().get(form, form)
    # "Sonare" is an old spelling of suonare, and its "sono" is never meant.
    verbs = ("essere",) if form == "sono" else _verbs_of(form)
    return tuple(found for verb in verbs for found in _readings_as(form, verb))


@lru_cache(_REMEMBERED)
def is_participle_alone(form: str) -> bool:
    """Whether a form is a past participle and can be nothing else."""
    found = readings(form)
    return bool(found) and all(reading.tense == "participle" for reading in found)


@lru_cache(_REMEMBERED)
def is_infinitive_alone(form: str) -> bool:
    found = readings(form)
    return bool(found) and all(reading.tense == "infinitive" for reading in found)


@lru_cache(_REMEMBERED)
def is_verb_form(word: str) -> bool:
    """Whether the word is a form of a known verb, with or without pronouns at its end."""
    return bool(_verbs_of(word)) or word in _second_forms() or without_pronouns(word) is not None


@lru_cache(_REMEMBERED)
def without_pronouns(word: str) -> tuple[str, str] | None:
    """The form and its attached pronouns: "vederla" → ("vedere", "la"). None if there are none."""
    if not (found := _CLITICS.search(word)):
        return None
    form, pronouns = word[: found.start()], found[0]
    for whole in (form, f"{form}e", f"{form}re"):
        # An infinitive loses its last vowel: vedere + la. "Porre" and similar verbs lose two letters.
        if any(_carries_pronouns(reading) for reading in readings(whole)):
            return whole, pronouns
    # Short imperatives double the first letter of the pronoun: dammi, fallo, dille.
    if form[-1:] == pronouns[0] and form[:-1] in _SHORT_IMPERATIVES:
        return _SHORT_IMPERATIVES[form[:-1]], pronouns
    return None


@lru_cache(_REMEMBERED)
def readings_under_pronouns(form: str) -> tuple[Reading, ...]:
    """The readings of the form before its attached pronouns. Only forms that can have attached pronouns
    count.
    """
    bare = without_pronouns(form)
    return tuple(reading for reading in readings(bare[0]) if _carries_pronouns(reading)) if bare else ()


@lru_cache(_REMEMBERED)
def infinitives(form: str) -> frozenset[str]:
    """The verbs of which a word can be a form, with or without attached pronouns."""
    return frozenset(reading.infinitive for reading in (*readings(form), *readings_under_pronouns(form)))


def is_known(infinitive: str) -> bool:
    return bare_infinitive(infinitive) in verb_forms()


def bare_infinitive(infinitive: str) -> str:
    """The infinitive without its pronouns: alzarsi → alzare, andarsene → andare, esserci → essere, porsi →
    porre.
    """
    for ending in ("sene", "sela", "cisi", "si", "ci"):
        stem = infinitive.removesuffix(ending)
        if stem != infinitive and stem.endswith("r"):
            return f"{stem}e" if f"{stem}e" in verb_forms() else f"{stem}re"
    return infinitive


def forms_of(infinitive: str, tense: str, person: int) -> tuple[str, ...]:
    """The right forms, or () if there are none or the verb is unknown."""
    row = verb_forms().get(infinitive, {}).get(tense)
    return row[person] if row else ()


def participles(infinitive: str) -> frozenset[str]:
    """The past participles in the masculine singular, including those that usage has beside the table's."""
    row = verb_forms().get(infinitive, {}).get("participle", ((),))
    return frozenset(row[0]) | _more_participles().get(infinitive, frozenset())


def auxiliary(infinitive: str) -> Literal["essere", "avere", "both"] | None:
    """The auxiliary of a verb, or None if the verb is unknown."""
    data = _auxiliaries()
    if infinitive in data["both"]:
        return "both"
    if infinitive in data["essere"]:
        return "essere"
    return "avere" if infinitive in verb_forms() else None


def _carries_pronouns(reading: Reading) -> bool:
    return reading.tense in ("infinitive", "gerund", "participle") or (
        reading.tense == "imperative" and reading.person in (1, 3, 4)
    )


def _verbs_of(form: str) -> tuple[str, ...]:
    verbs = _index().get(form)
    return () if verbs is None else (verbs,) if isinstance(verbs, str) else verbs


def _readings_as(form: str, verb: str) -> Iterator[Reading]:
    table = verb_forms()[verb]
    if form in (verb, verb.removesuffix("e")):
        yield Reading(verb, "infinitive")
    for tense in FINITE & table.keys():
        for person, cell in enumerate(table[tense]):
            if form in cell:
                yield Reading(verb, tense, person)
    if any(form in cell for cell in table["gerund"]):
        yield Reading(verb, "gerund")
    if form[-1:] in PARTICIPLE_ENDINGS and f"{form[:-1]}o" in participles(verb):
        yield Reading(verb, "participle", agreement=PARTICIPLE_ENDINGS[form[-1]])


@cache
def _index() -> dict[str, str | tuple[str, ...]]:
    """Each form with its verb or verbs. Most forms have one, and a tuple for each would take
    ten megabytes.
    """
    index: dict[str, str | tuple[str, ...]] = {}
    forms: Forms = verb_forms()
    for verb in forms:
        for form in set(_all_forms(verb, forms)):
            before = index.get(form)
            index[form] = (
                verb if before is None else (*((before,) if isinstance(before, str) else before), verb)
            )
    return index


def _all_forms(verb: str, forms: Forms) -> Iterator[str]:
    yield from (verb, verb[:-1])
    for tense, row in forms[verb].items():
        if tense != "participle":
            yield from (form for cell in row for form in cell)
    for participle in participles(verb):
        yield from (participle[:-1] + ending for ending in PARTICIPLE_ENDINGS)


@cache
def _auxiliaries() -> dict[str, frozenset[str]]:
    return {name: frozenset(str(verbs).split()) for name, verbs in _data()["auxiliaries"].items()}


@cache
def _more_participles() -> dict[str, frozenset[str]]:
    return {verb: frozenset(str(forms).split()) for verb, forms in _data()["participles"].items()}


@cache
def _second_forms() -> dict[str, str]:
    return {second: str(form) for second, form in _data()["second_forms"].items()}


@cache
def _data() -> dict[str, dict[str, object]]:
    return tomllib.loads((files("homework_shared.language.italian") / "verbs.toml").read_text("utf-8"))
