"""The deadline net asks the mock generator for homework that is overdue, until somebody has written it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Select, delete, select, update
from sqlalchemy.dialects import postgresql
from tests.support.api.application import FakeClock
from tests.support.api.failing_database import failing_at
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import is_stored, only_homework
from tests.support.api.results_steps import answer
from tests.support.api.rows import execute, scalars
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import exercises, generated
from tests.support.waiting import eventually

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, OutboxEntry
from homework_api.database.queries import results as queries
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline import deadline_net, metrics
from homework_api.pipeline.deadline_net import MAX_RESCUES, UNANSWERED
from homework_api.pipeline.jobs import RESCUE_GRACE
from homework_shared.messaging.topology import FALLBACK, JOBS

pytestmark = pytest.mark.usefixtures("language", "retrying_at_once")


async def test_an_unusable_gpu_result_goes_to_the_mock_and_not_to_a_gpu_again(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(deadline_seconds=600)
    await execute(pipeline.database, delete(OutboxEntry))  # Its job was published.
    job_id = (await only_homework(pipeline)).job_id
    two = generated(job_id).model_copy(update={"exercises": exercises() * 2})
    await answer(pipeline, memory, two)
    async with running(pipeline.results.run, pipeline.net.run, pipeline.relay.run):
        await eventually(lambda: bool(memory.queues[FALLBACK].ready))
    [asked] = memory.queues[FALLBACK].ready
    assert asked.envelope.message_id == str(job_id)
    assert asked.envelope.expires_in_ms is None
    assert not memory.queues[JOBS].ready


async def test_the_deadline_net_survives_an_outage_of_the_database(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(62)
    async with running(pipeline.net.run, pipeline.relay.run):
        with failing_at(pipeline.database, "UPDATE homework") as failures:
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
    with failing_at(pipeline.database, "UPDATE homework"), pytest.raises(ConnectionError):
        await pipeline.net.rescue()
    assert await scalars(pipeline.database, select(OutboxEntry)) == []
    assert await pipeline.net.rescue() == 1


async def test_the_deadline_net_ignores_homework_until_a_second_after_its_deadline(
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


async def test_the_deadline_net_retries_after_4_8_16_seconds_and_gives_up_after_ten_tries(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    assignment_id, _ = await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    waits = []
    for _ in range(MAX_RESCUES):
        assert await pipeline.net.rescue() == 1
        # The job was published, and no generator answered.
        await execute(pipeline.database, delete(OutboxEntry))
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
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "failed"
    assert await pipeline.net.rescue() == 0


async def test_rescued_homework_wakes_the_relay_and_abandoned_homework_notifies_watchers(
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


async def test_the_deadline_net_requests_every_overdue_homework_however_many(
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

        await eventually(all_are_asked_for)


async def test_rescued_homework_is_counted(pipeline: Pipeline, clock: FakeClock) -> None:
    await pipeline.assign(3, deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    before = metrics.rescued._value.get()
    await pipeline.net.rescue()
    assert metrics.rescued._value.get() == before + 3


async def test_a_rescue_that_a_gpu_brought_forward_does_not_give_up_before_the_deadline(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=7 * 86_400)
    await execute(pipeline.database, update(HOMEWORK).values(rescue_at=clock()))
    for asked in range(1, MAX_RESCUES + 3):
        await execute(pipeline.database, delete(OutboxEntry))
        assert await pipeline.net.rescue() == 1
        assert (await only_homework(pipeline)).rescues == min(asked, MAX_RESCUES - 1)
        clock.advance(601)
    assert await is_stored(pipeline, "pending")


async def test_the_deadline_net_waits_between_two_checks(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def pause(stop: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        await stop.wait()

    monkeypatch.setattr(deadline_net, "pause", pause)
    async with running(pipeline.net.run):
        await eventually(lambda: bool(pauses))
    assert pauses == [deadline_net.TICK_SECONDS]


@pytest.mark.parametrize(
    ("statement", "ending"),
    [
        (queries._OVERDUE, "FOR UPDATE OF homework SKIP LOCKED"),  # Another net rescues these.
        (queries._OPEN_JOBS, "ORDER BY homework.id FOR UPDATE OF homework"),
    ],
)
def test_where_many_write_homework_is_locked_without_its_assignment(
    statement: Select[Any], ending: str
) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert " ".join(str(statement.compile(dialect=dialect)).split()).endswith(ending)


async def test_the_most_overdue_homework_is_rescued_first(
    pipeline: Pipeline, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline_net, "BATCH", 1)
    first, _ = await pipeline.assign(deadline_seconds=90)
    second, _ = await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(100)
    rescued = []
    for _ in range(3):
        await pipeline.net.rescue()
        rescued += [row.assignment_id for row in await scalars(pipeline.database, select(OutboxEntry))]
        await execute(pipeline.database, delete(OutboxEntry))
    assert rescued == [second, first]


@pytest.mark.parametrize("unknown", [{"cefr_level": "D1"}, {"exercise_types": ["dictation"]}])
async def test_homework_that_asks_for_what_this_version_does_not_know_keeps_no_other_from_its_rescue(
    pipeline: Pipeline, clock: FakeClock, unknown: dict[str, Any]
) -> None:
    """A newer version may have accepted it, which runs beside this one during an update or ran before it."""
    newer, _ = await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == newer).values(**unknown))
    other, _ = await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    await pipeline.net.rescue()
    assert [row.assignment_id for row in await scalars(pipeline.database, select(OutboxEntry))] == [other]
    for _ in range(MAX_RESCUES):
        clock.advance(601)
        await pipeline.net.rescue()
    statuses = select(HOMEWORK.c.status).where(HOMEWORK.c.assignment_id == newer)
    assert await scalars(pipeline.database, statuses) == ["failed"], "every homework becomes final"


@pytest.mark.parametrize("early_rescues", [1, 4, 8])
async def test_homework_that_was_asked_for_early_is_asked_for_again_when_its_deadline_is_over(
    pipeline: Pipeline, clock: FakeClock, early_rescues: int
) -> None:
    """A GPU wrote a part, so the mock generator was asked at once, and the broker has lost that job since."""
    await pipeline.assign(deadline_seconds=3600)
    deadline = clock() + timedelta(seconds=3600)
    clock.advance(3599)
    early = {"rescue_at": clock(), "rescues": early_rescues - 1}
    await execute(pipeline.database, update(HOMEWORK).values(**early))
    await execute(pipeline.database, delete(OutboxEntry))
    assert await pipeline.net.rescue() == 1
    await execute(pipeline.database, delete(OutboxEntry))
    clock.now = deadline + RESCUE_GRACE - timedelta(microseconds=1)
    assert await pipeline.net.rescue() == 0
    clock.advance(0.000001)
    assert await pipeline.net.rescue() == 1


async def test_homework_whose_job_waits_in_the_outbox_is_not_asked_for_again(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    clock.advance(3600)
    assert await pipeline.net.rescue() == 0
    assert len(await scalars(pipeline.database, select(OutboxEntry))) == 1


class OneOverdue:
    """A connection that finds one overdue homework, and then, by default, its job in the outbox."""

    def __init__(self, *in_outbox: UUID) -> None:
        self.job_id = uuid4()
        self._in_outbox = in_outbox or (self.job_id,)

    def execute(self, _statement: object, _parameters: object) -> list[tuple[object, ...]]:
        return [(1, 1, None, self.job_id, 7, None, now(), now(), 0, "A1", None, None, 1, ["translation"])]

    def scalars(self, _statement: object, parameters: dict[str, list[UUID]]) -> list[UUID]:
        assert parameters == {"jobs": [self.job_id]}
        return list(self._in_outbox)


def test_a_job_that_another_process_asked_for_in_the_same_moment_is_not_asked_for_twice() -> None:
    taken: Any = OneOverdue()
    assert queries.find_overdue(taken, now(), 10) == []
    left: Any = OneOverdue(uuid4())
    assert [homework.job_id for homework in queries.find_overdue(left, now(), 10)] == [left.job_id]


@pytest.mark.parametrize(("after_now", "rescues"), [(timedelta(0), 10), (timedelta(microseconds=1), 9)])
def test_the_last_time_to_ask_comes_with_the_deadline_and_not_before(
    after_now: timedelta, rescues: int
) -> None:
    at = now()
    [overdue] = queries.find_overdue(cast("Connection", OneOverdue(uuid4())), at, 1)
    asked_often = replace(overdue, rescues=9, deadline_at=at + after_now)
    assert deadline_net._next_rescue(asked_often, at).rescues == rescues
