"""The times in which the machine stood still are noted."""

from datetime import UTC, datetime, timedelta

from tests.robustness.chaos.standstills import NAME, Standstills
from tests.support.waiting import eventually

NOON = datetime(2025, 11, 23, 12, 0, tzinfo=UTC)


def noted(*seconds: float) -> list[tuple[str, float, float]]:
    standstills = Standstills()
    for each in seconds:
        standstills.look(NOON + timedelta(seconds=each))
    return [
        (name, round((begin - NOON).total_seconds(), 3), round((end - NOON).total_seconds(), 3))
        for name, begin, end in standstills.history
    ]


def test_looks_that_come_a_little_late_are_no_standstill() -> None:
    assert noted(0, 0.1, 0.3, 0.8, 0.9) == []


def test_a_look_that_comes_much_too_late_ends_a_standstill() -> None:
    assert noted(0, 0.1, 2.5, 2.6, 3.4) == [(NAME, 0.2, 2.5), (NAME, 2.7, 3.4)]


async def test_a_thread_looks_while_the_load_runs() -> None:
    standstills = Standstills()
    standstills.look(NOON)  # By the clock of the thread this is long ago.
    with standstills.watched():
        await eventually(lambda: standstills.history)
    assert standstills.history[0][1] == NOON + timedelta(seconds=0.1)
