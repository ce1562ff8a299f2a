"""A job that a worker had when it died is retried separately from the others."""

import asyncio
from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.generator import worker_loop
from tests.support.generator.worker_loop import EXERCISE
from tests.support.messages import job, sealed
from tests.support.waiting import eventually

from homework_shared.errors import GeneratorLost
from homework_shared.exercises.messages import MAX_BODY_BYTES, GenerateHomework
from homework_shared.messaging.topology import FALLBACK, JOB_DESTINATION, RESULTS
from homework_shared.worker.session import Draft, run_worker
from homework_shared.worker.window import group_size

GPU = replace(worker_loop.GPU, prefetch=20)


class Engine:
    """Writes a homework in `seconds`, and dies of one job. It finishes none of the jobs that it has beside
    that one, even if the machine stands still for longer than `seconds`.
    """

    def __init__(self, killer: UUID, seconds: float) -> None:
        self._killer = killer
        self._seconds = seconds
        self._is_dying = False

    async def write(self, command: GenerateHomework) -> Draft:
        self._is_dying |= command.job_id == self._killer
        await asyncio.sleep(0.001)
        if command.job_id == self._killer:
            raise GeneratorLost("the engine core died")
        await asyncio.sleep(self._seconds)
        if self._is_dying:
            await asyncio.Event().wait()
        return Draft((EXERCISE,))


@pytest.mark.parametrize("prefetch", [2, 20, 256])
def test_the_second_group_is_smaller_and_the_fourth_try_is_alone(prefetch: int) -> None:
    sizes = [group_size(prefetch, deliveries) for deliveries in range(6)]
    assert sizes[0] == prefetch
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[3:] == [1, 1, 1]


@pytest.mark.parametrize("place", [0, 7, 19])
async def test_a_job_that_kills_its_worker_costs_no_neighbour_its_gpu(place: int) -> None:
    broker = MemoryBroker()
    jobs = [job() for _ in range(20)]
    killer, deaths = jobs[place].job_id, 0
    await send(broker, JOB_DESTINATION, *map(sealed, jobs))
    stop = asyncio.Event()
    while not broker.queues[FALLBACK].ready:
        deaths += 1
        with pytest.raises(GeneratorLost):
            await run_worker(broker, GPU, Engine(killer, 0.01).write, stop)
    worker = asyncio.create_task(run_worker(broker, GPU, Engine(killer, 0.01).write, stop))
    await eventually(lambda: len(broker.queues[RESULTS].ready) == 19)
    stop.set()
    await worker
    assert deaths == 6
    assert [each.envelope.message_id for each in broker.queues[FALLBACK].ready] == [str(killer)]


async def test_two_workers_that_one_job_kills_in_turn_keep_the_gpu_for_the_others() -> None:
    broker, jobs = MemoryBroker(), [job() for _ in range(40)]
    killer = jobs[11].job_id

    async def gpu(name: str) -> None:
        while not stop.is_set():
            try:
                await run_worker(broker, replace(GPU, worker_id=name), Engine(killer, 0.02).write, stop)
            except GeneratorLost:
                await asyncio.sleep(0.005)  # The worker loads its model again.

    await send(broker, JOB_DESTINATION, *map(sealed, jobs))
    stop = asyncio.Event()
    gpus = [asyncio.create_task(gpu("a")), asyncio.create_task(gpu("b"))]
    await eventually(lambda: len(broker.queues[RESULTS].ready) + len(broker.queues[FALLBACK].ready) == 40)
    stop.set()
    await asyncio.gather(*gpus)
    assert [each.envelope.message_id for each in broker.queues[FALLBACK].ready] == [str(killer)]


async def test_after_a_lost_link_new_jobs_come_again_in_greater_number() -> None:
    broker, running, most = MemoryBroker(), Counter[str](), 0
    gate = asyncio.Event()

    async def write(_: GenerateHomework) -> Draft:
        nonlocal most
        running["now"] += 1
        most = max(most, running["now"])
        try:
            await gate.wait()
            await asyncio.sleep(0.005)
        finally:
            running["now"] -= 1
        return Draft((EXERCISE,))

    await send(broker, JOB_DESTINATION, *(sealed(job()) for _ in range(60)))
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(broker, GPU, write, stop))
    await eventually(lambda: running["now"] == 20)
    broker.drop_links()
    await eventually(lambda: running["now"] == group_size(20, 1))
    most = 0
    gate.set()
    await eventually(lambda: len(broker.queues[RESULTS].ready) == 60)
    stop.set()
    await worker
    # The number of such short jobs that overlap depends on the machine.
    assert most > group_size(20, 1)


async def test_a_result_that_is_too_large_goes_to_the_fallback_and_its_neighbours_do_not_notice() -> None:
    broker, jobs = MemoryBroker(), [job() for _ in range(5)]
    huge = EXERCISE.model_construct(**EXERCISE.model_dump() | {"explanation": "x" * MAX_BODY_BYTES})

    async def write(command: GenerateHomework) -> Draft:
        return Draft((huge if command.job_id == jobs[2].job_id else EXERCISE,))

    await send(broker, JOB_DESTINATION, *map(sealed, jobs))
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(broker, GPU, write, stop))
    await eventually(lambda: len(broker.queues[RESULTS].ready) == 4)
    await eventually(lambda: len(broker.queues[FALLBACK].ready) == 1)
    stop.set()
    await worker
    [dead] = broker.queues[FALLBACK].ready
    assert (dead.envelope.message_id, dead.deaths[0].reason) == (str(jobs[2].job_id), "rejected")
