"""SQLite: one thread writes, a few threads read.

One SQLite file has one writer at a time. Queued for one thread, writers go in order; with a connection each,
they would sleep and race in SQLite's busy handler, and the unlucky one would starve.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from homework_api.database.models import to_json_text

T = TypeVar("T")

READERS = 4
BUSY_TIMEOUT_MS = 5000


class SqliteThreads:
    """Runs transactions on one file. `for_migrations` lifts foreign keys, because a table that SQLite
    rebuilds must not cascade its deletion."""

    def __init__(self, url: URL, *, for_migrations: bool) -> None:
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        foreign_keys = not for_migrations
        self._readers = _Threads(url, READERS, "DEFERRED", "sqlite-reader", foreign_keys)
        # A deferred transaction that reads and then writes gets SQLITE_BUSY at once if another process wrote
        # in between, whatever the timeout: a writer takes the write lock at its start.
        self._writer = _Threads(url, 1, "IMMEDIATE", "sqlite-writer", foreign_keys)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._readers.run(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._writer.run(work)

    async def close(self) -> None:
        await self._readers.close()
        await self._writer.close()

    @property
    def engines(self) -> list[Engine]:
        return [self._readers.engine, self._writer.engine]


class _Threads:
    """Threads with a connection each. A whole transaction is one hop to one of them."""

    def __init__(self, url: URL, count: int, begin: str, name: str, foreign_keys: bool) -> None:
        # Only the path of the file: the URL may name another driver, and query parameters for it.
        plain = url.set(drivername="sqlite", query={})
        # hide_parameters: a failed statement's text reaches the log, names and e-mail addresses must not.
        self.engine = create_engine(
            plain, hide_parameters=True, json_serializer=to_json_text, pool_size=count, max_overflow=0
        )
        _prepare(self.engine, begin, foreign_keys)
        self._threads = ThreadPoolExecutor(count, name)

    async def run(self, work: Callable[[Connection], T]) -> T:
        context = copy_context()  # what the log lines and spans of `work` belong to
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, context.run, self._transact, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self.engine.dispose)
        self._threads.shutdown(wait=False)


def _prepare(engine: Engine, begin: str, foreign_keys: bool) -> None:
    pragmas = (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",  # first: even the switch to WAL can meet a lock
        "journal_mode = WAL",
        # 201 is a promise. In WAL, NORMAL may lose the last commits when the power fails.
        "synchronous = FULL",
        # Pages that a class changes again and again are copied back once in 16 MB, not in 4.
        "wal_autocheckpoint = 4000",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `begin_transaction` does
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")
