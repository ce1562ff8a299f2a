"""Chooses the content that suits a level, and the one of four forms that agrees."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from homework_mock_generator.content import Gender, Number
from homework_shared.exercises.exercise import CefrLevel

LEVELS: tuple[CefrLevel, ...] = tuple(CefrLevel)


class Levelled(Protocol):
    @property
    def level(self) -> CefrLevel: ...


L = TypeVar("L", bound=Levelled)


def up_to(level: CefrLevel, items: Iterable[L]) -> list[L]:
    return [item for item in items if LEVELS.index(item.level) <= LEVELS.index(level)]


def around(level: CefrLevel, items: Iterable[L], enough: int) -> list[L]:
    """The items of `level` and of the level below it. If these are fewer than `enough`, easier items follow,
    and harder ones last: a beginner may be asked for the subjunctive, with the easiest words there are.
    """
    known = list(items)
    low = high = LEVELS.index(level)
    low -= 1
    while True:
        found = [item for item in known if low <= LEVELS.index(item.level) <= high]
        if len(found) >= enough or (low <= 0 and high >= len(LEVELS) - 1):
            return found
        if low > 0:
            low -= 1
        else:
            high += 1


def easiest(items: Iterable[L]) -> list[L]:
    known = list(items)
    lowest = min((LEVELS.index(item.level) for item in known), default=0)
    return [item for item in known if LEVELS.index(item.level) == lowest]


def index_of(gender: Gender, number: Number) -> int:
    """The index of an adjective's form among its four."""
    return (1 if gender == "f" else 0) + (2 if number == "plural" else 0)


def pick(forms: Sequence[str], gender: Gender, number: Number) -> str:
    return forms[index_of(gender, number)]
