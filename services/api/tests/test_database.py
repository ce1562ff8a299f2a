"""`Database` gives the same guarantees on SQLite and on PostgreSQL."""

import asyncio
import shutil
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.util import await_only
from structlog.contextvars import bound_contextvars, get_contextvars
from tests.support.api.rows import execute

from homework_api.database import sqlite
from homework_api.database.engine import Database, DatabaseUnavailable, is_unavailable
from homework_api.database.queries.students import insert_student, page_students
from homework_api.database.sqlite import READERS, WAL_BYTES
from homework_api.domain.access import EVERYTHING, FIRST_TEACHER
from homework_api.schemas.paging import Page

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def add(*emails: str) -> Callable[[Connection], None]:
    """A transaction that writes a student for each address."""

    def work(connection: Connection) -> None:
        for email in emails:
            insert_student(connection, "Giulia", email, NOW, FIRST_TEACHER)

    return work


ADD = add("g@example.com")


async def count(db: Database) -> int:
    return len(await db.read(lambda connection: page_students(connection, Page(), EVERYTHING)))


async def test_a_write_is_committed_when_its_function_returns(db: Database) -> None:
    await db.write(ADD)
    assert await count(db) == 1


@pytest.fixture
def sqlite_file(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite+aiosqlite:///"))


@pytest.fixture
async def on_sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


def move(file: Path, there: Path) -> None:
    file.replace(there)


def is_there(file: Path) -> bool:
    return file.exists()


async def test_no_write_is_confirmed_after_the_file_was_removed(
    on_sqlite: Database, sqlite_file: Path
) -> None:
    await on_sqlite.write(ADD)
    kept = sqlite_file.with_name("kept.db")
    move(sqlite_file, kept)
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable, match=r"was removed while .*restore"):
            await on_sqlite.write(add("lost@example.com"))
    with pytest.raises(DatabaseUnavailable, match="was removed"):
        await on_sqlite.ping()
    assert not is_there(sqlite_file)  # No empty database was made in its place.
    move(kept, sqlite_file)
    await on_sqlite.write(add("h@example.com"))
    assert await count(on_sqlite) == 2


async def test_no_write_is_confirmed_after_the_file_was_replaced(
    on_sqlite: Database, sqlite_file: Path, sqlite_template: Path
) -> None:
    await on_sqlite.write(ADD)
    other = sqlite_file.with_name("other.db")
    shutil.copyfile(sqlite_template, other)
    move(other, sqlite_file)
    with pytest.raises(DatabaseUnavailable, match="was replaced while"):
        await on_sqlite.write(add("lost@example.com"))
    with pytest.raises(DatabaseUnavailable, match="was replaced"):
        await on_sqlite.ping()


async def test_a_write_during_which_the_file_is_removed_is_not_confirmed(
    on_sqlite: Database, sqlite_file: Path
) -> None:
    await on_sqlite.write(ADD)

    def lose(connection: Connection) -> None:
        add("lost@example.com")(connection)
        sqlite_file.unlink()

    with pytest.raises(DatabaseUnavailable, match="was removed"):
        await on_sqlite.write(lose)


async def test_a_write_that_raises_leaves_nothing(db: Database) -> None:
    def fail(connection: Connection) -> None:
        ADD(connection)
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await db.write(fail)
    assert await count(db) == 0


async def test_on_sqlite_the_next_write_works_after_one_whose_rollback_failed(
    on_sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_connection: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    def work(connection: Connection) -> None:
        ADD(connection)
        monkeypatch.setattr(connection.dialect, "do_rollback", fail)
        raise RuntimeError("the transaction is rolled back")

    with pytest.raises(DBAPIError, match="disk I/O error"):
        await on_sqlite.write(work)
    monkeypatch.undo()
    assert await count(on_sqlite) == 0
    await on_sqlite.write(ADD)
    assert await count(on_sqlite) == 1


async def test_a_cancelled_write_is_done_wholly_or_not_at_all_and_the_next_one_works(db: Database) -> None:
    def write_slowly(connection: Connection) -> None:
        add("1@example.com")(connection)
        if connection.dialect.name == "sqlite":
            time.sleep(0.2)
        else:
            connection.execute(text("SELECT pg_sleep(0.2)"))
        add("2@example.com")(connection)

    task = asyncio.create_task(db.write(write_slowly))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await db.write(ADD)
    assert await count(db) in (1, 3)


async def test_a_read_sees_one_moment(database_url: str, db: Database) -> None:
    """Another process commits between two statements of a read."""
    other, loop = Database(database_url), asyncio.get_running_loop()
    begun, written = asyncio.Event(), threading.Event()

    def read_twice(connection: Connection) -> tuple[int, int]:
        before = len(page_students(connection, Page(), EVERYTHING))
        loop.call_soon_threadsafe(begun.set)
        if connection.dialect.name == "sqlite":
            assert written.wait(60)
        else:  # This function runs in the thread of the event loop, which must not be blocked.
            await_only(_until(written))
        return before, len(page_students(connection, Page(), EVERYTHING))

    reading = asyncio.create_task(db.read(read_twice))
    await begun.wait()
    await other.write(ADD)
    written.set()
    assert await reading == (0, 0)
    assert await count(db) == 1
    await other.close()


async def _until(written: threading.Event) -> None:
    while not written.is_set():
        await asyncio.sleep(0.01)


def add_after_a_look(number: int) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        # The transaction reads first, because the upgrade to a write lock is what may fail.
        page_students(connection, Page(), EVERYTHING)
        add(f"{number}@example.com")(connection)

    return work


async def test_many_writers_all_succeed(db: Database) -> None:
    await asyncio.gather(*(db.write(add_after_a_look(number)) for number in range(40)))
    assert await count(db) == 40


async def test_writers_of_two_processes_all_succeed(db: Database, database_url: str) -> None:
    other = Database(database_url)
    writes = (
        database.write(add_after_a_look(n * 2 + i))
        for n in range(15)
        for i, database in enumerate((db, other))
    )
    try:
        await asyncio.gather(*writes)
    finally:
        await other.close()
    assert await count(db) == 30


async def test_a_violated_constraint_is_not_an_outage(db: Database) -> None:
    await db.write(ADD)
    with pytest.raises(IntegrityError) as caught:
        await db.write(ADD)
    assert not is_unavailable(caught.value)
    assert "g@example.com" not in str(caught.value).split("[SQL")[1]


async def test_a_statement_that_is_wrong_is_not_an_outage(db: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        await execute(db, text("SELECT no_such_column FROM students"))
    assert not is_unavailable(caught.value)


async def test_ping_succeeds_while_the_database_answers(db: Database) -> None:
    await db.ping()


def bytes_of_the_log(sqlite_url: str) -> int:
    return Path(f"{make_url(sqlite_url).database}-wal").stat().st_size


async def test_sqlites_log_of_changes_shrinks_again_after_a_burst_behind_a_slow_reader(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "WAL_BYTES", 1_000_000)
    database = Database(sqlite_url)
    reading, read = threading.Event(), threading.Event()

    def read_slowly(connection: Connection) -> None:
        connection.scalar(text("SELECT count(*) FROM sqlite_schema"))
        reading.set()
        assert read.wait(60)

    def write(connection: Connection, *, size: int) -> None:
        connection.execute(text("CREATE TABLE IF NOT EXISTS burst (bytes BLOB)"))
        connection.execute(text("INSERT INTO burst VALUES (zeroblob(:size))"), {"size": size})

    slow = asyncio.create_task(database.read(read_slowly))
    await asyncio.to_thread(reading.wait, 30)
    for _ in range(3):  # This is more than one checkpoint's worth, and none of it may be copied back yet.
        await database.write(partial(write, size=10_000_000))
    assert bytes_of_the_log(sqlite_url) > 25_000_000
    read.set()
    await slow
    for _ in range(2):  # The first one copies the pages back, and the second starts the log again.
        await database.write(partial(write, size=1))
    assert bytes_of_the_log(sqlite_url) <= 1_000_000
    await database.close()


async def test_sqlite_is_opened_with_the_pragmas_that_keep_its_promises(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 2}
    wanted |= {"journal_size_limit": WAL_BYTES}
    together = threading.Barrier(READERS)

    def pragmas(connection: Connection, *, together: threading.Barrier | None = None) -> dict[str, object]:
        if together:  # Each reader has its own connection.
            together.wait(60)
        return {name: connection.scalar(text(f"PRAGMA {name}")) for name in wanted}

    reads = [database.read(partial(pragmas, together=together)) for _ in range(READERS)]
    assert [*await asyncio.gather(*reads), await database.write(pragmas)] == [wanted] * (READERS + 1)
    await database.close()


async def test_a_locked_sqlite_file_is_an_outage(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homework_api.database.sqlite.BUSY_TIMEOUT_MS", 50)
    holder, database = Database(sqlite_url), Database(sqlite_url)
    locked, done = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        ADD(connection)
        locked.set()
        assert done.wait(60)

    holding = asyncio.create_task(holder.write(hold))
    await asyncio.to_thread(locked.wait, 60)
    with pytest.raises(DatabaseUnavailable, match="locked"):
        await database.write(lambda _: None)  # The lock is taken before the first statement.
    done.set()
    await holding
    await database.write(add("h@example.com"))
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
        (asyncpg.UndefinedTableError("being restored"), True),
        (asyncpg.InsufficientPrivilegeError("not yet granted"), True),
        (asyncpg.UniqueViolationError("twice"), False),
        (asyncpg.UndefinedFunctionError("a bug"), False),
        (sqlite_error(sqlite3.SQLITE_BUSY), True),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), True),
        (sqlite_error(sqlite3.SQLITE_FULL), True),
        (sqlite_error(sqlite3.SQLITE_ERROR), False),
        (ValueError(), False),
    ],
)
def test_only_errors_that_waiting_can_cure_count_as_an_outage(error: Exception, expected: bool) -> None:
    assert is_unavailable(error) is expected


async def test_on_sqlite_a_transaction_is_one_hop_to_a_thread(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    def work(connection: Connection) -> set[str]:
        names = set()
        for _ in range(3):
            connection.execute(text("SELECT 1"))
            names.add(threading.current_thread().name)
        return names

    assert await database.write(work) == {"sqlite-writer_0"}
    [reader] = await database.read(work)
    assert reader.startswith("sqlite-reader")
    await database.close()


async def test_what_a_write_logs_belongs_to_the_request_that_asked_for_it(db: Database) -> None:
    with bound_contextvars(request="r1"):
        assert await db.write(lambda _: get_contextvars()["request"]) == "r1"
