"""Lists in pages: those that the API pages, and those that it gives whole."""

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
    """Of `size` + 1 that were asked for, those of this page, and what leads to the next: its `before`."""
    shown = list(found[:size])
    return shown, shown[-1].id if len(found) > size else None


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Page `number`, from 1, of `pages`."""

    rows: list[T]
    number: int
    pages: int


def slice_of(everything: Sequence[T], number: int, size: int) -> Slice[T]:
    """A page that does not exist is the last one."""
    pages = max(1, -(-len(everything) // size))
    number = min(number, pages)
    return Slice(list(everything[(number - 1) * size : number * size]), number, pages)
