"""Signals end a command, except during its clean-up."""

import os
import signal
from collections.abc import Iterator

import pytest

from homework_cli.interrupts import interruptible, uninterruptible

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDS}
    # The tests themselves may run under nohup.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupts(number: signal.Signals) -> bool:
    try:
        os.kill(os.getpid(), number)
    except KeyboardInterrupt:
        return True
    return False


@pytest.mark.parametrize("number", ENDS)
def test_each_signal_that_asks_for_an_end_unwinds_the_command(number: signal.Signals) -> None:
    interruptible()
    assert interrupts(number)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP])
def test_a_supervisor_or_a_closed_terminal_that_says_so_twice_does_not_hit_the_clean_up(
    first: signal.Signals, second: signal.Signals
) -> None:
    interruptible()
    assert interrupts(first)
    assert not interrupts(second)
    assert interrupts(signal.SIGINT)


def test_a_command_under_nohup_survives_a_closed_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interruptible()
    assert not interrupts(signal.SIGHUP)


@pytest.mark.parametrize("number", ENDS)
def test_a_clean_up_is_not_interrupted(number: signal.Signals) -> None:
    interruptible()
    uninterruptible()
    assert not interrupts(number)
