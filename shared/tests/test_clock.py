"""A clock that cannot be set back, and that follows another one."""

import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from homework_shared.runtime.clock import SteadyClock, is_set_by_ntp, ticks, utc_now

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Machine:
    """A machine's time of day and its monotonic clock."""

    def __init__(self) -> None:
        self.now = NINE
        self.ticks = 1000.0
        self.clock = SteadyClock(lambda: self.now, lambda: self.ticks)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.ticks += seconds


def test_setting_the_machines_clock_does_not_move_it() -> None:
    machine = Machine()
    machine.pass_time(5)
    machine.now -= timedelta(hours=1)
    machine.pass_time(5)
    assert machine.clock() == NINE + timedelta(seconds=10)
    assert machine.clock.machine_ahead_seconds() == -3600


def test_it_follows_the_clock_that_others_go_by() -> None:
    machine = Machine()
    machine.clock.follow(NINE + timedelta(seconds=30))
    machine.pass_time(2)
    assert machine.clock() == NINE + timedelta(seconds=32)
    assert machine.clock.machine_ahead_seconds() == -30


def test_it_begins_as_the_machines_clock() -> None:
    assert abs((SteadyClock()() - utc_now()).total_seconds()) < 30
    assert ticks() <= ticks()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' monotonic clock counts it anyway")
def test_ticks_count_while_the_machine_sleeps() -> None:
    with patch("time.clock_gettime", return_value=7.0) as asked:
        assert ticks() == 7.0
    asked.assert_called_once_with(time.CLOCK_BOOTTIME)


def test_ticks_are_the_monotonic_clock_on_a_system_without_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("time.clock_gettime")
    monkeypatch.setattr("time.monotonic", lambda: 7.0)
    assert ticks() == 7.0


@pytest.mark.parametrize(
    ("system", "answer", "right"),
    [("linux", 0, True), ("linux", 5, False), ("linux", -1, False), ("darwin", 0, False)],
    ids=["kept by NTP", "not synchronised", "may not ask", "does not tell"],
)
def test_ntp_has_set_the_clock_only_if_the_kernel_says_so(
    monkeypatch: pytest.MonkeyPatch, system: str, answer: int, right: bool
) -> None:
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("ctypes.CDLL", lambda _: SimpleNamespace(adjtimex=lambda _: answer))
    assert is_set_by_ntp() is right


def test_asking_the_kernel_changes_nothing() -> None:
    assert is_set_by_ntp() is is_set_by_ntp()
