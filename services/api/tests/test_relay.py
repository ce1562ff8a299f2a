"""The relay publishes outbox rows in batches, pauses, counts, and says whose jobs are on their way."""

import asyncio

import pytest
from sqlalchemy import select, update
from sqlmodel import col
from tests.support.api.application import FakeClock
from tests.support.api.outbox_steps import has_left, waiting
from tests.support.api.pipeline import QUICK, Pipeline, running
from tests.support.api.rows import execute, scalars
from tests.support.broker.full_queue import room_for
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.spans import EndedSpan
from tests.support.waiting import eventually

from homework_api.database.models import Assignment
from homework_api.database.rows import OutboxRow
from homework_api.pipeline import metrics, relay
from homework_shared.messaging.topology import FALLBACK, JOBS
from homework_shared.messaging.transport import INSTALLATION_HEADER


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The lengths of the relay's pauses. None of them ends."""
    pauses: list[float] = []

    async def pause(_until: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.Event().wait()

    monkeypatch.setattr(relay, "pause", pause)
    return pauses


async def test_a_job_lives_in_its_queue_until_its_deadline_and_is_for_the_fallback_from_then_on(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock
) -> None:
    await pipeline.assign(1, deadline_seconds=60)
    clock.advance(59.5)
    async with running(pipeline.relay.run):
        await eventually(lambda: has_left(pipeline, 0))
    [job] = memory.queues[JOBS].ready
    assert job.envelope.expires_in_ms == 500
    await pipeline.assign(1, deadline_seconds=60)
    clock.advance(60)
    async with running(pipeline.relay.run):
        await eventually(lambda: has_left(pipeline, 0))
    [late] = memory.queues[FALLBACK].ready
    assert late.envelope.expires_in_ms is None


async def test_a_refused_batch_is_not_published_again_at_once(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    paused = asyncio.Event()

    async def pause(_stop: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        paused.set()
        await asyncio.sleep(3600)

    monkeypatch.setattr(relay, "pause", pause)
    await pipeline.assign(2, deadline_seconds=60)
    with room_for(memory, JOBS, 0):
        async with running(pipeline.relay.run):
            await paused.wait()
    assert pauses == [relay.REFUSED_PAUSE_SECONDS]


async def test_what_is_accepted_while_the_relay_runs_is_handed_over_to_it(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay does not read the outbox again, so what arrives was handed over.
    monkeypatch.setattr(relay, "POLL_SECONDS", 3600)
    async with running(pipeline.relay.run):
        await eventually(lambda: pipeline.handoff.lease(1) is not None)
        await pipeline.assign(2, deadline_seconds=60)
        await eventually(lambda: waiting(memory) == 2)
        await eventually(lambda: has_left(pipeline, 0))
    assert pipeline.handoff.lease(1) is None


async def test_a_relay_without_work_looks_again_soon(pipeline: Pipeline, pauses: list[float]) -> None:
    async with running(pipeline.relay.run):
        await eventually(lambda: bool(pauses))
    assert pauses == [relay.POLL_SECONDS]


async def test_refused_rows_that_were_handed_over_are_not_published_again_at_once(
    pipeline: Pipeline, memory: MemoryBroker, pauses: list[float]
) -> None:
    async with running(pipeline.relay.run):
        await eventually(lambda: bool(pauses))  # From now on nothing else is claimed.
        await pipeline.assign(1, deadline_seconds=60)
        await eventually(lambda: waiting(memory) == 1)
        assert pauses == [relay.POLL_SECONDS]
        with room_for(memory, JOBS, 1):
            await pipeline.assign(1, deadline_seconds=60)
            await eventually(lambda: len(pauses) == 2)
    assert pauses == [relay.POLL_SECONDS, relay.REFUSED_PAUSE_SECONDS]


async def test_a_batch_that_was_full_is_followed_by_the_next_without_a_pause(
    pipeline: Pipeline, memory: MemoryBroker, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 2)
    await pipeline.assign(4, deadline_seconds=60)
    async with running(pipeline.relay.run):
        await eventually(lambda: bool(pauses))
    assert waiting(memory) == 4


async def test_watchers_of_an_assignment_are_notified_once_its_jobs_are_confirmed(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    told: list[set[int]] = []
    watched = relay.Relay(memory, pipeline.database, pipeline.clock, pipeline.handoff, QUICK, told.append)
    first, _ = await pipeline.assign(2, deadline_seconds=60)
    second, _ = await pipeline.assign(1, deadline_seconds=60)
    async with running(watched.run):
        await eventually(lambda: has_left(pipeline, 0))
        await eventually(lambda: bool(told))  # The relay is notified after the commit.
    assert told == [{first, second}]


async def test_what_was_confirmed_is_counted_by_its_route_and_what_was_refused_by_its_reason(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock, pauses: list[float]
) -> None:
    await pipeline.assign(1, deadline_seconds=60)
    clock.advance(60)
    await pipeline.assign(3, deadline_seconds=60)
    before = _counted()
    with room_for(memory, JOBS, 2):
        async with running(pipeline.relay.run):
            await eventually(lambda: bool(pauses))
    assert [after - then for after, then in zip(_counted(), before, strict=True)] == [2, 1, 1]


def _counted() -> list[float]:
    counters = [
        metrics.published.labels("job"),
        metrics.published.labels("fallback"),
        metrics.publish_refused.labels("publish_refused"),
    ]
    return [counter._value.get() for counter in counters]


async def test_every_span_of_a_batch_ends_and_a_job_without_a_trace_carries_none(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans: list[EndedSpan] = []

    def begin(_row: OutboxRow) -> EndedSpan:
        spans.append(EndedSpan())
        return spans[-1]

    monkeypatch.setattr(relay, "_begin_publish", begin)
    await pipeline.assign(2, deadline_seconds=60)
    async with running(pipeline.relay.run):
        await eventually(lambda: has_left(pipeline, 0))
    assert [span.ended for span in spans] == [1, 1]
    assert [set(stored.envelope.headers) for stored in memory.queues[JOBS].ready] == [
        {INSTALLATION_HEADER}
    ] * 2


async def test_an_assignment_is_generating_once_its_job_is_confirmed_and_a_finished_one_stays_so(
    pipeline: Pipeline,
) -> None:
    waiting_id, _ = await pipeline.assign(deadline_seconds=60)
    finished_id, _ = await pipeline.assign(deadline_seconds=60)
    finished = update(Assignment).where(col(Assignment.id) == finished_id).values(status="completed")
    await execute(pipeline.database, finished)
    async with running(pipeline.relay.run):
        await eventually(lambda: has_left(pipeline, 0))
    statuses = {each.id: each.status for each in await scalars(pipeline.database, select(Assignment))}
    assert statuses == {waiting_id: "generating", finished_id: "completed"}
