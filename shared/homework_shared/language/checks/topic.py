"""Checks that the sentence is about the requested topic. It reports a sentence whose words clearly belong
elsewhere.

A sentence of everyday life fits every topic, so one or two words of another topic decide nothing.
"""

from collections.abc import Iterator
from functools import cache, lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.curriculum import curriculum
from homework_shared.exercises.curriculum import words as words_of
from homework_shared.language.data import load, word_set
from homework_shared.language.reading.matching import Beginnings
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small

_PLAIN, _PASSING, _ENOUGH = 2, 1, 4


def problems(parsed: Parsed) -> Iterator[Problem]:
    asked = _asked_for(parsed.asked.topic or "")
    if not asked:
        return
    italian = {word for word in parsed.sentence.words if len(word) > 1}
    english = set(map(small, parsed.english_written))
    if not any(asked & _may_belong_to(word) for word in italian | english) and _is_elsewhere(italian, asked):
        yield Problem(Check.TOPIC, "the sentence is about another topic")


def _is_elsewhere(words: set[str], asked: frozenset[str]) -> bool:
    """Whether enough words belong to one topic that is not near a requested one."""
    # Forms of one word, such as "gioca" and "giocato", count once.
    told = {telling for word in words for telling in _told_by(word)}
    sums: dict[str, int] = {}
    for topic, weight, _ in told:
        sums[topic] = sums.get(topic, 0) + weight
    away = {topic for topic in sums if not asked & _near(topic)}
    if any(sums[topic] >= _ENOUGH for topic in away):
        return True
    # Words of two other topics count too, if each is clear: a lesson and a museum are not about the weather.
    return (
        away == sums.keys() and len(_best_of_each(told)) > 2 and sum(_best_of_each(told).values()) > _ENOUGH
    )


def _best_of_each(told: set[tuple[str, int, str]]) -> dict[str, int]:
    """The highest weight of each entry, for whichever topic."""
    weights: dict[str, int] = {}
    for _, weight, entry in told:
        weights[entry] = max(weight, weights.get(entry, 0))
    return weights


@lru_cache(500)
def _asked_for(text: str) -> frozenset[str]:
    """All topics that a teacher's words name. Empty if one word is unknown, because it may be the one that
    matters, or if a word is too general.
    """
    own = small(text).strip()
    if own in load("topics")["may_belong"]:
        return frozenset({own})
    wanted = words_of(text)
    named = [(topic, alias) for topic, alias in _aliases() if alias <= wanted]
    left = wanted.difference(word_set("topics", "beside"), *(alias for _, alias in named))
    more = [_may_belong_to(word) for word in left]
    if not named or not all(more) or not wanted.isdisjoint(word_set("topics", "wide")):
        return frozenset()
    return frozenset({topic for topic, _ in named}.union(*more))


@cache
def _aliases() -> list[tuple[str, frozenset[str]]]:
    return [(topic, words_of(alias)) for topic, aliases in curriculum().topics.items() for alias in aliases]


@cache
def _near(topic: str) -> frozenset[str]:
    """The topic and those that one sentence can easily combine with it."""
    near = load("topics")["near"]
    return frozenset({topic, *near.get(topic, ()), *(other for other in near if topic in near[other])})


@lru_cache(20_000)
def _may_belong_to(word: str) -> frozenset[str]:
    return frozenset(_generous().matching([word])) | {topic for topic, _, _ in _told_by(word)}


@lru_cache(20_000)
def _told_by(word: str) -> tuple[tuple[str, int, str], ...]:
    """The topics that a word indicates, each with its weight and the entry of the list that matched."""
    found = {}
    for topic, weight, entry in _telling().matching([word]):
        # "Allenatore" begins like "allenare", and has an entry of its own. Longer entries come last, so they
        # win.
        found[topic] = (topic, weight, entry)
    return tuple(found.values())


@cache
def _generous() -> Beginnings[str]:
    listed = load("topics")["may_belong"]
    return Beginnings((word, topic) for topic, text in listed.items() for word in text.split())


@cache
def _telling() -> Beginnings[tuple[str, int, str]]:
    return Beginnings(
        (word, (topic, weight, word))
        for table, weight in (("plain", _PLAIN), ("passing", _PASSING))
        for topic, text in load("topics")[table].items()
        for word in text.split()
    )
