"""Interruptions of the relay: an outbox row is deleted after the broker has confirmed it, and published again
otherwise.
"""

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan
from sqlalchemy import ClauseElement, Connection, Dialect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col
from tests.support.api.application import FakeClock
from tests.support.api.failing_database import failing_at
from tests.support.api.pipeline import QUICK, Pipeline, running
from tests.support.api.rows import execute, scalars
from tests.support.broker.full_queue import room_for
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.waiting import eventually

from homework_api.database.engine import Database
from homework_api.database.models import Assignment, Homework, OutboxEntry
from homework_api.database.queries.outbox import LONGEST_SKEW, claim_outbox, release_outbox, settle_outbox
from homework_api.database.rows import OutboxRow
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline import metrics, relay
from homework_api.pipeline.outbox_handoff import LEASE
from homework_shared.errors import LinkLost
from homework_shared.messaging.topology import FALLBACK, JOBS
from homework_shared.messaging.transport import INSTALLATION_HEADER

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def memory() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pipeline(db: Database, memory: MemoryBroker, clock: FakeClock) -> Pipeline:
    """The parts of the API on an in-memory broker, with a clock that the test sets."""
    return Pipeline(db, lambda _user: memory, clock)


async def unpublished(pipeline: Pipeline) -> list[OutboxEntry]:
    return await scalars(pipeline.database, select(OutboxEntry).order_by(col(OutboxEntry.deadline_at)))


async def claim(pipeline: Pipeline, limit: int = 100) -> list[OutboxRow]:
    now = pipeline.clock()
    return await pipeline.database.write(lambda connection: claim_outbox(connection, now, now + LEASE, limit))


def waiting(memory: MemoryBroker, queue: str = JOBS) -> int:
    return len(memory.queues[queue].ready)


async def test_a_killed_relays_rows_are_claimed_again_when_their_lease_has_run_out(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(2)
    first = await claim(pipeline)  # Nothing follows, because the relay was killed.
    clock.now += LEASE
    assert await claim(pipeline) == []
    clock.now += MOMENT
    assert {row.job_id for row in await claim(pipeline)} == {row.job_id for row in first}


async def test_the_most_urgent_rows_are_claimed_first(pipeline: Pipeline) -> None:
    for seconds in (60, 5, 30):
        await pipeline.assign(deadline_seconds=seconds)
    rows = await claim(pipeline, 2)
    assert [row.deadline_at - pipeline.clock() for row in rows] == [
        timedelta(seconds=seconds) for seconds in (5, 30)
    ]


async def test_a_row_that_another_relay_holds_by_now_is_neither_settled_nor_released(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(2)
    slow, lease = await claim(pipeline), clock() + LEASE
    clock.now += LEASE + MOMENT
    await claim(pipeline)

    def settle_and_release(connection: Connection) -> None:
        settle_outbox(connection, slow[:1], lease, clock())
        release_outbox(connection, [slow[1].job_id], lease)

    await pipeline.database.write(settle_and_release)
    assert [row.claimed_until for row in await unpublished(pipeline)] == [clock() + LEASE] * 2


async def test_a_settled_row_is_deleted_and_a_released_one_can_be_claimed_by_any_relay(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(2)
    [one, other], lease = await claim(pipeline), clock() + LEASE

    def settle_and_release(connection: Connection) -> None:
        settle_outbox(connection, [one], lease, clock())
        release_outbox(connection, [other.job_id], lease)

    await pipeline.database.write(settle_and_release)
    [left] = await unpublished(pipeline)
    assert (left.job_id, left.claimed_until) == (other.job_id, None)
    homework = await scalars(pipeline.database, select(Homework))
    assert {each.job_id for each in homework if each.published_at == clock()} == {one.job_id}


async def test_rows_refused_by_a_full_queue_are_released_and_the_others_are_settled(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "REFUSED_PAUSE_SECONDS", 3600)
    await pipeline.assign(5, deadline_seconds=60)
    with room_for(memory, JOBS, 2):
        async with running(pipeline.relay.run):
            await eventually(lambda: _has_left(pipeline, 3))
        assert [row.claimed_until for row in await unpublished(pipeline)] == [None] * 3
        assert waiting(memory) == 2
    async with running(pipeline.relay.run):
        await eventually(lambda: _has_left(pipeline, 0))
    assert len({stored.envelope.message_id for stored in memory.queues[JOBS].ready}) == waiting(memory) == 5


async def _has_left(pipeline: Pipeline, count: int) -> bool:
    rows = await unpublished(pipeline)
    return len(rows) == count and all(row.claimed_until is None for row in rows)


@pytest.mark.parametrize(("moment", "copies"), [("before_publish", 0), ("before_confirm", 2)])
async def test_rows_that_the_broker_did_not_confirm_are_published_again(
    pipeline: Pipeline, memory: MemoryBroker, moment: str, copies: int
) -> None:
    await pipeline.assign(2, deadline_seconds=60)
    reached = asyncio.Event()

    async def lose_the_link() -> None:
        memory.up = False
        reached.set()
        raise LinkLost

    setattr(memory.hooks, moment, lose_the_link)
    async with running(pipeline.relay.run):
        await reached.wait()
        await eventually(lambda: memory.links == 0)  # It does not try again on a lost link.
        await eventually(lambda: _has_left(pipeline, 2))
        assert waiting(memory) == copies
        setattr(memory.hooks, moment, _nothing)
        memory.up = True
        await eventually(lambda: _has_left(pipeline, 0))
    assert waiting(memory) == copies + 2
    assert len({stored.envelope.message_id for stored in memory.queues[JOBS].ready}) == 2


async def _nothing() -> None:
    pass


async def test_no_row_is_settled_before_the_broker_has_confirmed_it(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(2, deadline_seconds=60)
    reached, confirmed = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await confirmed.wait()

    memory.hooks.before_confirm = wait
    async with running(pipeline.relay.run):
        await reached.wait()
        assert waiting(memory) == 2  # The broker has the messages, and the relay does not know it.
        assert len(await unpublished(pipeline)) == 2
        assert all(not each.published_at for each in await scalars(pipeline.database, select(Homework)))
        confirmed.set()
        await eventually(lambda: _has_left(pipeline, 0))


async def test_rows_whose_settling_the_database_lost_are_published_again_after_their_lease(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock
) -> None:
    await pipeline.assign(2, deadline_seconds=60)
    async with running(pipeline.relay.run):
        with failing_at(pipeline.database, "UPDATE assignments") as failures:
            await eventually(lambda: failures.count >= 1)
            # The whole transaction was rolled back, so nothing of it is stored.
            assert len(await unpublished(pipeline)) == 2
            assert all(not each.published_at for each in await scalars(pipeline.database, select(Homework)))
        clock.now += LEASE + MOMENT
        await eventually(lambda: _has_left(pipeline, 0))
    assert len({stored.envelope.message_id for stored in memory.queues[JOBS].ready}) == 2


async def test_the_relay_waits_for_a_database_that_is_away(pipeline: Pipeline, memory: MemoryBroker) -> None:
    await pipeline.assign(2, deadline_seconds=60)
    with failing_at(pipeline.database, "UPDATE outbox") as failures:
        relaying = asyncio.create_task(pipeline.relay.run(stop := asyncio.Event()))
        await eventually(lambda: failures.count >= 2)
        assert not relaying.done()
    await eventually(lambda: waiting(memory) == 2)
    stop.set()
    await relaying


async def test_a_job_lives_in_its_queue_until_its_deadline_and_is_for_the_fallback_from_then_on(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock
) -> None:
    await pipeline.assign(1, deadline_seconds=60)
    clock.advance(59.5)
    async with running(pipeline.relay.run):
        await eventually(lambda: _has_left(pipeline, 0))
    [job] = memory.queues[JOBS].ready
    assert job.envelope.expires_in_ms == 500
    await pipeline.assign(1, deadline_seconds=60)
    clock.advance(60)
    async with running(pipeline.relay.run):
        await eventually(lambda: _has_left(pipeline, 0))
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


class Recorder:
    """A connection to PostgreSQL that only records its statements."""

    def __init__(self) -> None:
        self.dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        self.statements: list[str] = []

    def execute(self, statement: ClauseElement, _parameters: object) -> list[object]:
        self.statements.append(" ".join(str(statement.compile(dialect=self.dialect)).split()))
        return []


def test_where_relays_share_a_database_each_skips_the_rows_that_another_one_is_claiming() -> None:
    recorder: Any = Recorder()
    claim_outbox(recorder, FakeClock().now, FakeClock().now + LEASE, 1)
    assert "FOR UPDATE SKIP LOCKED" in recorder.statements[0]


def test_where_many_write_rows_are_locked_in_their_order_before_they_are_updated() -> None:
    recorder: Any = Recorder()
    row = OutboxRow(uuid4(), 1, False, "{}", None, FakeClock().now)
    settle_outbox(recorder, [row], FakeClock().now + LEASE, FakeClock().now)
    assert [statement.split()[0] for statement in recorder.statements] == [
        "DELETE", "SELECT", "UPDATE", "SELECT", "UPDATE",
    ]  # fmt: skip
    for lock, change in [recorder.statements[1:3], recorder.statements[3:5]]:
        table = change.split()[1]
        assert lock.endswith(f"ORDER BY {table}.id FOR NO KEY UPDATE")


def test_on_sqlite_which_has_one_writer_nothing_is_locked() -> None:
    recorder: Any = Recorder()
    recorder.dialect = sqlite.dialect()
    row = OutboxRow(uuid4(), 1, False, "{}", None, FakeClock().now)
    settle_outbox(recorder, [row], FakeClock().now + LEASE, FakeClock().now)
    assert [statement.split()[0] for statement in recorder.statements] == ["DELETE", "UPDATE", "UPDATE"]


async def test_a_lease_that_ends_impossibly_late_is_of_a_clock_before_it_was_set_back(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign()
    await claim(pipeline)
    clock.now -= LONGEST_SKEW
    assert await claim(pipeline) == []  # The clock of another relay may be ahead by this much.
    clock.now -= MOMENT
    assert len(await claim(pipeline)) == 1


def _confirms_nothing(memory: MemoryBroker) -> asyncio.Event:
    """From now on the broker confirms no message. The event is set when the first publisher waits for a
    confirm.
    """
    reached = asyncio.Event()

    async def wait_for_ever() -> None:
        reached.set()
        await asyncio.Event().wait()

    memory.hooks.before_confirm = wait_for_ever
    return reached


async def test_a_relay_that_is_stopped_while_it_publishes_gives_its_rows_back_at_once(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(2, deadline_seconds=60)
    reached = _confirms_nothing(memory)
    async with running(pipeline.relay.run):
        await reached.wait()
        assert [row.claimed_until for row in await unpublished(pipeline)] != [None] * 2
    assert await _has_left(pipeline, 2)


async def test_a_relay_that_is_stopped_without_its_database_stops_all_the_same(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(2, deadline_seconds=60)
    reached = _confirms_nothing(memory)
    with ExitStack() as until_it_has_stopped:
        async with running(pipeline.relay.run):
            await reached.wait()
            away = until_it_has_stopped.enter_context(failing_at(pipeline.database, "UPDATE outbox"))
    assert away.count >= 1


async def test_what_is_accepted_while_the_relay_runs_is_handed_over_to_it(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay does not read the outbox again, so what arrives was handed over.
    monkeypatch.setattr(relay, "POLL_SECONDS", 3600)
    async with running(pipeline.relay.run):
        await eventually(lambda: pipeline.handoff.lease(1) is not None)
        await pipeline.assign(2, deadline_seconds=60)
        await eventually(lambda: waiting(memory) == 2)
        await eventually(lambda: _has_left(pipeline, 0))
    assert pipeline.handoff.lease(1) is None


async def test_rows_handed_over_and_not_taken_are_released_after_a_stop(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    reached = asyncio.Event()

    async def wait_for_ever() -> None:
        reached.set()
        await asyncio.Event().wait()

    await pipeline.assign(1, deadline_seconds=60)
    memory.hooks.before_publish = wait_for_ever
    async with running(pipeline.relay.run):
        await reached.wait()
        await pipeline.assign(2, deadline_seconds=60)  # These rows are handed over while the relay is busy.
    assert await _has_left(pipeline, 3)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The lengths of the relay's pauses. None of them ends."""
    pauses: list[float] = []

    async def pause(_until: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.Event().wait()

    monkeypatch.setattr(relay, "pause", pause)
    return pauses


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
        await eventually(lambda: _has_left(pipeline, 0))
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
        await eventually(lambda: _has_left(pipeline, 0))
    assert [span.ended for span in spans] == [1, 1]
    assert [set(stored.envelope.headers) for stored in memory.queues[JOBS].ready] == [
        {INSTALLATION_HEADER}
    ] * 2


class EndedSpan(NonRecordingSpan):
    """Counts how often the span was ended."""

    def __init__(self) -> None:
        super().__init__(INVALID_SPAN_CONTEXT)
        self.ended = 0

    def end(self, end_time: int | None = None) -> None:
        self.ended += 1


async def test_an_assignment_is_generating_once_its_job_is_confirmed_and_a_finished_one_stays_so(
    pipeline: Pipeline,
) -> None:
    waiting_id, _ = await pipeline.assign(deadline_seconds=60)
    finished_id, _ = await pipeline.assign(deadline_seconds=60)
    finished = update(Assignment).where(col(Assignment.id) == finished_id).values(status="completed")
    await execute(pipeline.database, finished)
    async with running(pipeline.relay.run):
        await eventually(lambda: _has_left(pipeline, 0))
    statuses = {each.id: each.status for each in await scalars(pipeline.database, select(Assignment))}
    assert statuses == {waiting_id: "generating", finished_id: "completed"}


async def test_the_rows_of_a_deleted_assignment_or_student_are_published_no_more(pipeline: Pipeline) -> None:
    deleted, _ = await pipeline.assign(2)
    kept, [leaver, _] = await pipeline.assign(2)
    await pipeline.services.assignments.delete(deleted, EVERYTHING)
    assert [row.assignment_id for row in await unpublished(pipeline)] == [kept] * 2
    await pipeline.services.students.delete(leaver, EVERYTHING)
    [left] = await unpublished(pipeline)
    assert [left.job_id] == [
        homework.job_id for homework in await scalars(pipeline.database, select(Homework))
    ]
