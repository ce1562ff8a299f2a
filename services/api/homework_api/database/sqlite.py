"""Runs transactions on SQLite: one thread writes, and a few threads read.

A SQLite file has one writer at a time. Writers take turns in the queue of one thread. With one connection for
each writer, they would sleep and compete in SQLite's busy handler, and some would wait endlessly.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from homework_api.database.models import to_json_text

T = TypeVar("T")
Found = TypeVar("Found")
Thought = TypeVar("Thought")

READERS = 4
BUSY_TIMEOUT_MS = 5000
CHECKPOINT_TIMEOUT_MS = 200
WAL_BYTES = 64_000_000


class SqliteThreads:
    """Runs transactions on one file. `for_migrations` switches foreign keys off, because rebuilding a table
    in SQLite must not cascade its deletion.
    """

    def __init__(self, url: URL, *, for_migrations: bool) -> None:
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        foreign_keys = not for_migrations
        file = _WatchedFile(Path(str(url.database)))
        self._readers = _Threads(url, file, READERS, "DEFERRED", "sqlite-reader", foreign_keys)
        # A deferred transaction that reads and then writes gets SQLITE_BUSY at once if another process wrote
        # in between, whatever the timeout. So a writer takes the write lock at its start.
        self._writer = _Threads(url, file, 1, "IMMEDIATE", "sqlite-writer", foreign_keys)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._readers.run(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._writer.run(work)

    async def read_think_write(
        self,
        read: Callable[[Connection], Found],
        think: Callable[[Found], Thought],
        write: Callable[[Connection, Thought], T],
    ) -> T:
        """Run all three in the writer's thread. `think` runs between two transactions."""
        writer = self._writer

        def steps() -> T:
            thought = think(writer.transact(read))
            return writer.transact(lambda connection: write(connection, thought))

        return await writer.call(steps)

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Waits for ever, because SQLite notifies nobody."""
        await asyncio.Event().wait()

    async def notify(self, channel: str) -> None:
        """Does nothing, because nobody can listen."""

    async def forget_deleted(self) -> bool:
        """Empty the write-ahead log, which holds old versions of pages. False means that a reader still needs
        it.
        """
        return await self._writer.call(self._writer.empty_log)

    async def close(self) -> None:
        await self._readers.close()
        await self._writer.close()

    @property
    def engines(self) -> list[Engine]:
        return [self._readers.engine, self._writer.engine]


class DatabaseFileGone(OSError):
    """The file at the database's path is no longer the file that this process has open."""


class _WatchedFile:
    """The database file as this process first saw it. Another file in its place is never opened: its
    write-ahead log may belong to another database, and the file that is open may be put back.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def check(self) -> None:
        """Raises DatabaseFileGone if the file at the path is another one."""
        there = self._identity()
        self._opened = self._opened or there
        if there != self._opened:
            what = "replaced" if there else "removed"
            raise DatabaseFileGone(
                f"{self._path} was {what} while the service had it open: stop the service, put the file or a "
                "backup in its place (`homework-api restore`), and start it again"
            )

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


class _Threads:
    """Threads with one connection each. A whole transaction runs in one of them, with one thread switch.

    A thread keeps its connection, because lending it from a pool takes as much CPU as an empty transaction.
    """

    def __init__(
        self, url: URL, file: "_WatchedFile", count: int, begin: str, name: str, foreign_keys: bool
    ) -> None:
        self._file = file
        self._begin = f"BEGIN {begin}"
        # Only the path of the file: the URL may name another driver, and query parameters for it.
        plain = url.set(drivername="sqlite", query={})
        # hide_parameters: the text of a failed statement is logged, so it must not contain names and e-mail
        # addresses.
        self.engine = create_engine(
            plain,
            hide_parameters=True,
            json_serializer=to_json_text,
            json_deserializer=from_json,
            poolclass=NullPool,
        )
        _prepare(self.engine, foreign_keys)
        self._threads = ThreadPoolExecutor(count, name)
        self._of_thread = threading.local()
        self._connections: set[Connection] = set()

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await self.call(lambda: self.transact(work))

    async def call(self, work: Callable[[], T]) -> T:
        """Run `work` in one of the threads."""
        context = copy_context()  # The context carries the request's log fields and span into the thread.
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, context.run, work)

    def empty_log(self) -> bool:
        self._file.check()
        # This uses the driver's connection: SQLAlchemy would begin a transaction, in which no checkpoint is
        # possible.
        cursor = self._connection().connection.cursor()
        # The wait is short, because writers are blocked while the checkpoint waits for a reader.
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy, *_ = cursor.fetchone() or (1,)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        return not is_busy

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction. Call it in one of the threads."""
        # The check runs before the transaction, because SQLite would create an empty file if there is none.
        # It runs after it, because a commit into a deleted file succeeds, and is lost when the process ends.
        self._file.check()
        connection = self._connection()
        try:
            with connection.begin():
                connection.exec_driver_sql(self._begin)
                done = work(connection)
        except BaseException:
            self._end_what_is_left_of(connection)
            raise
        self._file.check()
        return done

    def _connection(self) -> Connection:
        """The connection of this thread, which is opened when it is first needed."""
        connection: Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None or connection.closed:
            connection = self._of_thread.connection = self.engine.connect()
            self._connections.add(connection)
        return connection

    def _end_what_is_left_of(self, connection: Connection) -> None:
        # A transaction whose rollback failed would be in the way of every later one of this thread.
        driver: Any = None if connection.invalidated else connection.connection.driver_connection
        if driver is None or driver.in_transaction:
            self._connections.discard(connection)
            connection.close()

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        for connection in self._connections:
            connection.close()


def _prepare(engine: Engine, foreign_keys: bool) -> None:
    pragmas = (
        # This comes first, because even the switch to WAL can meet a lock.
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        # A 201 response promises that the homework is stored. In WAL mode, NORMAL may lose the last commits
        # in a power failure.
        "synchronous = FULL",
        # Pages that change often are copied back once in 16 MB and not in 4.
        "wal_autocheckpoint = 4000",
        # A burst of writes behind a slow reader makes the file large, and it would not shrink.
        f"journal_size_limit = {WAL_BYTES}",
        # Deleted data is overwritten; otherwise a tool could read it in the file's free pages.
        "secure_delete = ON",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        # The driver begins no transaction by itself: `transact` does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
