"""The language content: reviewed TOML files, validated when they are loaded.

The files hold the vocabulary and the sentence patterns. The rules are in conjugation.py, determiners.py and
the modules of `practice`.
"""

import tomllib
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from homework_mock_generator.conjugation import Tense, forms_of, is_reflexive
from homework_mock_generator.english import English, EnglishForm
from homework_shared.exercises.curriculum import ArticleKind, Grammar, Topic
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.language.italian.verb_table import Forms

Gender = Literal["m", "f"]
Number = Literal["singular", "plural"]
Preposition = Literal["a", "da", "di", "in", "su"]
ObjectKind = Literal["ms", "fs", "mp", "fp"]
FourForms = tuple[str, str, str, str]
"""Masculine, feminine, masculine plural, feminine plural."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Wording(_Data):
    """An Italian text and the English that it translates, with the same slots. `also` are other right
    translations of the whole English text. They have the slots of `it`, in any order."""

    it: str
    en: str
    also: tuple[str, ...] = ()
    level: CefrLevel


class Complement(_Wording):
    """What follows the verb. With `object`, all of it is a direct object of that gender and number, which can
    be the subject of a passive, and which a pronoun can replace. `also` may have another gender."""

    when: str | None = None
    topics: tuple[Topic, ...] = ()
    who: Literal["young", "adult"] | None = None
    object: ObjectKind | None = None
    tags: tuple[
        Literal["unwanted", "given", "unwilled", "timed", "unhabitual", "general", "person"], ...
    ] = ()
    """`unwanted`: nobody plans it or wishes for it. `given`: a taste or a duty, which nobody plans.
    `unwilled`: nobody can be told to do it. `timed`: it contains a time ("alle otto"), so it is not going on
    right now. `unhabitual`: it happens once or holds for good, so nobody used to do it. `general`: it allows
    neither "this is the … that" nor a passive. `person`: it is him or her in English."""

    @property
    def agrees(self) -> bool:
        return "|" in self.it


class Verb(_Data):
    """A verb of the content. A verb with `state` describes a state: it has no progressive, no imperative and
    no single event."""

    infinitive: str
    english: English
    auxiliary: Literal["avere", "essere"] = "avere"
    state: bool = False
    complements: tuple[Complement, ...]

    @property
    def reflexive(self) -> bool:
        return is_reflexive(self.infinitive)


class Subject(_Data):
    it: str
    en: str
    person: int = Field(ge=0, le=5)
    gender: Gender | None = None
    level: CefrLevel
    age: Literal["young", "adult"] | None = None
    pronoun: bool = False

    @property
    def number(self) -> Number:
        return "singular" if self.person < 3 else "plural"


class Time(_Data):
    it: str
    en: str
    level: CefrLevel


class Carrier(_Wording):
    """The sentence around a clause. {clause} is subject, verb and complement, {time} a time that fits
    the complement, {verb:tense} another verb in the subject's person, {subject}, {he}, {has} name it."""

    grammars: tuple[Grammar, ...]
    tense: Tense
    english: EnglishForm
    times: str | None = None
    persons: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    without: tuple[Literal["state", "rare", "unwanted", "given", "unwilled", "timed", "unhabitual"], ...] = ()
    """The complements that make no sense in this carrier: tags of a complement, a `state`, or `rare`, which
    means that the complement has no `when`."""


class Opener(_Data):
    """A phrase that may stand before any statement. It makes the statement longer and does not change it."""

    it: str
    en: str
    level: CefrLevel


class Noun(_Data):
    it: str
    plural: str | None = None
    gender: Gender
    plural_gender: Gender | None = None
    en: str
    en_plural: str | None = None
    translate: bool = True
    level: CefrLevel
    kinds: tuple[str, ...]
    topics: tuple[Topic, ...]


class ArticleFrame(_Wording):
    kinds: tuple[str, ...]
    numbers: tuple[Number, ...]
    determiners: tuple[ArticleKind, ...]
    preposition: Preposition | None = None
    fixed: bool = False


class Attribute(_Data):
    """An adjective that stands before its noun, so that the article follows its first sound."""

    forms: FourForms
    en: str
    kinds: tuple[str, ...]
    determiners: tuple[ArticleKind, ...]
    translate: bool = False
    level: CefrLevel


class Adjective(_Data):
    forms: FourForms
    en: str
    kinds: tuple[str, ...]
    level: CefrLevel


class AdjectiveFrame(_Wording):
    kinds: tuple[str, ...]
    numbers: tuple[Number, ...]
    tense: Tense = Tense.PRESENT
    fixed: bool = False


class NounFrame(_Wording):
    kinds: tuple[str, ...]
    fixed: bool = False


class Prepositional(_Data):
    """A verb, its preposition and what follows, with three prepositions that are impossible there. `also` are
    other prepositions, each with what follows it."""

    verb: str
    prep: str
    gloss: str
    rest: str
    en: str
    also: tuple[str, ...] = ()
    rule: str
    wrong: tuple[str, str, str]
    english: English | None = None
    level: CefrLevel
    topics: tuple[Topic, ...] = ()
    who: Literal["young", "adult"] | None = None


class Comparison(_Data):
    a: str
    gender: Gender
    plural: bool
    b: str
    forms: FourForms
    en_a: str
    en_b: str
    en: str
    en_more: str
    also: tuple[str, ...] = ()
    """Other words for `b`."""
    level: CefrLevel
    topics: tuple[Topic, ...] = ()


class Contrast(_Wording):
    topics: tuple[Topic, ...] = ()


class Superlative(_Data):
    a: str
    gender: Gender
    plural: bool
    forms: FourForms
    en_a: str
    en: str
    group: str
    en_group: str
    level: CefrLevel
    topics: tuple[Topic, ...] = ()


class Gift(_Data):
    """A verb for an action that benefits a person: "a Giulia". `to` is the English preposition, if there is
    one."""

    verb: str
    to: str = "to"
    english: English | None = None
    """The English verb where it differs from the usual one: one brings a coffee, but takes an umbrella."""
    things: tuple[Complement, ...]


class Relative(_Data):
    """A noun that a relative clause describes, with the preposition that its verb needs. `also` are nouns of
    the other gender with the same English. In a `place` “dove” is right too."""

    it: str
    object: ObjectKind
    en: str
    also: tuple[str, ...] = ()
    place: bool = False
    prep: str
    gloss: str
    verb: str
    rest: str = ""
    en_rest: str = ""
    level: CefrLevel
    topics: tuple[Topic, ...] = ()


class Quantity(_Wording):
    """A sentence with a number or a time in words. `kind` says which numbers make sense in it."""

    kind: str
    topics: tuple[Topic, ...] = ()
    fixed: bool = False


class Content(_Data):
    """Everything that the mock generator knows. Load it once, at the entry point."""

    verbs: tuple[Verb, ...]
    forms: Forms
    subjects: tuple[Subject, ...]
    times: dict[str, dict[str, tuple[Time, ...]]]
    carriers: tuple[Carrier, ...]
    openers: tuple[Opener, ...]
    nouns: tuple[Noun, ...]
    frames: tuple[ArticleFrame, ...]
    attributes: tuple[Attribute, ...]
    adjectives: tuple[Adjective, ...]
    adjective_frames: tuple[AdjectiveFrame, ...]
    noun_frames: tuple[NounFrame, ...]
    prepositional: tuple[Prepositional, ...]
    preposition_rules: dict[str, str]
    comparisons: tuple[Comparison, ...]
    contrasts: tuple[Contrast, ...]
    superlatives: tuple[Superlative, ...]
    gifts: tuple[Gift, ...]
    relatives: tuple[Relative, ...]
    quantities: tuple[Quantity, ...]

    @classmethod
    def load(cls) -> Self:
        """Load the content. Raises ValueError if a file is wrong; pydantic's and tomllib's errors are
        ValueErrors."""
        folder = files("homework_mock_generator") / "content"
        merged: dict[str, Any] = {}
        for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml")):
            for key, value in tomllib.loads((folder / name).read_text("utf-8")).items():
                # A long list is split over several files.
                merged[key] = merged[key] + value if key in merged else value
        named = {v["infinitive"] for v in merged["verbs"]} | {p["verb"] for p in merged["prepositional"]}
        return cls.model_validate(merged | {"forms": forms_of(named)})

    def verb(self, infinitive: str) -> Verb:
        return self._by_infinitive[infinitive]

    @cached_property
    def _by_infinitive(self) -> dict[str, Verb]:
        return {verb.infinitive: verb for verb in self.verbs}

    @model_validator(mode="after")
    def _all_verbs_are_known(self) -> Self:
        borrowed = {gift.verb for gift in self.gifts} | {relative.verb for relative in self.relatives}
        borrowed |= {phrase.verb for phrase in self.prepositional if phrase.english is None}
        if unknown := borrowed - set(self._by_infinitive):
            raise ValueError(f"unknown: {sorted(unknown)}")
        return self
