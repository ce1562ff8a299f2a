"""The clock of every service: what needs another one, a test for instance, is handed it as an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
Ticks = Callable[[], float]
"""Seconds since some moment. Nobody can set them back."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def ticks() -> float:
    """Goes on while the machine sleeps, as deadlines do; `time.monotonic` does not everywhere."""
    if not hasattr(time, "clock_gettime"):  # on Windows, where `time.monotonic` does
        return time.monotonic()
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Counts from the moment it was made: whoever sets the machine's clock moves no deadline and no lease. It
    can follow another clock, which several machines share."""

    def __init__(self, machine: Clock = utc_now, ticks: Ticks = ticks) -> None:
        self._machine = machine
        self._ticks = ticks
        self._zero = machine() - timedelta(seconds=ticks())

    def __call__(self) -> datetime:
        return self._zero + timedelta(seconds=self._ticks())

    def follow(self, now: datetime) -> None:
        """It is `now`, whatever the machine's clock says."""
        self._zero = now - timedelta(seconds=self._ticks())

    def machine_ahead_seconds(self) -> float:
        """By how much the machine's clock is ahead of this one; negative when it is behind."""
        return (self._machine() - self()).total_seconds()
