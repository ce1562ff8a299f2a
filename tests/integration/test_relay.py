"""The relay publishes every committed job once a broker is reachable."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, update
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import has_published_all
from tests.support.api.rows import add, execute, scalars
from tests.support.broker.clients import take
from tests.support.broker.memory_broker import ONE_ACCOUNT, MemoryBroker, MemoryPublisher
from tests.support.waiting import eventually

from homework_api.database.engine import Database
from homework_api.database.models import Homework, OutboxEntry, Student
from homework_api.database.rows import OutboxRow
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline.installation import Installation
from homework_api.schemas.assignments import AssignmentCreate
from homework_shared.errors import HomeworkError
from homework_shared.exercises.messages import (
    GenerateHomework,
    decode,
)
from homework_shared.messaging.topology import (
    FALLBACK,
    JOBS,
)
from homework_shared.messaging.transport import INSTALLATION_HEADER, Destination, Envelope


async def test_an_accepted_assignment_is_in_the_outbox_of_the_same_transaction(pipeline: Pipeline) -> None:
    await pipeline.assign(3)
    unpublished = await scalars(pipeline.database, select(OutboxEntry))
    homework = await scalars(pipeline.database, select(Homework))
    assert {row.job_id for row in unpublished} == {each.job_id for each in homework}
    assert len(unpublished) == 3


async def test_the_relay_publishes_each_job_with_the_time_it_has_left(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign(3, deadline_seconds=60)
    async with running(pipeline.relay.run), pipeline.broker("generator").consumer(JOBS, 10) as consumer:
        deliveries = await take(consumer, 3)
        jobs = [decode(GenerateHomework, d.envelope.type, d.envelope.body) for d in deliveries]
        assert all(30_000 < job.milliseconds_left(now()) <= 60_000 for job in jobs)
        assert len({job.seed for job in jobs}) == 3
        ours = str(await Installation(pipeline.database).id())
        assert {d.envelope.headers[INSTALLATION_HEADER] for d in deliveries} == {ours}
        assert {d.envelope.message_id for d in deliveries} == {str(job.job_id) for job in jobs}
        await eventually(lambda: _is_generating(pipeline, assignment_id))
    assert not await scalars(pipeline.database, select(OutboxEntry))
    assert all(h.published_at for h in await scalars(pipeline.database, select(Homework)))


async def _is_generating(pipeline: Pipeline, assignment_id: int) -> bool:
    return (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "generating"


async def test_two_relays_on_one_database_publish_each_job_once(pipeline: Pipeline) -> None:
    other = Pipeline(pipeline.database, pipeline.broker)
    async with running(pipeline.relay.run, other.relay.run):
        for _ in range(5):
            await pipeline.assign(20, deadline_seconds=60)
        async with pipeline.broker("generator").consumer(JOBS, 500) as consumer:
            ids = [delivery.envelope.message_id for delivery in await take(consumer, 100)]
            await eventually(lambda: has_published_all(pipeline))
            async with pipeline.broker("api").monitor() as monitor:
                assert (await monitor.depths())[JOBS].ready == 0
    assert len(set(ids)) == 100


async def test_a_relay_cut_off_while_publishing_gives_its_rows_back(database: Database) -> None:
    class StuckPublisher(MemoryPublisher):
        async def publish_many(
            self, messages: Sequence[tuple[Destination, Envelope]]
        ) -> list[HomeworkError | None]:
            publishing.set()
            await asyncio.sleep(60)
            return [None] * len(messages)

    class StuckBroker(MemoryBroker):
        @asynccontextmanager
        async def publisher(self, user: str = ONE_ACCOUNT) -> AsyncIterator[MemoryPublisher]:
            yield StuckPublisher(self, user)

    publishing, stuck = asyncio.Event(), StuckBroker()
    pipeline = Pipeline(database, lambda _user: stuck)
    await pipeline.assign(3)
    async with running(pipeline.relay.run):
        await publishing.wait()
    unpublished = await scalars(database, select(OutboxEntry))
    assert [row.claimed_until for row in unpublished] == [None] * 3


async def test_rows_handed_over_and_not_taken_are_given_back_when_the_relay_stops(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = MemoryBroker()
    pipeline = Pipeline(database, lambda _user: stuck)

    async def never(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(pipeline.relay, "_relay_handed_over", never)
    monkeypatch.setattr(pipeline.relay, "_relay_outbox", never)
    async with running(pipeline.relay.run):
        await eventually(lambda: _is_open(pipeline))
        await pipeline.assign(3)
        unpublished = await scalars(database, select(OutboxEntry))
        assert all(row.claimed_until for row in unpublished)
    unpublished = await scalars(database, select(OutboxEntry))
    assert [row.claimed_until for row in unpublished] == [None] * 3


async def test_rows_handed_to_a_running_relay_are_published_without_a_claim(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> list[OutboxRow]:
        return []

    monkeypatch.setattr("homework_api.pipeline.relay.claim_outbox", none)
    async with running(pipeline.relay.run), pipeline.broker("generator").consumer(JOBS, 10) as consumer:
        await eventually(lambda: _is_open(pipeline))
        await pipeline.assign(3, deadline_seconds=60)
        assert len(await take(consumer, 3)) == 3
        await eventually(lambda: has_published_all(pipeline))


async def _is_open(pipeline: Pipeline) -> bool:
    return pipeline.handoff.lease(1) is not None


async def test_a_job_past_its_deadline_is_published_to_the_fallback(pipeline: Pipeline) -> None:
    await pipeline.assign()
    await execute(pipeline.database, update(OutboxEntry).values(deadline_at=now() - timedelta(seconds=1)))
    before = {route: _published(route) for route in ("job", "fallback")}
    async with (
        running(pipeline.relay.run),
        pipeline.broker("mock_generator").consumer(FALLBACK, 1) as consumer,
    ):
        [delivery] = await take(consumer, 1)
        assert delivery.death_reason is None
        await eventually(lambda: _is_counted("fallback", before["fallback"] + 1))
    assert _published("job") == before["job"]


def _published(route: str) -> float:
    return REGISTRY.get_sample_value("homework_jobs_published_total", {"route": route}) or 0


async def _is_counted(route: str, total: float) -> bool:
    return _published(route) == total


async def test_no_message_names_a_student_an_address_or_a_database_id(pipeline: Pipeline) -> None:
    student = Student(id=987654321, name="Ludovica Zabaglione", email="ludo@example.org", created_at=now())
    await add(pipeline.database, student)
    await pipeline.assign(2, deadline_seconds=60, topic="la scuola")
    request = AssignmentCreate(cefr_level="A1", student_ids=[987654321], deadline_seconds=60)
    await pipeline.services.assignments.create(request, EVERYTHING)
    async with running(pipeline.relay.run), pipeline.broker("generator").consumer(JOBS, 10) as consumer:
        for delivery in await take(consumer, 3):
            envelope = delivery.envelope
            wire = envelope.body.decode() + envelope.message_id + json.dumps(dict(envelope.headers))
            for secret in ("Ludovica", "Zabaglione", "example.org", "987654321", "student"):
                assert secret not in wire
            assert set(json.loads(envelope.body)) == set(GenerateHomework.model_fields)
