"""The relay and its outbox between two lines: a row goes once the broker has it, and else it comes back."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select
from sqlmodel import col
from tests.support.api.application import FakeClock
from tests.support.api.failing_database import failing_at
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.rows import scalars
from tests.support.broker.full_queue import room_for
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.waiting import eventually

from homework_api.database.engine import Database
from homework_api.database.models import Homework, OutboxEntry
from homework_api.database.queries.outbox import claim_outbox, release_outbox, settle_outbox
from homework_api.database.rows import OutboxRow
from homework_api.pipeline import relay
from homework_api.pipeline.outbox_handoff import LEASE
from homework_shared.errors import LinkLost
from homework_shared.messaging.topology import FALLBACK, JOBS

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def memory() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pipeline(db: Database, memory: MemoryBroker, clock: FakeClock) -> Pipeline:
    """The parts of the API on a broker in memory and a clock that the test moves."""
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
    first = await claim(pipeline)  # and then nothing more: the relay was killed
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


async def test_a_settled_row_is_gone_and_a_released_one_is_anybodys(
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


async def test_rows_that_a_full_queue_refuses_are_anybodys_and_the_others_are_settled(
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
        await eventually(lambda: memory.links == 0)  # it tries no more on a link that was lost
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
        assert waiting(memory) == 2  # the broker has them, and the relay does not know
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
            # The transaction was rolled back as a whole: nothing of it is there.
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
