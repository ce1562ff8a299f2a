"""One Italian sentence with what every type of exercise needs from it, and sentences in a good order."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from homework_mock_generator.determiners import attach

T = TypeVar("T")


@dataclass(frozen=True)
class Sentence:
    before: str
    answer: str
    after: str
    hint: str
    distractors: tuple[str, ...]
    """Wrong forms, the most instructive first."""
    explanation: str
    english: str | None
    """None where the English sentence would not tell the one Italian sentence."""
    translation: str

    @property
    def italian(self) -> str:
        return capitalised(f"{self.before} {attach(self.answer, self.after)}".strip())

    def with_gap(self, gap: str) -> str:
        return capitalised(f"{self.before} {gap} {self.after}".strip())


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def in_turn(items: Iterable[T], key: Callable[[T], Hashable], random: Random) -> Iterator[T]:
    """All items in random order, each key once before any comes twice: no two "mangiare" in a row."""
    groups: dict[Hashable, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    # Dict order is insertion order, so the seed alone decides.
    waiting = list(groups.values())
    while waiting:
        random.shuffle(waiting)
        for group in waiting:
            yield _take(group, random)
        waiting = [group for group in waiting if group]


def _take(group: list[T], random: Random) -> T:
    # Drawn one by one: a homework needs twenty of the thousands that a full shuffle would move.
    index = random.randrange(len(group))
    group[index], group[-1] = group[-1], group[index]
    return group.pop()
