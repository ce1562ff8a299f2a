"""Finds lists of phrases and of word beginnings in a text without trying the whole list."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Generic, TypeVar

T = TypeVar("T")


class PhraseList:
    """Phrases of lower-case words, indexed by their first two words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, dict[str, list[tuple[str, ...]]]] = {}
        for phrase in sorted(phrases, key=len, reverse=True):
            first, *others = phrase.split()
            second = others[0] if others else ""
            self._by_first.setdefault(first, {}).setdefault(second, []).append((first, *others))

    def end(self, words: Sequence[str], start: int) -> int | None:
        """The end of the longest phrase that starts here."""
        begun = self._by_first.get(words[start])
        if begun is None:
            return None
        second = words[start + 1] if start + 1 < len(words) else ""
        for phrase in (*begun.get(second, ()), *begun.get("", ())):
            if tuple(words[start : start + len(phrase)]) == phrase:
                return start + len(phrase)
        return None

    def spans(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """The start and end of each phrase. Of several that start at one word, the longest."""
        if self._by_first.keys().isdisjoint(words):
            return []
        starts = [start for start, word in enumerate(words) if word in self._by_first]
        return [(start, end) for start in starts if (end := self.end(words, start)) is not None]

    def occurs_in(self, words: Sequence[str]) -> bool:
        return bool(self.spans(words))

    @property
    def first_words(self) -> frozenset[str]:
        return frozenset(self._by_first)


class Beginnings(Generic[T]):
    """Words, or beginnings of words if marked with a star, and the value of each."""

    _LONGEST = 12

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._words: dict[str, list[T]] = {}
        self._beginnings: dict[str, list[T]] = {}
        for word, value in entries:
            table = self._beginnings if word.endswith("*") else self._words
            table.setdefault(word.rstrip("*"), []).append(value)

    def matching(self, words: Iterable[str]) -> Iterator[T]:
        for word in words:
            yield from self._words.get(word, ())
            for length in range(2, min(len(word), self._LONGEST) + 1):
                yield from self._beginnings.get(word[:length], ())


class KeyedPatterns:
    """Patterns, each with the words or beginnings of words of which a text must contain one. Most texts
    contain none, and then nothing is searched. The beginnings of each word are cached.
    """

    _REMEMBERED = 20_000

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        compiled = [(keys, re.compile(pattern)) for keys, pattern in entries]
        begun = Beginnings((key, pattern) for keys, pattern in compiled for key in keys.split())
        self._of = lru_cache(self._REMEMBERED)(lambda word: frozenset(begun.matching((word,))))

    def occur_in(self, text: str, words: Iterable[str]) -> bool:
        found = set(chain.from_iterable(map(self._of, words)))
        return any(pattern.search(text) for pattern in found)


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    r"""All patterns combined into one. If each begins with `\b`, only the beginnings of words are tried, by
    first letter.
    """
    return re.compile("|".join(patterns))


def alternatives(text: str) -> re.Pattern[str]:
    """One pattern for words and beginnings of words: "libreri*
    bibliotec*".
    """
    parts = (re.escape(part).replace(r"\*", r"\w*") for part in text.split("|"))
    return re.compile(rf"\b(?:{'|'.join(parts)})\b")
