"""`Database` keeps the same promises on SQLite and on PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from homework_api.database.engine import Database, DatabaseUnavailable, is_unavailable
from homework_api.database.models import Student
from homework_api.database.sqlite_driver import OneHopConnection

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


def student(email: str = "g@example.com") -> Student:
    return Student(name="Giulia", email=email, created_at=NOW)


async def count(db: Database) -> int:
    async with db.read() as session:
        return len((await session.scalars(select(Student))).all())


async def test_a_write_is_committed_at_the_end_of_its_block(db: Database) -> None:
    async with db.write() as session:
        session.add(student())
    assert await count(db) == 1


async def test_a_write_that_raises_leaves_nothing(db: Database) -> None:
    async def fail() -> None:
        async with db.write() as session:
            session.add(student())
            await session.flush()
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await fail()
    assert await count(db) == 0


async def test_a_cancelled_write_leaves_nothing_and_the_next_one_works(db: Database) -> None:
    begun = asyncio.Event()

    async def write_for_ever() -> None:
        async with db.write() as session:
            session.add(student())
            await session.flush()
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write_for_ever())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.write() as session:
        session.add(student())
    assert await count(db) == 1


async def test_a_read_sees_one_snapshot(db: Database) -> None:
    async with db.read() as session:
        before = (await session.scalars(select(Student))).all()
        async with db.write() as other:
            other.add(student())
        after = (await session.scalars(select(Student))).all()
    assert (len(before), len(after), await count(db)) == (0, 0, 1)


async def test_many_writers_all_succeed(db: Database) -> None:
    async def add(number: int) -> None:
        async with db.write() as session:
            await session.scalars(select(Student))  # a transaction that reads first has to upgrade its lock
            session.add(student(f"{number}@example.com"))

    await asyncio.gather(*(add(number) for number in range(40)))
    assert await count(db) == 40


async def test_writers_of_two_processes_all_succeed(db: Database, database_url: str) -> None:
    other = Database(database_url)

    async def add(database: Database, number: int) -> None:
        async with database.write() as session:
            await session.scalars(select(Student))
            session.add(student(f"{number}@example.com"))

    try:
        await asyncio.gather(*(add(each, n * 2 + i) for n in range(15) for i, each in enumerate((db, other))))
    finally:
        await other.close()
    assert await count(db) == 30


async def test_a_violated_constraint_is_not_an_outage(db: Database) -> None:
    async with db.write() as session:
        session.add(student())
    with pytest.raises(IntegrityError) as caught:
        async with db.write() as session:
            session.add(student())
    assert not is_unavailable(caught.value)
    assert "g@example.com" not in str(caught.value).split("[SQL")[1]


async def test_a_statement_that_is_wrong_is_not_an_outage(db: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with db.write() as session:
            await session.execute(text("SELECT no_such_column FROM students"))
    assert not is_unavailable(caught.value)


async def test_ping_succeeds_while_the_database_answers(db: Database) -> None:
    await db.ping()


async def test_sqlite_is_opened_with_the_pragmas_that_keep_its_promises(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 2}
    async with (
        database.read() as one,
        database.read() as two,
    ):  # the pragmas hold on every connection, not only on the first
        for session in (one, two):
            for name, value in wanted.items():
                assert await session.scalar(text(f"PRAGMA {name}")) == value
    await database.close()


async def test_a_locked_sqlite_file_is_an_outage(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homework_api.database.engine._BUSY_TIMEOUT_MS", 50)
    holder, database = Database(sqlite_url), Database(sqlite_url)
    async with holder.write() as held:
        held.add(student("held@example.com"))
        await held.flush()
        with pytest.raises(DatabaseUnavailable, match="locked"):
            async with database.write() as session:
                await session.execute(text("SELECT 1"))  # the lock is taken before the first statement
    async with database.write() as session:
        session.add(student())
    await holder.close()
    await database.close()


async def test_sqlite_makes_the_folder_of_its_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a/b/homework.db")
    await database.ping()
    await database.close()
    assert (tmp_path / "a" / "b" / "homework.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_a_database_that_cannot_work_is_refused_with_advice(url: str) -> None:
    with pytest.raises(ValueError, match="use sqlite:///"):
        Database(url)


async def test_connections_that_postgresql_closed_are_replaced(postgres_url: str) -> None:
    database, killer = Database(postgres_url), Database(postgres_url)
    await database.ping()
    async with killer.write() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert await count(database) == 0
    await database.close()
    await killer.close()


async def test_a_connection_lost_in_a_transaction_is_an_outage(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseUnavailable):
        async with database.write() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert await count(database) == 0
    await database.close()


async def test_a_read_on_postgresql_cannot_write(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        async with database.read() as session:
            await session.execute(text("DELETE FROM students"))
    async with database.write() as session:
        session.add(student())
    await database.close()


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.TooManyConnectionsError("full"), True),
        (asyncpg.DeadlockDetectedError("deadlock"), True),
        (asyncpg.UniqueViolationError("twice"), False),
        (sqlite_error(sqlite3.SQLITE_BUSY), True),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), True),
        (sqlite_error(sqlite3.SQLITE_FULL), True),
        (sqlite_error(sqlite3.SQLITE_ERROR), False),
        (ValueError(), False),
    ],
)
def test_only_errors_that_waiting_can_cure_count_as_an_outage(error: Exception, expected: bool) -> None:
    assert is_unavailable(error) is expected


async def test_on_sqlite_a_statement_is_one_hop_to_its_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hops: list[object] = []
    execute = OneHopConnection._execute

    async def counting(self: OneHopConnection, do: object, *more: object, **named: object) -> object:
        hops.append(do)
        return await execute(self, do, *more, **named)  # type: ignore[no-untyped-call]

    database = Database(f"sqlite:///{tmp_path / 'hops.db'}")
    await database.ping()
    monkeypatch.setattr(OneHopConnection, "_execute", counting)
    async with database.write() as session:
        assert (await session.execute(text("SELECT 1 UNION SELECT 2"))).all() == [(1,), (2,)]
    # BEGIN, the statement with its rows, COMMIT.
    assert len(hops) == 3
    await database.close()
