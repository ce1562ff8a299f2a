"""The questions written lately, so that no two students of a class get the same one.

Two questions are the same when they differ in punctuation and capitals only, or when most of their words
are the same. To compare each new question with thousands of old ones word by word would take too long.
Sets that overlap by at least `LIKENESS` share one of their first few words in any fixed order (prefix
filtering), so only questions found by those words are compared.
"""

import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from math import ceil

from homework_shared.exercises.checks import plain

REMEMBERED = 20_000
LIKENESS = 0.8
"""The share of common words, of all words of both, from which on two questions are the same."""

_WORD = re.compile(r"[^\W_]+")
_Words = frozenset[str]


class Memory:
    """The questions of recent homework. It forgets the oldest first, and never those that it began with."""

    def __init__(self, size: int = REMEMBERED, known: Iterable[str] = ()) -> None:
        self._size = size
        self._questions: OrderedDict[str, _Words] = OrderedDict()
        self._by_word: defaultdict[str, set[str]] = defaultdict(set)
        for question in known:
            self._add(plain(question))
        self._permanent = frozenset(self._questions)

    def __len__(self) -> int:
        """How many questions are remembered, beside those it began with."""
        return len(self._questions) - len(self._permanent)

    def claim(self, question: str) -> bool:
        """Whether this question is new. After the call it is known."""
        key = plain(question)
        if key in self._questions or self._has_alike(key):
            return False
        self._add(key)
        if len(self._questions) > self._size + len(self._permanent):
            self._remove(next(name for name in self._questions if name not in self._permanent))
        return True

    def release(self, questions: Iterable[str]) -> None:
        """Forget a question that no student will see."""
        for question in questions:
            if (key := plain(question)) in self._questions and key not in self._permanent:
                self._remove(key)

    def _add(self, key: str) -> None:
        self._questions[key] = _words(key)
        for word in _prefix(self._questions[key]):
            self._by_word[word].add(key)

    def _remove(self, key: str) -> None:
        for word in _prefix(self._questions.pop(key)):
            self._by_word[word].discard(key)
            if not self._by_word[word]:
                del self._by_word[word]

    def _has_alike(self, key: str) -> bool:
        words = _words(key)
        candidates = {other for word in _prefix(words) for other in self._by_word.get(word, ())}
        return any(_likeness(words, self._questions[other]) >= LIKENESS for other in candidates)


def _words(text: str) -> _Words:
    return frozenset(_WORD.findall(text)) - {"translate"}


def _prefix(words: _Words) -> Iterator[str]:
    # Long words first: they are rare, so few questions are found by them.
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return iter(ordered[: len(ordered) - ceil(LIKENESS * len(ordered)) + 1])


def _likeness(one: _Words, other: _Words) -> float:
    return len(one & other) / max(1, len(one | other))
