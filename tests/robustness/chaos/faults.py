"""The faults. Each returns once the part that it broke can work again."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from homework_shared.messaging.topology import JOBS
from tests.robustness.chaos.hostile import consumer_hangs, results_flooded, results_forged
from tests.robustness.chaos.house import FAKETIME, House
from tests.robustness.chaos.mortal_api import BETWEEN_COMMIT_AND_ACK, BETWEEN_CONFIRM_AND_MARK
from tests.robustness.chaos.worker import ECHO

BROKER_STOP_SECONDS = 15.0
HALF_OPEN_SECONDS = 40.0
ALARM_SECONDS = 5.0
WRONG_CLOCK_SHIFT_SECONDS = 10.0
CLOCK_STEP_SECONDS = 10.0
ROLLED_BACK_SECONDS = 8.0
LOST_WITH_THE_DATABASE_SECONDS = 4.0
ASKED_SECONDS = 120.0

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
    with house.outages.noted():  # A broker that accepts nothing delivers nothing either.
        await asyncio.to_thread(house.broker.control, "set_disk_free_limit", "900000GB")
        await asyncio.sleep(ALARM_SECONDS)
        await asyncio.to_thread(house.broker.control, "set_disk_free_limit", "50MB")


async def memory_alarm(house: House) -> None:
    with house.outages.noted():
        await asyncio.to_thread(house.broker.control, "set_vm_memory_high_watermark", "0.00001")
        await asyncio.sleep(ALARM_SECONDS)
        await asyncio.to_thread(house.broker.control, "set_vm_memory_high_watermark", "0.4")


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


async def clock_of_a_machine_set_back_and_forward(house: House) -> None:
    """One relay, one results consumer and one mock generator are an hour ahead, and then an hour behind."""
    assert FAKETIME.exists(), "install libfaketime: without it no machine's clock can be set"
    for offset in ("+1h", "-1h", "+0"):
        house.set_clock_of_the_second_machine(offset)
        await asyncio.sleep(CLOCK_STEP_SECONDS)


async def rolled_back_to_the_version_before(house: House) -> None:
    """For a while the previous version runs beside processes of this version on the same database."""
    if house.version_before is None:
        print("chaos: this clone lacks the version before, so it was not tried: git fetch --unshallow")
        return
    async with house.rolled_back(house.version_before):
        await house.until_ready()
        await asyncio.sleep(ROLLED_BACK_SECONDS)
        assert house.version_before.running, "the version before ended: read its log"
    await house.until_ready()


async def database_restored(house: House) -> None:
    """A backup replaces the database while jobs are in progress. What was accepted after the
    backup is lost.
    """
    begun = datetime.now(UTC)
    backup = f"backup-{begun:%H%M%S}"  # No backup replaces an earlier one.
    with house.outages.noted():
        await asyncio.to_thread(house.database.back_up, backup)
        await asyncio.sleep(LOST_WITH_THE_DATABASE_SECONDS)
        async with house.api_stopped():
            house.forgotten.spans.append((begun, datetime.now(UTC)))
            await asyncio.to_thread(house.database.restore, backup)
        await house.until_ready()


EXCLUSIVE: tuple[Fault, ...] = (
    broker_killed, broker_stopped, broker_emptied, disk_alarm, jobs_purged, generator_killed, api_killed,
    relay_killed_between_confirm_and_mark, results_killed_between_commit_and_ack, tunnel_moved,
    results_repeated_and_reordered, memory_alarm, results_forged, results_flooded, database_restored,
    rolled_back_to_the_version_before,
)  # fmt: skip
"""These faults run one at a time, because two at once could hide each other."""

BESIDE: tuple[Fault, ...] = (generator_half_open, clock_off_on_a_worker, consumer_hangs)
"""Slow faults, whose targets no other fault affects."""

OF_SEVERAL_MACHINES: tuple[Fault, ...] = (clock_of_a_machine_set_back_and_forward,)
"""Slow faults that need a database for several machines. The processes of SQLite share one machine's clock:
one that is started while this clock is wrong keeps the wrong time (docs/adr/0034).
"""


class Faults:
    """Applies each fault `times` times, in an order given by the seed."""

    def __init__(self, house: House, times: int, seconds: float, random_: random.Random) -> None:
        self._house = house
        self._exclusive = [(fault.__name__, fault) for fault in EXCLUSIVE]
        self._exclusive += [(name, _of_database(outage)) for name, outage in house.database.outages().items()]
        beside = BESIDE + OF_SEVERAL_MACHINES if house.database.serves_machines else BESIDE
        self._beside = [(fault.__name__, fault) for fault in beside]
        self._times = times
        self._gap = seconds / (len(self._exclusive) * times)
        self._random = random_
        self.history: list[tuple[str, datetime, datetime]] = []
        """Each applied fault with the time at which it began, and the time at which what it broke could work
        again.
        """

    @property
    def counts(self) -> Counter[str]:
        return Counter(name for name, _, _ in self.history)

    async def apply_all(self) -> None:
        one_by_one = self._exclusive * self._times
        self._random.shuffle(one_by_one)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._in_turn(one_by_one))
            for fault in self._beside:
                group.create_task(self._in_turn([fault] * self._times))

    async def _in_turn(self, faults: list[tuple[str, Fault]]) -> None:
        for name, fault in faults:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * self._gap)
            begun = datetime.now(UTC)
            await fault(self._house)
            self.history.append((name, begun, datetime.now(UTC)))


def _of_database(outage: Callable[[], Awaitable[None]]) -> Fault:
    async def fault(house: House) -> None:
        with house.outages.noted():
            await outage()

    return fault


async def _followed(asked: Path) -> None:
    async with asyncio.timeout(ASKED_SECONDS):
        while os.path.exists(asked):  # noqa: ASYNC240 PTH110 - it only looks and does not block
            await asyncio.sleep(0.05)
