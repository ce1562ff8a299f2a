"""The parameters of a page of a list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page: without a limit, all of them. With `before_id`, only older rows; unlike an offset,
    it keeps its place when rows are added or deleted.
    """

    limit: int | None = None
    offset: int = 0
    before_id: int | None = None
