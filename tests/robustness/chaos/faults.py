"""The faults. Each returns once the part that it broke can work again."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from homework_shared.messaging.topology import JOBS
from tests.robustness.chaos.house import House
from tests.robustness.chaos.mortal_api import BETWEEN_COMMIT_AND_ACK, BETWEEN_CONFIRM_AND_MARK
from tests.robustness.chaos.worker import ECHO

BROKER_STOP_SECONDS = 15.0
HALF_OPEN_SECONDS = 40.0
ALARM_SECONDS = 5.0
WRONG_CLOCK_SHIFT_SECONDS = 10.0
ASKED_SECONDS = 60.0

Fault = Callable[[House], Awaitable[None]]


async def broker_killed(house: House) -> None:
    with house.outages.noted():
        house.broker.kill()
        await asyncio.to_thread(house.broker.start)


async def broker_stopped(house: House) -> None:
    with house.outages.noted():
        await asyncio.to_thread(house.broker.stop)
        await asyncio.sleep(BROKER_STOP_SECONDS)
        await asyncio.to_thread(house.broker.start)


async def broker_emptied(house: House) -> None:
    with house.outages.noted():
        await house.empty_broker()


async def disk_alarm(house: House) -> None:
    with house.outages.noted():  # a broker that accepts nothing delivers nothing either
        await asyncio.to_thread(house.broker.control, "set_disk_free_limit", "900000GB")
        await asyncio.sleep(ALARM_SECONDS)
        await asyncio.to_thread(house.broker.control, "set_disk_free_limit", "50MB")


async def jobs_purged(house: House) -> None:
    await asyncio.to_thread(house.broker.control, "purge_queue", JOBS)


async def generator_killed(house: House) -> None:
    house.generators[0].kill()


async def generator_half_open(house: House) -> None:
    victim = house.generators[1]
    victim.send(signal.SIGSTOP)
    await asyncio.sleep(HALF_OPEN_SECONDS)
    victim.send(signal.SIGCONT)


async def api_killed(house: House) -> None:
    house.http.kill()


async def relay_killed_between_confirm_and_mark(house: House) -> None:
    await _followed(house.ask(BETWEEN_CONFIRM_AND_MARK))


async def results_killed_between_commit_and_ack(house: House) -> None:
    await _followed(house.ask(BETWEEN_COMMIT_AND_ACK))


async def tunnel_moved(house: House) -> None:
    await house.move_tunnel()


async def results_repeated_and_reordered(house: House) -> None:
    await _followed(house.ask(ECHO))


async def clock_off_on_a_worker(house: House) -> None:
    """The clock is further ahead than the longest deadline, so the worker must find every job overdue."""
    house.wrong_clock.start()
    await asyncio.sleep(WRONG_CLOCK_SHIFT_SECONDS)
    house.wrong_clock.kill()
    log = house.wrong_clock.log.read_text()
    assert "homework_written" not in log, "the worker's clock was right: the fault did not happen"


async def database_fault(house: House) -> None:
    with house.outages.noted():
        await house.database.fault()


EXCLUSIVE: tuple[Fault, ...] = (
    broker_killed, broker_stopped, broker_emptied, disk_alarm, jobs_purged, generator_killed, api_killed,
    relay_killed_between_confirm_and_mark, results_killed_between_commit_and_ack, tunnel_moved,
    results_repeated_and_reordered, database_fault,
)  # fmt: skip
"""One at a time: two at once could hide each other."""

BESIDE: tuple[Fault, ...] = (generator_half_open, clock_off_on_a_worker)
"""Slow ones, whose victim no other fault touches."""


class Faults:
    """Applies each fault `times` times, in an order that the seed gives."""

    def __init__(self, house: House, times: int, seconds: float, random_: random.Random) -> None:
        self._house = house
        self._times = times
        self._gap = seconds / (len(EXCLUSIVE) * times)
        self._random = random_
        self.counts: Counter[str] = Counter()

    async def apply_all(self) -> None:
        one_by_one = list(EXCLUSIVE * self._times)
        self._random.shuffle(one_by_one)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._in_turn(one_by_one, self._gap))
            for fault in BESIDE:
                group.create_task(self._in_turn([fault] * self._times, self._gap))

    async def _in_turn(self, faults: list[Fault], gap: float) -> None:
        for fault in faults:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * gap)
            name = self._house.database.fault_name if fault is database_fault else fault.__name__
            await fault(self._house)
            self.counts[name] += 1


async def _followed(asked: Path) -> None:
    async with asyncio.timeout(ASKED_SECONDS):
        while os.path.exists(asked):  # noqa: ASYNC240 PTH110 - it only looks and does not block
            await asyncio.sleep(0.05)
