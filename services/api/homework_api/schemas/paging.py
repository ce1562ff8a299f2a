"""Which part of a list is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list: without a limit, all of them."""

    limit: int | None = None
    offset: int = 0
