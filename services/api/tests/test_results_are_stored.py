"""A result is acknowledged once it is stored, whatever the database and the broker do in between."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select, text
from tests.support.api.failing_database import failing_at
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import is_stored, only_homework
from tests.support.api.results_steps import answer, is_settled
from tests.support.api.rows import execute, scalars
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import failed, generated
from tests.support.spans import EndedSpan
from tests.support.waiting import eventually

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.models import Homework
from homework_api.database.queries.installation import read_installation
from homework_api.database.queries.results import ResultRequest, find_requests
from homework_api.database.rows import FailedHomework
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline import metrics, results
from homework_shared.errors import LinkLost
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import DEAD, RESULT_DESTINATION, RESULTS
from homework_shared.runtime.retry import Backoff

pytestmark = pytest.mark.usefixtures("language", "retrying_at_once")
WRITES_HOMEWORK = "UPDATE homework"
WRITES_ASSIGNMENTS = "UPDATE assignments"


async def is_completed(pipeline: Pipeline, assignment_id: int) -> bool:
    return (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"


@pytest.mark.parametrize("statement", [WRITES_HOMEWORK, WRITES_ASSIGNMENTS])
async def test_a_result_that_was_not_stored_is_returned_to_the_broker_after_a_stop(
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
    """A database that goes away at the moment at which the process is told to stop."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    async def read(self, work: object) -> Any:
        assert work is read_installation
        return uuid4()

    async def read_think_write(self, *_: object, is_short: bool) -> Any:
        self._stop.set()
        raise DatabaseUnavailable


async def test_a_result_is_returned_to_the_broker_when_the_stop_comes_between_a_failed_write_and_the_retry(
    memory: MemoryBroker,
) -> None:
    stop = asyncio.Event()
    database: Any = AwayAtTheStop(stop)
    await send(memory, RESULT_DESTINATION, generated(uuid4()))
    await results.ResultsConsumer(memory, database, now, Backoff(), lambda _: None).run(stop)
    assert [stored.deliveries for stored in memory.queues[RESULTS].ready] == [1]


async def test_while_the_database_is_down_a_result_uses_up_no_delivery_and_is_not_parked(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    assignment_id, _ = await pipeline.assign()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        with failing_at(pipeline.database, WRITES_ASSIGNMENTS) as failures:
            await eventually(lambda: failures.count > 25)  # The queue's delivery limit is 20.
            assert memory.queues[RESULTS].unsettled == 1
        await eventually(lambda: is_settled(memory))
        assert await is_completed(pipeline, assignment_id)
    assert not memory.queues[DEAD].ready


async def test_while_a_restore_of_postgresql_has_a_table_away_a_result_waits_and_is_not_parked(
    postgres_url: str, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, tries = Database(postgres_url), 0
    pipeline = Pipeline(database, lambda _user: memory)
    await pipeline.assign()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    await execute(database, text("ALTER TABLE homework RENAME TO being_restored"))

    def counting(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, ResultRequest]:
        nonlocal tries
        tries += 1
        return find_requests(connection, ids)

    monkeypatch.setattr(results, "find_requests", counting)
    async with running(pipeline.results.run):
        await eventually(lambda: tries > 2)
        assert memory.queues[RESULTS].unsettled == 1
        await execute(database, text("ALTER TABLE being_restored RENAME TO homework"))
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)
    assert not memory.queues[DEAD].ready
    await database.close()


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


async def test_a_failure_of_the_last_resort_fails_open_homework_only(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await answer(pipeline, memory, generated(job_id, GeneratorKind.MOCK), failed(job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)


async def test_the_outcome_of_a_result_is_reported_only_after_its_commit(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    written = metrics.written.labels("vllm", "none")
    before = written._value.get()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        with failing_at(pipeline.database, WRITES_ASSIGNMENTS) as failures:
            await eventually(lambda: failures.count >= 3)
            assert written._value.get() == before
        await eventually(lambda: is_settled(memory))
    assert written._value.get() == before + 1


async def test_a_homework_that_two_results_of_a_batch_change_is_changed_in_their_order(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(2)
    one, two = [homework.job_id for homework in await scalars(pipeline.database, select(Homework))]
    await answer(
        pipeline, memory,
        generated(one, GeneratorKind.MOCK), generated(two), generated(one, GeneratorKind.VLLM),
    )  # fmt: skip
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    stored = await scalars(pipeline.database, select(Homework))
    assert {homework.generated_by for homework in stored} == {GeneratorKind.VLLM}
    assert [len(each) for each in results._in_rounds([_update(1), _update(2), _update(1), _update(1)])] == [
        2, 1, 1,
    ]  # fmt: skip


def _update(homework_id: int) -> FailedHomework:
    return FailedHomework(homework_id, "why", "w")


async def test_watchers_of_each_assignment_of_a_batch_are_notified_once(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    told: list[set[int]] = []
    first, _ = await pipeline.assign()
    second, _ = await pipeline.assign()
    jobs = [homework.job_id for homework in await scalars(pipeline.database, select(Homework))]
    await answer(pipeline, memory, *(generated(job) for job in jobs), generated(uuid4()))
    consumer = results.ResultsConsumer(memory, pipeline.database, pipeline.clock, Backoff(), told.append)
    before = metrics.results_batch._sum.get()
    async with running(consumer.run):
        await eventually(lambda: is_settled(memory))
    assert told == [{first, second}]
    assert metrics.results_batch._sum.get() == before + 3


async def test_every_span_of_a_batch_ends_when_it_is_stored(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans: list[EndedSpan] = []

    def begin(*_: object) -> EndedSpan:
        spans.append(EndedSpan())
        return spans[-1]

    monkeypatch.setattr(results, "begin_span", begin)
    await pipeline.assign()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert [span.ended for span in spans] == [1]
