"""The English side of a clause, with as much morphology as the verbs of the content need."""

import re
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

PRONOUNS = ("I", "you", "he", "we", "you", "they")
BE = ("am", "are", "is", "are", "are", "are")
PARTICLES = frozenset({"away", "back", "down", "off", "on", "out", "over", "up"})
WAS = ("was", "were", "was", "were", "were", "were")


class EnglishForm(StrEnum):
    PRESENT = "present"
    PAST = "past"
    HABIT = "habit"
    FUTURE = "future"
    CONDITIONAL = "conditional"
    PROGRESSIVE = "progressive"
    PAST_PROGRESSIVE = "past_progressive"
    PLUPERFECT = "pluperfect"
    CONDITIONAL_PERFECT = "conditional_perfect"
    BASE = "base"
    GERUND = "gerund"


class English(BaseModel):
    """The forms of an English verb. `participle` is given if it differs from the past, `ing` if the spelling
    rules do not yield it, `first` for "am", and `infinitive` for "be able to".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str
    third: str
    past: str
    participle: str | None = None
    ing: str | None = None
    first: str | None = None
    to: str | None = Field(default=None, alias="infinitive")

    @property
    def past_participle(self) -> str:
        return self.participle or self.past

    @property
    def gerund(self) -> str:
        return self.ing or _ing(self.base)

    @property
    def infinitive(self) -> str:
        return self.to or ("be" if self.first else self.base)


def verb_phrase(english: English, form: EnglishForm, person: int) -> str:
    """The verb in the form for an English subject of that person: 0 is I, 2 he or she, 5 they."""
    has_been = english.past_participle
    return {
        EnglishForm.PRESENT: _present(english, person),
        EnglishForm.PAST: _past(english, person),
        EnglishForm.HABIT: f"used to {english.infinitive}",
        EnglishForm.FUTURE: f"will {english.infinitive}",
        EnglishForm.CONDITIONAL: f"would {english.infinitive}",
        EnglishForm.PROGRESSIVE: f"{BE[person]} {english.gerund}",
        EnglishForm.PAST_PROGRESSIVE: f"{WAS[person]} {english.gerund}",
        EnglishForm.PLUPERFECT: f"had {has_been}",
        EnglishForm.CONDITIONAL_PERFECT: f"would have {has_been}",
        EnglishForm.BASE: english.infinitive,
        EnglishForm.GERUND: english.gerund,
    }[form]


def passive_phrase(english: English, form: EnglishForm, *, plural: bool) -> str:
    """The passive of a third person: "is prepared", "were written", "will be opened"."""
    be = {
        EnglishForm.PRESENT: "are" if plural else "is",
        EnglishForm.PAST: "were" if plural else "was",
        EnglishForm.HABIT: "used to be",
        EnglishForm.FUTURE: "will be",
        EnglishForm.CONDITIONAL: "would be",
        EnglishForm.PLUPERFECT: "had been",
        EnglishForm.CONDITIONAL_PERFECT: "would have been",
        EnglishForm.BASE: "be",
    }[form]
    return f"{be} {english.past_participle}"


def with_pronoun(verb: str, rest: str) -> str:
    """A verb phrase with its pronoun, which stands before the particle of a phrasal verb: "turns it on"."""
    start, _, particle = verb.rpartition(" ")
    thing, _, others = rest.partition(" ")
    if particle in PARTICLES and thing in ("it", "him", "her", "them"):
        return " ".join(filter(None, (start, thing, particle, others)))
    return f"{verb} {rest}"


def _present(english: English, person: int) -> str:
    if person == 0:
        return english.first or english.base
    return english.third if person == 2 else english.base


def _past(english: English, person: int) -> str:
    return WAS[person] if english.first else english.past


def _ing(base: str) -> str:
    word, space, rest = base.partition(" ")
    if word.endswith("ie"):
        stem = word[:-2] + "y"
    elif word.endswith("e") and not word.endswith(("ee", "ye", "oe")):
        stem = word[:-1]
    elif re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word):
        stem = word + word[-1]
    else:
        stem = word
    return f"{stem}ing{space}{rest}"
