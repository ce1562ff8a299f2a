"""The clock of every service. Code that needs another clock, such as a test, gets it as an argument."""

import ctypes
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
Ticks = Callable[[], float]
"""Seconds since an arbitrary moment. They never go back."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds that also count while the machine sleeps, as deadlines do. `time.monotonic` does not on every
    system.
    """
    # Windows has no CLOCK_BOOTTIME, but its `time.monotonic` counts sleep as well.
    if not hasattr(time, "clock_gettime"):
        return time.monotonic()
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


_TIMEX_BYTES = 512
"""More than the 208 bytes of the kernel's `struct timex`. All zeros ask for the state and change nothing."""
_TIME_ERROR = 5


def is_set_by_ntp() -> bool:
    """Whether the kernel says that NTP keeps this machine's clock right: adjtimex(2) is not TIME_ERROR.

    It is False after a person has set the clock, after a boot until the first answer of a time server, on
    other systems than Linux, and in a container that may not ask.
    """
    if sys.platform != "linux":
        return False
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return bool(0 <= state < _TIME_ERROR)


class SteadyClock:
    """Counts from the moment it was made, so that a change of the machine's clock moves no deadline and no
    lease. It can follow another clock that several machines share.
    """

    def __init__(self, machine: Clock = utc_now, ticks: Ticks = ticks) -> None:
        self._machine = machine
        self._ticks = ticks
        self._zero = machine() - timedelta(seconds=ticks())

    def __call__(self) -> datetime:
        return self._zero + timedelta(seconds=self._ticks())

    def follow(self, now: datetime) -> None:
        """Set this clock to `now`, whatever the machine's clock says."""
        self._zero = now - timedelta(seconds=self._ticks())

    def machine_ahead_seconds(self) -> float:
        """How far the machine's clock is ahead of this one; negative if it is behind."""
        return (self._machine() - self()).total_seconds()
