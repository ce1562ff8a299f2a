"""Which part of a list is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list: without a limit, all of them. With `before_id`, only older ones: unlike an offset
    it stays where it is when rows come and go."""

    limit: int | None = None
    offset: int = 0
    before_id: int | None = None
