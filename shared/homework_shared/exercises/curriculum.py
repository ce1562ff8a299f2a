"""The curriculum: the grammars, the topics and the levels, and how teachers' free text is mapped to them.

The mock generator takes its exercises from it, and the prompt of the GPU generator takes its rules. The
levels' descriptors summarise the Council of Europe's CEFR grammar-related scales in our own words.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict

from homework_shared.exercises.exercise import CefrLevel


class Grammar(StrEnum):
    ARTICLES = "articles"
    NOUNS = "nouns"
    ADJECTIVES = "adjectives"
    PRESENT = "present"
    PASSATO_PROSSIMO = "passato_prossimo"
    IMPERFETTO = "imperfetto"
    FUTURE = "future"
    CONDITIONAL = "conditional"
    SUBJUNCTIVE_PRESENT = "subjunctive_present"
    SUBJUNCTIVE_IMPERFECT = "subjunctive_imperfect"
    IMPERATIVE = "imperative"
    GERUND = "gerund"
    PASSIVE = "passive"
    PREPOSITIONS = "prepositions"
    DIRECT_PRONOUNS = "direct_pronouns"
    INDIRECT_PRONOUNS = "indirect_pronouns"
    COMBINED_PRONOUNS = "combined_pronouns"
    REFLEXIVES = "reflexives"
    COMPARATIVES = "comparatives"
    RELATIVE_PRONOUNS = "relative_pronouns"
    HYPOTHETICAL = "hypothetical"
    PASSATO_REMOTO = "passato_remoto"
    NUMBERS_AND_TIME = "numbers_and_time"


Topic = Literal[
    "daily routine", "food", "travel", "family", "work", "school", "health", "shopping", "sport", "culture",
    "history", "weather", "leisure",
]  # fmt: skip
ArticleKind = Literal["definite", "indefinite", "partitive", "articulated"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(_Data):
    descriptor: str
    general: tuple[Grammar, ...]
    """The grammars that a homework practises if the teacher names none."""


class Lesson(_Data):
    """One grammar: its Italian name, its rule in an English sentence and some forms."""

    title: str
    rule: str
    forms: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Focus:
    """The grammars that a teacher's words name. `only_nearest` is true if the words name something that is
    not in the curriculum and these grammars are the closest to it.
    """

    grammars: tuple[Grammar, ...]
    articles: tuple[ArticleKind, ...] = ()
    only_nearest: bool = False


@dataclass(frozen=True)
class _Alias:
    words: frozenset[str]
    grammar: Grammar | None
    article: ArticleKind | None = None
    nearest: bool = False


class Curriculum(_Data):
    noise: tuple[str, ...]
    levels: dict[CefrLevel, Level]
    grammars: dict[Grammar, Lesson]
    nearest: dict[Grammar, tuple[str, ...]]
    unpractised: tuple[str, ...]
    parts: dict[ArticleKind, tuple[str, ...]]
    topics: dict[Topic, tuple[str, ...]]

    def focus(self, text: str) -> Focus | None:
        """The grammars that `text` names, or None if it names no known grammar."""
        left = words(text) - self._noise
        grammars: list[Grammar] = []
        articles: list[ArticleKind] = []
        only_nearest = False
        while alias := self._longest_alias(left):
            left -= alias.words
            grammars += [alias.grammar] if alias.grammar else []
            articles += [alias.article] if alias.article else []
            only_nearest |= alias.nearest
        if not grammars:
            return None
        return Focus(tuple(dict.fromkeys(grammars)), tuple(articles), only_nearest)

    def topic(self, text: str | None) -> Topic | None:
        """The first topic of the curriculum that `text` names, or None."""
        wanted = words(text or "")
        found = (name for name, aliases in self._topic_words if any(alias <= wanted for alias in aliases))
        return next(found, None)

    def _longest_alias(self, left: frozenset[str]) -> _Alias | None:
        fitting = [alias for alias in self._aliases if alias.words <= left]
        return max(fitting, key=lambda alias: len(alias.words), default=None)

    @cached_property
    def _noise(self) -> frozenset[str]:
        return frozenset(self.noise)

    @cached_property
    def _topic_words(self) -> list[tuple[Topic, list[frozenset[str]]]]:
        return [(name, [words(alias) for alias in aliases]) for name, aliases in self.topics.items()]

    @cached_property
    def _aliases(self) -> list[_Alias]:
        parts = [
            _Alias(words(text) - self._noise, Grammar.ARTICLES, article=kind)
            for kind, texts in self.parts.items()
            for text in texts
        ]
        named = [
            _Alias(words(text) - self._noise, grammar)
            for grammar, lesson in self.grammars.items()
            for text in lesson.aliases
        ]
        nearest = [
            _Alias(words(text) - self._noise, grammar, nearest=True)
            for grammar, texts in self.nearest.items()
            for text in texts
        ]
        unpractised = [_Alias(words(text) - self._noise, None) for text in self.unpractised]
        return [alias for alias in (*parts, *named, *nearest, *unpractised) if alias.words]


@cache
def curriculum() -> Curriculum:
    """The curriculum that is part of this package.

    Raises:
        pydantic.ValidationError, tomllib.TOMLDecodeError: the file has an error.
    """
    text = (files("homework_shared.exercises") / "curriculum.toml").read_text("utf-8")
    return Curriculum.model_validate(tomllib.loads(text))


def words(text: str) -> frozenset[str]:
    """The words of a text in lower case and without accents: "Passato_Prossimo" → passato, prossimo."""
    plain = normalize("NFKD", text.casefold())
    without_accents = "".join(char for char in plain if ord(char) < 0x300 or ord(char) > 0x36F)
    return frozenset(re.findall(r"[^\W_]+", without_accents))
