"""Lists in pages, both those that the API pages and those that it returns whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Protocol, TypeVar

from fastapi import Query

LARGEST = 2**53 - 1
Before = Annotated[int | None, Query(ge=1, le=LARGEST)]
PageNumber = Annotated[int, Query(ge=1, le=LARGEST)]


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


N = TypeVar("N", bound=Numbered)
T = TypeVar("T")


def page_of(found: Sequence[N], size: int) -> tuple[list[N], int | None]:
    """Of the `size` + 1 rows that were requested, those of this page, and the `before` of the next one."""
    shown = list(found[:size])
    return shown, shown[-1].id if len(found) > size else None


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Page `number` of `pages`, counted from 1."""

    rows: list[T]
    number: int
    pages: int


def slice_of(everything: Sequence[T], number: int, size: int) -> Slice[T]:
    """The page with this number; a number that is too large gives the last page."""
    pages = max(1, -(-len(everything) // size))
    number = min(number, pages)
    return Slice(list(everything[(number - 1) * size : number * size]), number, pages)
