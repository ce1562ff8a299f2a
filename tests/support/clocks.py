"""Clocks that a test sets."""

from datetime import UTC, datetime, timedelta


class MachineClock:
    """The clock of a machine that is `off` by so much."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.off = timedelta(seconds=seconds)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off
