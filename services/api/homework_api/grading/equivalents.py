"""The tables of Italian that says the same: `equivalents.toml` for grammar, `synonyms.toml` for words and
`constructions.toml` for several words that belong together.

A row holds beside one of its English words only, because elsewhere its Italian differs in meaning.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from homework_shared.language.italian.verbs import readings

Phrase = tuple[str, ...]
Construction = Phrase
"""A verb in the infinitive and the words after it: ("fare", "vedere")."""

ARTICLES = ("il", "lo", "la", "l'", "i", "gli", "le")
CONTRACTED = {
    "a": ["al", "allo", "alla", "all'", "ai", "agli", "alle"],
    "di": ["del", "dello", "della", "dell'", "dei", "degli", "delle"],
    "da": ["dal", "dallo", "dalla", "dall'", "dai", "dagli", "dalle"],
    "in": ["nel", "nello", "nella", "nell'", "nei", "negli", "nelle"],
    "su": ["sul", "sullo", "sulla", "sull'", "sui", "sugli", "sulle"],
}
_WORD = re.compile(r"[\w']+")
_FILES = ("equivalents", "synonyms", "constructions")
_FORMS_OF_NOUNS = ("it", "plural")
_FORMS_OF_ADJECTIVES = ("it", "feminine", "plural", "feminine_plural")


@dataclass(frozen=True, slots=True)
class Row:
    """Phrases of which any will do, wherever the English sentence has what `english` looks for."""

    phrases: tuple[Phrase, ...]
    english: re.Pattern[str] | None

    def holds_for(self, english: str) -> bool:
        return self.english is None or self.english.search(english) is not None


@dataclass(frozen=True, slots=True)
class Equivalents:
    """Rows by the first word of each of their English phrases; those that hold anywhere are under ""."""

    phrases: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    nouns: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    verbs: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    constructions: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    open_gender: dict[str, re.Pattern[str]] = field(default_factory=dict)
    meanings: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """The rows of each single Italian word, verbs by their infinitive."""

    def same_verb(self, one: str, other: str, english: str) -> bool:
        """Whether these are the same form of two verbs that say the same in this sentence."""
        return any(
            a[1:] == b[1:] and self._say_the_same(a.infinitive, b.infinitive, english)
            for a in readings(one)
            for b in readings(other)
        )

    def _say_the_same(self, one: str, other: str, english: str) -> bool:
        rows = self.meanings.get(one, ())
        return any(
            (one,) in row.phrases and (other,) in row.phrases and row.holds_for(english) for row in rows
        )


def bases_of(word: str) -> frozenset[str]:
    """The word, and the verbs that it can be a form of."""
    return frozenset({word, *(reading.infinitive for reading in readings(word))})


def rows_for(table: dict[str, list[Row]], english: str) -> Iterator[Row]:
    """The rows that hold for a sentence, each once."""
    words = dict.fromkeys(_WORD.findall(english))
    rows = {id(row): row for word in ("", *words) for row in table.get(word, ())}
    yield from (row for row in rows.values() if row.holds_for(english))


@cache
def equivalents() -> Equivalents:
    found = Equivalents()
    for name in _FILES:
        text = (files("homework_api.grading") / f"{name}.toml").read_text("utf-8")
        _read(tomllib.loads(text), found)
    return found


def _read(table: dict[str, Any], found: Equivalents) -> None:
    for entry in table.get("phrases", ()):
        _keep(found.phrases, found, entry, ["it"])
    for entry in table.get("verbs", ()):
        _keep(found.verbs, found, entry, ["it"])
    for entry in table.get("constructions", ()):
        _keep(found.constructions, found, entry, ["it"])
    for entry in table.get("nouns", ()):
        _keep(found.nouns, found, entry, _FORMS_OF_NOUNS)
    for entry in table.get("adjectives", ()):
        _keep(found.phrases, found, entry, _FORMS_OF_ADJECTIVES)
    for noun, words in table.get("open_gender", {}).items():
        found.open_gender[noun] = _any_of(words.split())


def _keep(
    rows: dict[str, list[Row]], found: Equivalents, entry: dict[str, Any], forms: Sequence[str]
) -> None:
    english = entry.get("en")
    for form in forms:
        phrases = tuple(tuple(phrase.split()) for phrase in entry[form])
        pattern = _any_of(english) if english else None
        for row in (Row(each, pattern) for each in (phrases, *_with_articles(phrases))):
            for first in {_WORD.findall(phrase)[0] for phrase in english} if english else {""}:
                rows[first].append(row)
        for word in _single(phrases):
            found.meanings[word].append(Row(phrases, pattern))


def _with_articles(phrases: Sequence[Phrase]) -> Iterator[tuple[Phrase, ...]]:
    """The same before each article, to which a preposition at the end of a phrase is joined: alla gara."""
    if any(len(phrase) > 1 and phrase[-1] in CONTRACTED for phrase in phrases):
        for place, article in enumerate(ARTICLES):
            yield tuple(_before_article(phrase, place, article) for phrase in phrases)


def _before_article(phrase: Phrase, place: int, article: str) -> Phrase:
    joined = CONTRACTED.get(phrase[-1]) if len(phrase) > 1 else None
    return (*phrase[:-1], joined[place]) if joined else (*phrase, article)


def _single(phrases: Iterable[Phrase]) -> set[str]:
    return {phrase[0] for phrase in phrases if len(phrase) == 1}


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")
