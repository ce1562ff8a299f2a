"""On PostgreSQL a relay publishes what another process accepted as soon as it is committed. If it cannot
listen, it publishes the same at its next look.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.rows import scalars
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.waiting import eventually

from homework_api.database.engine import Database
from homework_api.database.models import OutboxEntry
from homework_api.database.postgresql import PostgresqlPool
from homework_api.database.queries.outbox import UNCLAIMED, claim_outbox, insert_outbox
from homework_api.database.rows import OutboxRow
from homework_api.settings import ApiSettings
from homework_api.wiring import wire
from homework_shared.messaging.topology import JOBS
from homework_shared.runtime.cancellation import end_all

NEVER = 3600.0
SOON = 0.05
_LISTENING = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
_PIDS = text(f"SELECT pid {_LISTENING}")
_END = text(f"SELECT pg_terminate_backend(pid) {_LISTENING}")


@asynccontextmanager
async def processes(url: str, count: int) -> AsyncIterator[list[Pipeline]]:
    """Pipelines that share a database and a broker and nothing else, as processes do."""
    broker = MemoryBroker()
    async with AsyncExitStack() as stack:
        databases = [Database(url) for _ in range(count)]
        for database in databases:
            stack.push_async_callback(database.close)
        pipelines = [Pipeline(database, lambda _user: broker) for database in databases]
        await stack.enter_async_context(running(*(each.notifier.run for each in pipelines)))
        yield pipelines


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each look into the outbox has claimed."""
    seen: list[int] = []

    def noting(connection: Connection, at: datetime, lease: datetime, limit: int) -> list[OutboxRow]:
        rows = claim_outbox(connection, at, lease, limit)
        seen.append(len(rows))
        return rows

    monkeypatch.setattr("homework_api.pipeline.relay.claim_outbox", noting)
    return seen


@pytest.fixture
def poll_every(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda seconds: monkeypatch.setattr("homework_api.pipeline.relay.POLL_SECONDS", seconds)


async def listening(pipeline: Pipeline) -> set[int]:
    """The server's processes whose connections listen."""
    found = await pipeline.database.read(lambda connection: connection.scalars(_PIDS).all())
    return {int(pid) for pid in found}


async def has_published(pipeline: Pipeline, count: int) -> bool:
    """Whether so many messages are in the queue, and the outbox is empty."""
    async with pipeline.broker("api").monitor() as monitor:
        queued = (await monitor.depths())[JOBS].ready
    return queued == count and not await scalars(pipeline.database, select(OutboxEntry))


async def test_a_relay_publishes_at_once_what_another_process_accepted(
    postgres_url: str, looks: list[int], poll_every: Callable[[float], None]
) -> None:
    poll_every(NEVER)
    async with processes(postgres_url, 2) as (http, relaying), running(relaying.relay.run):
        await eventually(lambda: len(looks) == 2)  # one at the start, and one when it listens
        for count in (1, 2, 3):
            await http.assign(30, deadline_seconds=600)
            await eventually(partial(has_published, http, 30 * count))
    # One notification for a request, however many rows it has, and no look without one.
    assert looks == [0, 0, 30, 30, 30]


async def test_a_request_whose_transaction_is_rolled_back_wakes_no_relay(
    postgres_url: str,
    looks: list[int],
    poll_every: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def insert_and_fail(*arguments: Any) -> None:
        insert_outbox(*arguments)
        raise RuntimeError("the transaction is rolled back")

    poll_every(NEVER)
    async with processes(postgres_url, 2) as (http, relaying), running(relaying.relay.run):
        await eventually(lambda: len(looks) == 2)
        with monkeypatch.context() as failing:
            failing.setattr("homework_api.services.acceptance.insert_outbox", insert_and_fail)
            with pytest.raises(RuntimeError):
                await http.assign(1, deadline_seconds=600)
        await http.assign(1, deadline_seconds=600)
        await eventually(lambda: has_published(http, 1))
    assert looks == [0, 0, 1]


async def test_what_is_accepted_during_a_notification_shares_the_next_one(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = [], asyncio.Event()

    async def notify(_pool: PostgresqlPool, channel: str) -> None:
        begun.append(channel)
        await go_on.wait()

    monkeypatch.setattr(PostgresqlPool, "notify", notify)
    async with processes(postgres_url, 1) as [http]:
        await http.assign(1)
        await eventually(lambda: len(begun) == 1)
        for _ in range(5):
            await http.assign(1)
        go_on.set()
        await eventually(lambda: len(begun) == 2 and not http.handoff.for_other_relays.is_set())
    assert begun == [UNCLAIMED, UNCLAIMED]


@pytest.mark.parametrize("role", ["http", "relay"])
async def test_a_process_of_any_role_notifies_the_relays_of_what_it_has_committed(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    roles, heard, stop = wire(ApiSettings(), role), asyncio.Event(), asyncio.Event()
    listener = Database(postgres_url)
    listening = asyncio.create_task(listener.listen(UNCLAIMED, heard.set))
    await eventually(heard.is_set)
    heard.clear()
    async with asyncio.TaskGroup() as group:
        for coroutine in roles.work_of_every_process(stop):
            group.create_task(coroutine)
        if role == "http":
            roles.services.assignments._handoff.give([], None)
        else:
            roles.net._wake_relay()
        await eventually(heard.is_set)
        stop.set()
    await end_all([listening])
    await listener.close()
    await roles.close()


async def test_an_outage_of_the_database_does_not_end_the_notifications(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    async def notify(_pool: PostgresqlPool, _channel: str) -> None:
        tried.append(1)
        raise ConnectionRefusedError

    async with processes(postgres_url, 1) as [http]:
        monkeypatch.setattr(PostgresqlPool, "notify", notify)
        await http.assign(1)
        await eventually(lambda: len(tried) == 1)
        await http.assign(1)
        await eventually(lambda: len(tried) == 2)


async def test_a_relay_whose_listening_connection_is_lost_polls_and_then_listens_again(
    postgres_url: str, poll_every: Callable[[float], None]
) -> None:
    poll_every(SOON)
    async with processes(postgres_url, 2) as (http, relaying), running(relaying.relay.run):
        await eventually(lambda: listening(http))
        before = await listening(http)
        await http.database.write(lambda connection: connection.execute(_END).all())
        await http.assign(3, deadline_seconds=600)
        await eventually(lambda: has_published(http, 3))
        await eventually(lambda: _listens_without(http, before))
        poll_every(NEVER)
        await http.assign(3, deadline_seconds=600)  # this may still be found by a look that was due
        await eventually(lambda: has_published(http, 6))
        await http.assign(3, deadline_seconds=600)
        await eventually(lambda: has_published(http, 9))


async def _listens_without(pipeline: Pipeline, before: set[int]) -> bool:
    now = await listening(pipeline)
    return bool(now) and not now & before


async def test_a_relay_that_cannot_listen_polls(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, poll_every: Callable[[float], None]
) -> None:
    async def refuse(*_: object) -> None:
        raise ValueError("this pooler passes no LISTEN on")

    monkeypatch.setattr(PostgresqlPool, "listen", refuse)
    poll_every(SOON)
    async with processes(postgres_url, 2) as (http, relaying), running(relaying.relay.run):
        await http.assign(3, deadline_seconds=600)
        await eventually(lambda: has_published(http, 3))
        await http.assign(3, deadline_seconds=600)
        await eventually(lambda: has_published(http, 6))


async def test_two_relays_that_hear_the_same_notifications_publish_each_job_once(
    postgres_url: str, looks: list[int], poll_every: Callable[[float], None]
) -> None:
    poll_every(NEVER)
    async with processes(postgres_url, 3) as (http, one, other), running(one.relay.run, other.relay.run):
        await eventually(lambda: len(looks) == 4)
        for _ in range(5):
            await http.assign(20, deadline_seconds=600)
        await eventually(lambda: has_published(http, 100))
        async with http.broker("generator").consumer(JOBS, 500) as consumer:
            deliveries = await consumer.take(500)
    assert Counter(delivery.envelope.message_id for delivery in deliveries).most_common(1)[0][1] == 1
    assert (len(deliveries), sum(looks)) == (100, 100)
