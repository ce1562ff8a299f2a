"""The sentence is about the topic that was asked for, where its words place it."""

from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.curriculum import curriculum
from homework_shared.language.data import load
from homework_shared.language.reading.matching import Beginnings
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small, tokens

_PLAINLY = 2


def problems(parsed: Parsed) -> Iterator[Problem]:
    asked = _topic(parsed.asked.topic)
    if asked is None:
        return
    words = {word for word in parsed.sentence.words if len(word) > 1} | {
        small(word) for word in tokens(parsed.english)
    }
    # Each word counts once, for every topic that it may belong to.
    topics = [frozenset(_topics().matching([word])) for word in words]
    placed = [found for found in topics if found]
    if placed and not any(asked in found for found in placed) and _is_plainly_elsewhere(placed):
        yield Problem(Check.TOPIC, "the sentence is about another topic")


def _is_plainly_elsewhere(placed: list[frozenset[str]]) -> bool:
    """Two words of one other topic, so that a word in passing is not taken for what it is about."""
    return any(sum(topic in found for found in placed) >= _PLAINLY for topic in frozenset().union(*placed))


def _topic(text: str | None) -> str | None:
    if not text:
        return None
    name = small(text).strip()
    return name if name in load("topics") else curriculum().topic(text)


@cache
def _topics() -> Beginnings[str]:
    return Beginnings((word, topic) for topic, listed in load("topics").items() for word in listed.split())
