"""The clock of a service whose machine has a wrong clock, or whose clock is set while it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from tests.support.clocks import MachineClock
from tests.support.waiting import eventually

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.pipeline import clock_watch
from homework_api.pipeline.clock_watch import ClockWatch
from homework_shared.runtime.clock import SteadyClock

NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Server:
    """A database server that answers with its time after `seconds`, or not at all."""

    def __init__(self, now: datetime | None = None, seconds: float = 0.0) -> None:
        self.now, self.seconds, self.ticks = now, seconds, 100.0
        self.is_down = False

    async def read(self, _query: Callable[..., object]) -> datetime | None:
        if self.is_down:
            raise DatabaseUnavailable("it is down")
        self.ticks += self.seconds
        return self.now

    def watch(self, clock: SteadyClock, is_set_by_ntp: Callable[[], bool] = lambda: False) -> ClockWatch:
        return ClockWatch(self, clock, lambda: self.ticks, is_set_by_ntp)  # type: ignore[arg-type]


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


def off_by(clock: SteadyClock, right: timedelta = timedelta()) -> float:
    return (clock() - datetime.now(UTC) - right).total_seconds()


async def test_a_machine_that_boots_with_an_old_time_goes_by_the_right_one_once_ntp_has_set_it(
    sqlite: Database,
) -> None:
    machine, by_ntp = MachineClock(seconds=-3600), [False]
    clock = SteadyClock(machine)
    watch = ClockWatch(sqlite, clock, is_set_by_ntp=lambda: by_ntp[0])
    machine.off = -HOUR / 2  # A person has set it, and wrongly.
    await watch.look()
    assert abs(off_by(clock, -HOUR)) < 1
    machine.off, by_ntp[0] = timedelta(), True
    with capture_logs() as logs:
        await watch.look()
    assert abs(off_by(clock)) < 1
    assert [(each["event"], each["by_seconds"]) for each in logs] == [("clock_was_set_by_ntp", 3600.0)]
    machine.off = HOUR  # Every later change is more likely a mistake.
    await watch.look()
    assert abs(off_by(clock)) < 1


async def test_a_clock_that_ntp_had_set_before_the_start_follows_no_later_change(sqlite: Database) -> None:
    machine = MachineClock()
    clock = SteadyClock(machine)
    watch = ClockWatch(sqlite, clock, is_set_by_ntp=lambda: True)
    machine.off = HOUR
    await watch.look()
    assert abs(off_by(clock)) < 1


async def test_nothing_is_logged_when_ntp_confirms_a_clock_that_was_right(sqlite: Database) -> None:
    by_ntp = [False]
    watch = ClockWatch(sqlite, SteadyClock(), is_set_by_ntp=lambda: by_ntp[0])
    by_ntp[0] = True
    with capture_logs() as logs:
        await watch.look()
    assert logs == []


async def test_the_database_servers_time_counts_more_than_a_clock_that_ntp_has_set() -> None:
    machine, by_ntp = MachineClock(seconds=30), [False]
    clock = SteadyClock(machine)
    watch = Server(NINE).watch(clock, lambda: by_ntp[0])
    by_ntp[0] = True
    await watch.look()
    assert abs((clock() - NINE).total_seconds()) < 1


@pytest.mark.parametrize(("seconds", "is_followed"), [(0.5, True), (0.51, False)])
async def test_a_time_that_took_long_to_read_is_ignored(seconds: float, is_followed: bool) -> None:
    clock = SteadyClock()
    await Server(NINE, seconds).watch(clock).look()
    assert (abs((clock() - NINE).total_seconds()) < 1) is is_followed


@pytest.mark.parametrize(("seconds", "is_told"), [(-3.0, True), (-1.5, False), (1.5, False), (3.0, True)])
async def test_a_clock_more_than_two_seconds_off_is_logged_and_a_metric_always_has_it(
    seconds: float, is_told: bool
) -> None:
    machine = MachineClock()
    clock = SteadyClock(machine)
    machine.off = timedelta(seconds=seconds)
    with capture_logs() as logs:
        await Server().watch(clock).look()
    assert REGISTRY.get_sample_value("homework_clock_ahead_seconds", {"of": "machine"}) == pytest.approx(
        seconds, abs=0.2
    )
    told = [("clock_is_off", seconds)] if is_told else []
    assert [(each["event"], each["ahead_seconds"]) for each in logs] == told


async def test_the_watch_goes_on_after_an_outage_of_the_database_and_ends_when_it_is_told() -> None:
    server, clock, stop = Server(NINE), SteadyClock(), asyncio.Event()
    server.is_down = True
    with patch.object(clock_watch, "LOOK_SECONDS", 0.01), capture_logs() as logs:
        watching = asyncio.create_task(server.watch(clock).run(stop))
        await eventually(lambda: len(logs) >= 2)
        assert {each["event"] for each in logs} == {"database_unavailable"}
        server.is_down = False
        await eventually(lambda: abs((clock() - NINE).total_seconds()) < 1)
        stop.set()
        await asyncio.wait_for(watching, 30)
