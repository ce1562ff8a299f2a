"""The connections to PostgreSQL: which are tried before they are used, and what happens when one is lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.util import await_only
from tests.support.api.rows import execute, rows
from tests.support.broker.proxy import proxy_to
from tests.support.waiting import eventually

from homework_api.database import postgresql
from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.postgresql import CONNECTIONS
from homework_api.settings import ApiSettings
from homework_api.wiring import wire

PING = ";"
CLOSE_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url)
    yield database
    await database.close()


class Drivers:
    """The connections that a database opens, and the queries that they send."""

    def __init__(self, database: Database) -> None:
        self.opened: list[Any] = []
        self.sent: list[str] = []
        [engine] = database.engines
        event.listen(engine, "connect", self._note)

    def _note(self, connection: Any, _record: object) -> None:
        driver = connection.driver_connection
        driver.add_query_logger(lambda query: self.sent.append(query.query))
        self.opened.append(driver)


async def test_connections_that_postgresql_closed_are_replaced(database: Database, postgres_url: str) -> None:
    drivers, killer = Drivers(database), Database(postgres_url)
    await database.ping()
    await execute(killer, CLOSE_ALL_OTHERS)
    await eventually(drivers.opened[0].is_closed)
    await database.ping()
    assert len(drivers.opened) == 2
    await killer.close()


async def test_a_connection_that_was_just_used_is_taken_without_a_ping(database: Database) -> None:
    drivers = Drivers(database)
    for _ in range(3):
        await database.write(lambda connection: connection.execute(text("SELECT 1")))
        await database.read(lambda connection: connection.execute(text("SELECT 1")))
    assert len(drivers.opened) == 1
    assert len(drivers.sent) == 6 * 2  # each begins and commits
    assert PING not in drivers.sent


async def test_a_connection_that_nobody_used_for_a_while_is_tried_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    drivers = Drivers(database)
    await database.ping()
    monkeypatch.setattr(postgresql, "TRUSTED_SECONDS", -1.0)
    await database.ping()
    assert len(drivers.opened) == 1
    assert drivers.sent.count(PING) == 1


async def test_an_idle_connection_that_does_not_answer_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    drivers = Drivers(database)
    await database.ping()
    [engine] = database.engines
    tried: list[object] = []

    def no_answer(connection: object) -> bool:
        tried.append(connection)
        raise ConnectionResetError

    monkeypatch.setattr(postgresql, "TRUSTED_SECONDS", -1.0)
    monkeypatch.setattr(engine.dialect, "do_ping", no_answer)
    await database.ping()
    assert (len(tried), len(drivers.opened)) == (1, 2)


async def test_a_burst_of_transactions_opens_no_connection_that_the_next_burst_has_to_open_again(
    database: Database,
) -> None:
    drivers = Drivers(database)
    for _ in range(3):
        await asyncio.gather(*(database.ping() for _ in range(100)))
    assert len(drivers.opened) == CONNECTIONS


async def test_requests_that_hold_all_connections_do_not_keep_the_pipeline_waiting(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    roles, held, may_end = wire(ApiSettings(), "test"), [], asyncio.Event()

    def hold(connection: Connection) -> None:
        held.append(connection)
        await_only(may_end.wait())

    requests = [asyncio.create_task(roles.database.read(hold)) for _ in range(CONNECTIONS)]
    await eventually(lambda: len(held) == CONNECTIONS)
    assert await roles.net.rescue() == 0
    may_end.set()
    await asyncio.gather(*requests)
    await roles.close()


async def test_a_connection_lost_in_a_transaction_is_an_outage(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable):
        await execute(database, text("SELECT pg_terminate_backend(pg_backend_pid())"))
    await database.ping()


async def test_a_server_that_vanishes_in_a_transaction_is_given_up_and_found_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing answers: neither the statement, nor the request to cancel it, nor a new connection."""
    monkeypatch.setattr(postgresql, "STATEMENT_SECONDS", 0.5)
    monkeypatch.setattr(postgresql, "CONNECT_SECONDS", 0.5)
    url = make_url(postgres_url)
    async with proxy_to(url.port or 5432) as proxy:
        through_proxy = url.set(host="127.0.0.1", port=proxy.port)
        database = Database(through_proxy.render_as_string(hide_password=False))
        await eventually_answers(database)
        proxy.freeze()
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable, match="does not answer"):
                await execute(database, text("SELECT 1"))
        proxy.thaw()
        await eventually_answers(database)
        await database.close()


async def eventually_answers(database: Database) -> None:
    """A busy machine may take longer than the short limits of the test for a new connection."""

    async def answers() -> bool:
        try:
            await database.ping()
        except DatabaseUnavailable:
            return False
        return True

    await eventually(answers)


async def test_a_read_on_postgresql_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        await rows(database, text("DELETE FROM students"))
    await execute(database, text("DELETE FROM students"))
