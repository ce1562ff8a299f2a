"""The language material: reviewed TOML files, validated when they are loaded.

The files say what is possible; conjugation.py, determiners.py and sentences.py hold the rules.
"""

import tomllib
from collections.abc import Iterable
from enum import StrEnum
from importlib.resources import files
from typing import Any, Literal, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from homework_shared.exercises import CefrLevel


class Grammar(StrEnum):
    PRESENT = "present"
    PAST = "past"
    ARTICLES = "articles"


class Determiner(StrEnum):
    DEFINITE = "definite"
    INDEFINITE = "indefinite"
    PARTITIVE = "partitive"
    ARTICULATED = "articulated"


Level = Literal["A1", "A2", "B1"]
Gender = Literal["m", "f"]
Number = Literal["singular", "plural"]
Tense = Literal["present", "past"]
Preposition = Literal["a", "da", "di", "in", "su"]
SixForms = tuple[str, str, str, str, str, str]
LEVELS: tuple[Level, ...] = ("A1", "A2", "B1")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Complement(_Data):
    it: str
    en: str
    level: Level
    when: str | None = None
    topics: tuple[str, ...] = ()
    who: Literal["young", "adult"] | None = None
    tenses: tuple[Tense, ...] = ("present", "past")

    @property
    def agrees(self) -> bool:
        return "|" in self.it


class English(_Data):
    base: str
    third: str
    past: str | None = None
    first: str | None = None


class Verb(_Data):
    infinitive: str
    english: English
    auxiliary: Literal["avere", "essere"] = "avere"
    isc: bool = False
    present: SixForms | None = None
    participle: str | None = None
    avoid_persons: tuple[int, ...] = ()
    """Where the present has a second right form: a gap must have one answer."""
    complements: tuple[Complement, ...]

    @property
    def reflexive(self) -> bool:
        return self.infinitive.endswith("si")


class Subject(_Data):
    it: str
    en: str
    person: int = Field(ge=0, le=5)
    gender: Gender | None = None
    level: Level
    age: Literal["young", "adult"] | None = None
    pronoun: bool = False

    @property
    def number(self) -> Number:
        return "singular" if self.person < 3 else "plural"


class Time(_Data):
    it: str
    en: str
    level: Level


class Times(_Data):
    present: tuple[Time, ...]
    past: tuple[Time, ...]


class Noun(_Data):
    it: str
    plural: str | None = None
    gender: Gender
    plural_gender: Gender | None = None
    en: str
    en_plural: str | None = None
    translate: bool = True
    level: Level
    kinds: tuple[str, ...]
    topics: tuple[str, ...]


class Frame(_Data):
    it: str
    en: str
    kinds: tuple[str, ...]
    numbers: tuple[Number, ...]
    determiners: tuple[Determiner, ...]
    preposition: Preposition | None = None
    level: Level


class Adjective(_Data):
    forms: tuple[str, str, str, str]
    en: str
    kinds: tuple[str, ...]
    determiners: tuple[Determiner, ...]
    translate: bool = False
    level: Level


class Focus(_Data):
    grammars: tuple[Grammar, ...]
    determiners: tuple[Determiner, ...] = ()
    aliases: tuple[str, ...]


class Content(_Data):
    """Everything the generator knows. Load it once, at the entry point."""

    verbs: tuple[Verb, ...]
    subjects: tuple[Subject, ...]
    times: dict[str, Times]
    nouns: tuple[Noun, ...]
    frames: tuple[Frame, ...]
    adjectives: tuple[Adjective, ...]
    focuses: tuple[Focus, ...]
    noise: tuple[str, ...]
    topics: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls) -> Self:
        """Raises pydantic's ValidationError or tomllib's TOMLDecodeError if a file is wrong."""
        merged: dict[str, Any] = {}
        folder = files("homework_mock_generator") / "content"
        names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
        for name in names:
            for key, value in tomllib.loads((folder / name).read_text("utf-8")).items():
                # Verbs are spread over several files; everything else stands in one.
                merged[key] = merged[key] + value if key in merged else value
        return cls.model_validate(merged)


class Levelled(Protocol):
    @property
    def level(self) -> Level: ...


L = TypeVar("L", bound=Levelled)


def practised_level(asked: CefrLevel) -> Level:
    """The content's level for `asked`: levels above B1 get the B1 content."""
    for level in LEVELS:
        if level == asked:
            return level
    return LEVELS[-1]


def up_to(level: Level, items: Iterable[L]) -> list[L]:
    return [item for item in items if LEVELS.index(item.level) <= LEVELS.index(level)]


def around(level: Level, items: Iterable[L]) -> list[L]:
    """The items of `level` and of the one below it, so that practice stays at the level."""
    rank = LEVELS.index(level)
    return [item for item in items if rank - 1 <= LEVELS.index(item.level) <= rank]
