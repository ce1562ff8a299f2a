"""An outbox row is deleted after the broker has confirmed it, and published again after any interruption."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.support.api.application import FakeClock
from tests.support.api.failing_database import failing_at
from tests.support.api.outbox_steps import has_left, unpublished, waiting
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.rows import scalars
from tests.support.broker.full_queue import room_for
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.waiting import eventually

from homework_api.database.models import Homework
from homework_api.pipeline import relay
from homework_api.pipeline.outbox_handoff import LEASE
from homework_shared.errors import LinkLost
from homework_shared.messaging.topology import JOBS


async def test_rows_refused_by_a_full_queue_are_released_and_the_others_are_settled(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "REFUSED_PAUSE_SECONDS", 3600)
    await pipeline.assign(5, deadline_seconds=60)
    with room_for(memory, JOBS, 2):
        async with running(pipeline.relay.run):
            await eventually(lambda: has_left(pipeline, 3))
        assert [row.claimed_until for row in await unpublished(pipeline)] == [None] * 3
        assert waiting(memory) == 2
    async with running(pipeline.relay.run):
        await eventually(lambda: has_left(pipeline, 0))
    assert len({stored.envelope.message_id for stored in memory.queues[JOBS].ready}) == waiting(memory) == 5


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
        await eventually(lambda: has_left(pipeline, 2))
        assert waiting(memory) == copies
        setattr(memory.hooks, moment, _nothing)
        memory.up = True
        await eventually(lambda: has_left(pipeline, 0))
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
        await eventually(lambda: has_left(pipeline, 0))


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
        clock.now += LEASE + timedelta(microseconds=1)
        await eventually(lambda: has_left(pipeline, 0))
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
    assert await has_left(pipeline, 2)


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
    assert await has_left(pipeline, 3)
