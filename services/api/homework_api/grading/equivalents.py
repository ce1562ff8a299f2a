"""The table of Italian that says the same: `equivalents.toml`, read once."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from homework_shared.language.italian.verbs import readings

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Phrases of which any will do, wherever the English sentence has what `english` looks for."""

    phrases: tuple[Phrase, ...]
    english: re.Pattern[str] | None

    def holds_for(self, english: str) -> bool:
        return self.english is None or self.english.search(english) is not None


@dataclass(frozen=True, slots=True)
class Equivalents:
    phrases: tuple[Row, ...]
    verbs: tuple[Row, ...]
    open_gender: dict[str, re.Pattern[str]]

    def same_verb(self, one: str, other: str, english: str) -> bool:
        """Whether these are the same form of two verbs that say the same in this sentence."""
        return any(
            a[1:] == b[1:] and self._say_the_same(a.infinitive, b.infinitive, english)
            for a in readings(one)
            for b in readings(other)
        )

    def _say_the_same(self, one: str, other: str, english: str) -> bool:
        return any(
            (one,) in row.phrases and (other,) in row.phrases and row.holds_for(english) for row in self.verbs
        )


@cache
def equivalents() -> Equivalents:
    table = tomllib.loads((files("homework_api.grading") / "equivalents.toml").read_text("utf-8"))
    return Equivalents(
        tuple(_row(row) for row in table["phrases"]),
        tuple(_row(row) for row in table["verbs"]),
        {noun: _any_of(words.split()) for noun, words in table["open_gender"].items()},
    )


def _row(row: dict[str, list[str]]) -> Row:
    phrases = tuple(tuple(phrase.split()) for phrase in row["it"])
    return Row(phrases, _any_of(row["en"]) if "en" in row else None)


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")
