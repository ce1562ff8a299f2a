"""Results and the deadline net, with the database going away between two of their statements."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select
from tests.support.api.application import FakeClock
from tests.support.api.failing_database import failing_at
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import is_stored, only_homework, with_tokens
from tests.support.api.rows import execute, scalars
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import exercises, failed, generated
from tests.support.waiting import eventually

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.models import Homework, OutboxEntry
from homework_api.database.queries.installation import read_installation
from homework_api.pipeline import deadline_net, results
from homework_api.pipeline.deadline_net import MAX_RESCUES, UNANSWERED
from homework_shared.errors import LinkLost
from homework_shared.exercises.messages import GeneratorKind, Message
from homework_shared.language.examine import load as load_tables
from homework_shared.messaging.topology import DEAD, FALLBACK, JOBS, RESULT_DESTINATION, RESULTS
from homework_shared.messaging.transport import Envelope
from homework_shared.runtime.retry import Backoff

WRITES_HOMEWORK = "UPDATE homework"
WRITES_ASSIGNMENTS = "UPDATE assignments"


@pytest.fixture(scope="module", autouse=True)
def language() -> None:
    """The first result waits for the tables of the language, for seconds on a busy machine."""
    load_tables()


@pytest.fixture
def memory() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pipeline(
    db: Database, memory: MemoryBroker, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Pipeline:
    """The parts of the API on a broker in memory and a clock that the test moves."""
    monkeypatch.setattr(results, "DATABASE_BACKOFF", Backoff(0.001, 0.001))
    monkeypatch.setattr(deadline_net, "TICK_SECONDS", 0.001)
    return Pipeline(db, lambda _user: memory, clock)


def is_settled(memory: MemoryBroker) -> bool:
    return not memory.queues[RESULTS].ready and not memory.queues[RESULTS].unsettled


async def answer(pipeline: Pipeline, memory: MemoryBroker, *answers: Message | Envelope) -> None:
    """Send results with the tokens of their jobs."""
    await send(memory, RESULT_DESTINATION, *await with_tokens(pipeline.database, answers))


async def is_completed(pipeline: Pipeline, assignment_id: int) -> bool:
    return (await pipeline.services.assignments.get(assignment_id)).status == "completed"


@pytest.mark.parametrize("statement", [WRITES_HOMEWORK, WRITES_ASSIGNMENTS])
async def test_a_result_that_was_not_stored_is_the_brokers_again_after_a_stop(
    pipeline: Pipeline, memory: MemoryBroker, statement: str
) -> None:
    await pipeline.assign()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    with failing_at(pipeline.database, statement) as failures:
        async with running(pipeline.results.run):
            await eventually(lambda: failures.count >= 1)
        assert [stored.deliveries for stored in memory.queues[RESULTS].ready] == [1]
        assert await is_stored(pipeline, "pending")
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)


class AwayAtTheStop:
    """A database that goes away in the very moment in which the process is told to stop."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    async def read(self, work: object) -> Any:
        if work is read_installation:
            return uuid4()
        self._stop.set()
        raise DatabaseUnavailable


async def test_a_result_is_the_brokers_again_when_the_stop_comes_between_a_failed_write_and_the_next_try(
    memory: MemoryBroker,
) -> None:
    stop = asyncio.Event()
    database: Any = AwayAtTheStop(stop)
    await send(memory, RESULT_DESTINATION, generated(uuid4()))
    await results.ResultsConsumer(memory, database, now, Backoff(), lambda _: None).run(stop)
    assert [stored.deliveries for stored in memory.queues[RESULTS].ready] == [1]


async def test_a_dead_database_costs_a_result_no_delivery_and_nothing_of_it_is_parked(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    assignment_id, _ = await pipeline.assign()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        with failing_at(pipeline.database, WRITES_ASSIGNMENTS) as failures:
            await eventually(lambda: failures.count > 25)  # the queue's delivery limit is 20
            assert memory.queues[RESULTS].unsettled == 1
        await eventually(lambda: is_settled(memory))
        assert await is_completed(pipeline, assignment_id)
    assert not memory.queues[DEAD].ready


async def test_no_result_is_acknowledged_before_it_is_stored(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    stored_before_the_acknowledgement = []

    async def look() -> None:
        stored_before_the_acknowledgement.append(await is_stored(pipeline))

    memory.hooks.before_settle = look
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert stored_before_the_acknowledgement == [True]


async def test_a_result_whose_acknowledgement_is_lost_comes_again_and_changes_nothing(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    lost: list[Homework] = []

    async def lose_the_first() -> None:
        if not lost:
            lost.append(await only_homework(pipeline))
            raise LinkLost

    memory.hooks.before_settle = lose_the_first
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert [await only_homework(pipeline)] == lost


async def test_parked_results_go_before_their_neighbours_are_acknowledged_and_cost_them_nothing(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    good = generated((await only_homework(pipeline)).job_id)
    await answer(pipeline, memory, Envelope("HomeworkGenerated", "bad", b"{"), good)
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)
    assert [stored.envelope.message_id for stored in memory.queues[DEAD].ready] == ["bad"]


async def test_an_unusable_gpu_result_goes_to_the_mock_and_not_to_a_gpu_again(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(deadline_seconds=600)
    await execute(pipeline.database, delete(OutboxEntry))  # its job was published
    job_id = (await only_homework(pipeline)).job_id
    two = generated(job_id).model_copy(update={"exercises": exercises() * 2})
    await answer(pipeline, memory, two)
    async with running(pipeline.results.run, pipeline.net.run, pipeline.relay.run):
        await eventually(lambda: bool(memory.queues[FALLBACK].ready))
    [asked] = memory.queues[FALLBACK].ready
    assert asked.envelope.message_id == str(job_id)
    assert asked.envelope.expires_in_ms is None
    assert not memory.queues[JOBS].ready


async def test_the_net_outlives_an_outage_of_the_database(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(62)
    async with running(pipeline.net.run, pipeline.relay.run):
        with failing_at(pipeline.database, WRITES_HOMEWORK) as failures:
            await eventually(lambda: failures.count >= 3)
            assert not memory.queues[FALLBACK].ready
        await eventually(lambda: bool(memory.queues[FALLBACK].ready))
    assert len(memory.queues[FALLBACK].ready) == 1


async def test_a_rescue_that_the_database_lost_halfway_leaves_no_trace(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(62)
    with failing_at(pipeline.database, WRITES_HOMEWORK), pytest.raises(ConnectionError):
        await pipeline.net.rescue()
    assert await scalars(pipeline.database, select(OutboxEntry)) == []
    assert await pipeline.net.rescue() == 1


async def test_the_net_lets_homework_alone_until_a_second_after_its_deadline(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(60.9)
    assert await pipeline.net.rescue() == 0
    clock.advance(0.1)
    assert await pipeline.net.rescue() == 1
    [row] = await scalars(pipeline.database, select(OutboxEntry))
    assert (row.overdue, row.claimed_until) == (True, None)


async def test_the_net_asks_again_after_4_8_16_seconds_and_gives_up_after_ten_times(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    assignment_id, _ = await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    waits = []
    for _ in range(MAX_RESCUES):
        assert await pipeline.net.rescue() == 1
        await execute(pipeline.database, delete(OutboxEntry))  # published, and nobody answered
        wait = (await only_homework(pipeline)).rescue_at - clock()
        clock.now += wait - timedelta(microseconds=1)
        assert await pipeline.net.rescue() == 0
        clock.now += timedelta(microseconds=1)
        waits.append(wait.total_seconds())
    assert waits == [4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    assert await pipeline.net.rescue() == 1
    assert await scalars(pipeline.database, select(OutboxEntry)) == []
    homework = await only_homework(pipeline)
    assert (homework.status, homework.error_message) == ("failed", UNANSWERED)
    assert (await pipeline.services.assignments.get(assignment_id)).status == "failed"
    assert await pipeline.net.rescue() == 0


async def test_rescued_homework_wakes_the_relay_and_given_up_homework_tells_whoever_watches(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    assignment_id, _ = await pipeline.assign(deadline_seconds=60)
    woken: list[int] = []
    told: list[set[int]] = []
    net = deadline_net.DeadlineNet(pipeline.database, clock, lambda: woken.append(1), told.append)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    await net.rescue()
    assert (woken, told) == ([1], [])
    for _ in range(MAX_RESCUES):
        await execute(pipeline.database, delete(OutboxEntry))
        clock.advance(601)
        await net.rescue()
    assert (len(woken), told) == (MAX_RESCUES, [{assignment_id}])


async def test_the_net_asks_for_every_overdue_homework_however_many(
    pipeline: Pipeline, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline_net, "BATCH", 2)
    monkeypatch.setattr(deadline_net, "TICK_SECONDS", 3600)
    await pipeline.assign(5, deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    async with running(pipeline.net.run):

        async def all_are_asked_for() -> bool:
            return len(await scalars(pipeline.database, select(OutboxEntry))) == 5

        await eventually(all_are_asked_for, 3)


async def test_a_failure_of_the_last_resort_fails_open_homework_only(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await answer(pipeline, memory, generated(job_id, GeneratorKind.MOCK), failed(job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)
