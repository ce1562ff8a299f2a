"""The table of Italian that says the same: `equivalents.toml`, read once."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from homework_shared.language.italian.verbs import Reading, readings

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
        here, there = readings(one), readings(other)
        rows = [row for row in self.verbs if row.holds_for(english)]
        return any(_same_form(a, b) and _in_one_row(rows, a, b) for a in here for b in there)

    def leaves_gender_open(self, noun: str, english: str) -> bool:
        found = self.open_gender.get(noun)
        return found is not None and found.search(english) is not None


def _same_form(one: Reading, other: Reading) -> bool:
    return one[1:] == other[1:]


def _in_one_row(rows: Sequence[Row], one: Reading, other: Reading) -> bool:
    return any((one.infinitive,) in row.phrases and (other.infinitive,) in row.phrases for row in rows)


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
