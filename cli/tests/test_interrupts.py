"""What ends a command, and what does not."""

import os
import signal
from collections.abc import Iterator

import pytest

from homework_cli.interrupts import interruptible, uninterruptible

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
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
def test_each_of_them_unwinds_the_command(number: signal.Signals) -> None:
    interruptible()
    assert interrupts(number)


def test_a_closed_terminal_that_says_so_twice_does_not_hit_the_clean_up() -> None:
    interruptible()
    assert interrupts(signal.SIGHUP)
    assert not interrupts(signal.SIGHUP)


def test_nohup_holds() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interruptible()
    assert not interrupts(signal.SIGHUP)


@pytest.mark.parametrize("number", ENDS)
def test_a_clean_up_is_not_interrupted(number: signal.Signals) -> None:
    interruptible()
    uninterruptible()
    assert not interrupts(number)
