"""Retries during an outage: which errors are retried, which are raised, and the waits between the tries."""

import asyncio
import random

import pytest

from homework_shared.errors import LinkLost, PermanentError, PublishRefused, TopologyMismatch
from homework_shared.runtime import retry
from homework_shared.runtime.retry import Backoff, keep_running, pause, retrying, until

NO_WAIT = Backoff(0, 0)
PATIENT = Backoff(1, 60)


class Waits:
    """Replaces `pause`. It records the requested waits, and stops after a given number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.seconds: list[float] = []
        self._most = most
        monkeypatch.setattr(retry, "pause", self)
        # Full jitter draws a wait between the shortest one and the doubled one. Here it is always the
        # longest.
        monkeypatch.setattr(random, "uniform", lambda _low, high: high)

    async def __call__(self, stop: asyncio.Event, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == self._most:
            stop.set()


class SlowClock:
    """`time.monotonic` of the retries, which the test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)


@pytest.mark.parametrize("error", [LinkLost(), TopologyMismatch(), PublishRefused()])
async def test_a_session_that_an_outage_ended_is_run_again(error: Exception) -> None:
    runs, stop = 0, asyncio.Event()

    async def session() -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            stop.set()
        raise error

    await keep_running("it", session, stop, NO_WAIT)
    assert runs == 3


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), PermanentError("no")])
async def test_what_no_other_try_can_cure_ends_the_process(error: Exception) -> None:
    runs = 0

    async def session() -> None:
        nonlocal runs
        runs += 1
        raise error

    with pytest.raises(type(error)):
        await keep_running("it", session, asyncio.Event(), NO_WAIT)
    assert runs == 1


async def test_a_session_that_ends_by_itself_is_run_again_until_the_stop() -> None:
    runs, stop = 0, asyncio.Event()

    async def session() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            stop.set()

    await keep_running("it", session, stop, NO_WAIT)
    assert runs == 2


async def test_nothing_runs_after_the_stop() -> None:
    stop = asyncio.Event()
    stop.set()

    async def session() -> None:
        raise AssertionError

    await keep_running("it", session, stop, NO_WAIT)


async def test_no_session_begins_after_a_stop_during_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, stop = 0, asyncio.Event()
    Waits(monkeypatch, most=2)

    async def session() -> None:
        nonlocal runs
        runs += 1
        raise LinkLost

    await keep_running("it", session, stop, PATIENT)
    assert runs == 2


async def test_each_wait_is_twice_the_last_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Waits(monkeypatch, 8)

    async def session() -> None:
        raise LinkLost

    await keep_running("it", session, asyncio.Event(), PATIENT)
    assert waits.seconds == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_waits_are_drawn_so_that_not_all_workers_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Waits(monkeypatch, 5)
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)

    async def session() -> None:
        raise LinkLost

    await keep_running("it", session, asyncio.Event(), PATIENT)
    assert waits.seconds == [1] * 5  # The lowest value of each draw is the shortest wait.


async def test_after_a_session_that_lasted_the_next_outage_starts_with_the_shortest_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits, clock, runs = Waits(monkeypatch, 6), SlowClock(monkeypatch), 0

    async def session() -> None:
        nonlocal runs
        runs += 1
        if runs == 4:
            clock.now += 10
        raise LinkLost

    await keep_running("it", session, asyncio.Event(), PATIENT)
    assert waits.seconds == [1, 2, 4, 1, 2, 4]


async def test_a_session_that_did_not_last_is_no_new_start(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, clock = Waits(monkeypatch, 3), SlowClock(monkeypatch)

    async def session() -> None:
        clock.now += 9.9
        raise LinkLost

    await keep_running("it", session, asyncio.Event(), PATIENT)
    assert waits.seconds == [1, 2, 4]


async def test_a_call_is_tried_until_it_succeeds_and_gives_its_result() -> None:
    errors = [LinkLost(), LinkLost()]

    async def call() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert await retrying("it", asyncio.Event(), NO_WAIT)(call) == "done"


async def test_a_call_that_fails_after_the_stop_gives_nothing() -> None:
    stop = asyncio.Event()

    async def call() -> str:
        stop.set()
        raise LinkLost

    assert await retrying("it", stop, NO_WAIT)(call) is None


async def test_a_call_is_tried_again_on_the_errors_that_were_named_and_on_no_other() -> None:
    async def call() -> None:
        raise LinkLost

    with pytest.raises(LinkLost):
        await retrying("it", asyncio.Event(), NO_WAIT, (PublishRefused,))(call)


async def test_a_pause_ends_at_the_stop() -> None:
    stop = asyncio.Event()
    pausing = asyncio.create_task(pause(stop, 3600))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not pausing.done()
    stop.set()
    async with asyncio.timeout(30):
        await pausing


async def test_a_pause_ends_after_its_time() -> None:
    async with asyncio.timeout(30):
        await pause(asyncio.Event(), 0.01)


class Cancelled:
    """Work that continues until it is cancelled."""

    def __init__(self) -> None:
        self.cancelled = False

    async def __call__(self) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_side_by_side_the_first_failure_is_raised_and_ends_the_others() -> None:
    async def fails() -> None:
        raise ZeroDivisionError("a bug")

    other = Cancelled()
    async with asyncio.timeout(30):
        with pytest.raises(ZeroDivisionError):
            await until(asyncio.Event(), other(), fails())
    assert other.cancelled


async def test_side_by_side_the_end_of_one_ends_the_others() -> None:
    async def ends() -> None:
        await asyncio.sleep(0)

    other = Cancelled()
    async with asyncio.timeout(30):
        await until(asyncio.Event(), other(), ends())
    assert other.cancelled


async def test_side_by_side_the_stop_ends_all_of_them() -> None:
    stop, one, other = asyncio.Event(), Cancelled(), Cancelled()
    running = asyncio.create_task(until(stop, one(), other()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(30):
        await running
    assert (one.cancelled, other.cancelled) == (True, True)


async def test_side_by_side_a_failure_at_the_moment_of_the_stop_is_not_swallowed() -> None:
    stop = asyncio.Event()

    async def fails_as_it_stops() -> None:
        stop.set()
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        await until(stop, fails_as_it_stops())


async def test_side_by_side_all_are_ended_when_the_caller_is_cancelled() -> None:
    work = Cancelled()
    running = asyncio.create_task(until(asyncio.Event(), work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert work.cancelled
