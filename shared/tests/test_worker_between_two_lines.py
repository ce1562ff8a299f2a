"""A worker is stopped between two lines. Unsettled jobs are delivered again, and no others."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.generator.worker_loop import EXERCISE, GPU, MOCK, ready, settled, working, write
from tests.support.messages import job, sealed
from tests.support.waiting import eventually

from homework_shared.errors import LinkLost, TransientError
from homework_shared.exercises.messages import GenerateHomework, HomeworkFailed, HomeworkGenerated, decode
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    JOBS,
    RESULTS,
)
from homework_shared.worker.session import Draft, WorkerSession
from homework_shared.worker.stats import WorkerStats


class Gate:
    """A hook that blocks until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.opened.wait()


class Once:
    """A hook that raises `error` at its first call."""

    def __init__(self, error: Exception) -> None:
        self._errors = [error]

    async def __call__(self) -> None:
        if self._errors:
            raise self._errors.pop()


@pytest.mark.parametrize("moment", ["before_publish", "before_confirm"])
async def test_a_job_whose_result_is_not_confirmed_is_still_the_brokers(moment: str) -> None:
    broker, gate = MemoryBroker(), Gate()
    await send(broker, JOB_DESTINATION, sealed(job()))
    setattr(broker.hooks, moment, gate)
    async with working(broker, GPU, write):
        await gate.reached.wait()
        broker.up = False
        broker.drop_links()
        gate.opened.set()
        assert [stored.deliveries for stored in broker.queues[JOBS].ready] == [1]


async def test_a_job_whose_acknowledgement_is_lost_comes_again_and_its_result_twice() -> None:
    broker, command = MemoryBroker(), job()
    await send(broker, JOB_DESTINATION, sealed(command))
    broker.hooks.before_settle = Once(LinkLost())
    async with working(broker, GPU, write):
        await eventually(lambda: settled(broker, JOBS))
    results = [decode(HomeworkGenerated, each.type, each.body) for each in ready(broker, RESULTS)]
    assert [result.job_id for result in results] == [command.job_id] * 2


async def test_a_bug_while_a_job_is_settled_ends_the_session_and_the_job_comes_again() -> None:
    broker = MemoryBroker()
    await send(broker, JOB_DESTINATION, sealed(job()))
    broker.hooks.before_settle = Once(RuntimeError("a bug"))
    async with working(broker, GPU, write):
        await eventually(lambda: settled(broker, JOBS))
    assert len(ready(broker, RESULTS)) == 2


async def test_a_link_that_is_lost_while_publishing_ends_the_session_instead_of_settling_the_job() -> None:
    broker, verdicts = MemoryBroker(), 0

    async def count() -> None:
        nonlocal verdicts
        verdicts += 1

    await send(broker, JOB_DESTINATION, sealed(job()))
    broker.hooks.before_publish, broker.hooks.before_settle = Once(LinkLost()), count
    async with working(broker, GPU, write):
        await eventually(lambda: settled(broker, JOBS))
    assert verdicts == 1
    assert len(ready(broker, RESULTS)) == 1


async def test_a_worker_that_drains_takes_no_new_job() -> None:
    broker, begun, finish = MemoryBroker(), [], asyncio.Event()

    async def held(command: GenerateHomework) -> Draft:
        begun.append(command.job_id)
        await finish.wait()
        return Draft((EXERCISE,))

    first, second = job(), job()
    await send(broker, JOB_DESTINATION, sealed(first))
    async with working(broker, replace(GPU, drain_seconds=60), held) as stop:
        await eventually(lambda: bool(begun))
        stop.set()
        await eventually(lambda: broker.deliveries_stopped)
        await send(broker, JOB_DESTINATION, sealed(second))
        # The wait is longer than the in-memory broker's poll, so every consumer has had its turn.
        await asyncio.sleep(0.05)
        finish.set()
    assert begun == [first.job_id]
    assert [stored.deliveries for stored in broker.queues[JOBS].ready] == [0]


async def test_a_job_gets_the_time_that_is_left_until_its_deadline_and_not_its_whole_time() -> None:
    broker, stats = MemoryBroker(), WorkerStats()

    async def endless(_: GenerateHomework) -> Draft:
        await asyncio.sleep(60)
        raise AssertionError

    old = job()
    made_long_ago = old.model_copy(update={"created_at": old.created_at.replace(year=2020)})
    due_now = made_long_ago.model_copy(update={"deadline_at": job(1).deadline_at})
    await send(broker, JOB_DESTINATION, sealed(due_now))
    async with working(broker, GPU, endless, stats):
        await eventually(lambda: stats.missed == 1)


async def test_a_bug_of_the_last_resort_is_reported_as_a_failure_before_its_job_is_parked() -> None:
    broker, gate, command = MemoryBroker(), Gate(), job()

    async def broken(_: GenerateHomework) -> Draft:
        raise ZeroDivisionError("bug")

    await send(broker, FALLBACK_DESTINATION, sealed(command))
    broker.hooks.before_publish = gate
    async with working(broker, MOCK, broken):
        await gate.reached.wait()
        assert (broker.queues[FALLBACK].unsettled, ready(broker, DEAD)) == (1, [])
        gate.opened.set()
        await eventually(lambda: bool(ready(broker, DEAD)))
    [envelope] = ready(broker, RESULTS)
    failure = decode(HomeworkFailed, envelope.type, envelope.body)
    assert (failure.job_id, failure.code) == (command.job_id, "bug")


async def test_the_last_resort_does_not_report_a_failure_that_another_try_may_cure() -> None:
    broker, tries = MemoryBroker(), 0

    async def flaky(command: GenerateHomework) -> Draft:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise TransientError
        return await write(command)

    await send(broker, FALLBACK_DESTINATION, sealed(job()))
    async with working(broker, MOCK, flaky):
        await eventually(lambda: settled(broker, FALLBACK))
    assert [envelope.type for envelope in ready(broker, RESULTS)] == ["HomeworkGenerated"]


async def test_a_gpu_reports_no_failure_because_there_is_a_generator_behind_it() -> None:
    broker = MemoryBroker()

    async def broken(_: GenerateHomework) -> Draft:
        raise ZeroDivisionError("bug")

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, broken):
        await eventually(lambda: bool(ready(broker, FALLBACK)))
    assert ready(broker, RESULTS) == []


async def test_a_job_that_waits_for_its_turn_does_not_begin_while_the_worker_drains() -> None:
    broker, begun, finish = MemoryBroker(), [], asyncio.Event()

    async def held(command: GenerateHomework) -> Draft:
        begun.append(command.job_id)
        await finish.wait()
        return Draft((EXERCISE,))

    await send(broker, JOB_DESTINATION, sealed(job()), sealed(job()))
    broker.queues[JOBS].ready[1].deliveries = 4  # The job may have killed workers, so it is processed alone.
    async with working(broker, replace(GPU, drain_seconds=60), held) as stop:
        await eventually(lambda: broker.queues[JOBS].unsettled == 2)
        stop.set()
        await eventually(lambda: broker.deliveries_stopped)
        finish.set()
    assert len(begun) == 1
    assert len(ready(broker, RESULTS)) == 1


async def test_a_worker_that_connects_holds_one_of_several_jobs_that_may_have_killed_workers() -> None:
    broker, begun, finish = MemoryBroker(), [], asyncio.Event()

    async def held(command: GenerateHomework) -> Draft:
        begun.append(command.job_id)
        await finish.wait()
        return Draft((EXERCISE,))

    await send(broker, JOB_DESTINATION, *(sealed(job()) for _ in range(3)))
    for stored in broker.queues[JOBS].ready:
        stored.deliveries = 4
    async with working(broker, GPU, held):
        await eventually(lambda: bool(begun))
        assert broker.queues[JOBS].unsettled == 1  # A death no longer costs any other job a delivery.
        finish.set()


async def test_a_session_forgets_the_jobs_that_it_has_done() -> None:
    broker = MemoryBroker()
    await send(broker, JOB_DESTINATION, *(sealed(job()) for _ in range(5)))
    async with broker.publisher() as publisher, broker.consumer(JOBS, 1) as consumer:
        session = WorkerSession(publisher, consumer, GPU, write, WorkerStats())
        stop = asyncio.Event()
        working = asyncio.create_task(session.work(stop))
        await eventually(lambda: settled(broker, JOBS))
        await eventually(lambda: not session._jobs)
        stop.set()
        await working


async def test_a_generator_that_counts_no_tokens_reports_none_and_its_time_is_observed() -> None:
    broker, before, seen = MemoryBroker(), _observed(), asyncio.Event()

    async def slow(_: GenerateHomework) -> Draft:
        await asyncio.sleep(0.05)
        await seen.wait()
        return Draft((EXERCISE,))

    await send(broker, JOB_DESTINATION, sealed(job()))
    stats = WorkerStats()
    async with working(broker, GPU, slow, stats):
        await eventually(lambda: stats.generating == 1)
        seen.set()
        await eventually(lambda: bool(ready(broker, RESULTS)))
    assert (stats.generating, stats.in_flight, stats.done) == (0, 0, 1)
    [envelope] = ready(broker, RESULTS)
    result = decode(HomeworkGenerated, envelope.type, envelope.body)
    assert (result.prompt_tokens, result.completion_tokens, result.missing) == (0, 0, ())
    assert 0.05 <= result.generation_seconds < 60
    assert _observed() - before == pytest.approx(result.generation_seconds)


def _observed() -> float:
    """The seconds of writing that the metric has recorded."""
    value = REGISTRY.get_sample_value("homework_worker_generation_seconds_sum", {"kind": str(GPU.kind)})
    return value or 0.0


async def test_a_result_says_how_long_its_job_had_waited() -> None:
    broker, command = MemoryBroker(), job(created_at=datetime.now(UTC) - timedelta(seconds=30))
    # The job comes from a machine whose clock is ahead of ours.
    ahead = job(created_at=datetime.now(UTC) + timedelta(seconds=30))
    await send(broker, JOB_DESTINATION, sealed(command), sealed(ahead))
    async with working(broker, GPU, write):
        await eventually(lambda: len(ready(broker, RESULTS)) == 2)
    results = [decode(HomeworkGenerated, each.type, each.body) for each in ready(broker, RESULTS)]
    waited = {result.job_id: result.queue_seconds for result in results}
    assert 30 <= waited[command.job_id] < 40
    assert waited[ahead.job_id] == 0
