"""The database: short transactions, the same promises on SQLite and on PostgreSQL.

`read` and `write` give a session to await on. What runs for every job is a plain function of a connection
that `transact` runs: no statement of it waits for the event loop (ADR 22).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from homework_api.database import sqlite_driver
from homework_shared.errors import TransientError

T = TypeVar("T")

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
_BUSY_TIMEOUT_MS = 5000
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0

# Connection, deadlock and rollback, resources, operator, system, authorization: classes of SQLSTATE
# in which the statement was not at fault. 25006 is a standby that has not taken over yet.
_PASSING_STATES = ("08", "28", "40", "53", "57", "58", "25006", "3D000", "55P03")
_PASSING_SQLITE_CODES = {5, 6, 7, 8, 10, 13, 14}  # busy, locked, memory, read-only, I/O, full, cannot open


class DatabaseUnavailable(TransientError, ConnectionError):
    """The database does not answer now; the same transaction may succeed later."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the database, not the statement, is at fault: waiting helps, changing the input does not."""
    if isinstance(error, OSError | PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_passing(error.orig)
    return _is_passing(error)  # while connecting, asyncpg's errors arrive as they are


def _is_passing(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None) or ""
    code = getattr(error, "sqlite_errorcode", None) or 0
    # SQLite's extended codes keep the primary one in their low byte.
    return state.startswith(_PASSING_STATES) or code & 0xFF in _PASSING_SQLITE_CODES


class Database:
    """Opens transactions. `for_migrations` lifts what would stand in the way of a schema change:
    a table that SQLite rebuilds must not cascade its deletion, and a long one must not time out."""

    def __init__(self, url: str, *, for_migrations: bool = False) -> None:
        parsed = _with_async_driver(make_url(url))
        self.dialect = parsed.get_backend_name()
        self._place = _place(parsed)
        self._engine = _engine(parsed, for_migrations)
        # One SQLite file has one writer. Queued here writers go in order; in SQLite's busy handler
        # they would sleep and race, and the unlucky one would starve.
        self._turn: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        )
        self._reading, self._writing = _for_reading(self._engine), _for_writing(self._engine)
        self._writer = _SqliteWriter(parsed) if self.dialect == "sqlite" else None

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that commits when it returns and rolls back when it raises.

        On SQLite it runs in the writer's thread, all of it in one hop; on PostgreSQL in a greenlet over
        asyncpg. Cancelled, it may still commit: its caller does not know, as after a lost connection.

        Raises:
            DatabaseUnavailable: nothing was committed, or the commit was not answered.
        """
        with _availability(self._place):
            if self._writer is None:
                async with self._writing.begin() as connection:
                    return await connection.run_sync(work)
            async with self._turn:
                return await self._writer.transact(work)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at the end of the block and rolls back on an exception.

        Raises:
            DatabaseUnavailable: nothing was committed, or the commit was not answered.
        """
        with _availability(self._place):
            async with self._turn, _session(self._writing) as session, session.begin():
                yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """One snapshot: all statements of the block see the same moment. Raises DatabaseUnavailable."""
        with _availability(self._place):
            async with _session(self._reading) as session, session.begin():
                yield session

    async def ping(self) -> None:
        """Raises DatabaseUnavailable."""
        async with self.read() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.close()
        await self._engine.dispose()

    @property
    def engines(self) -> list[Engine]:
        """All that statements go through, for whoever counts them."""
        return [self._engine.sync_engine, *([self._writer.engine] if self._writer else ())]


class _SqliteWriter:
    """A thread with a connection of its own. Its Python is a third of what the same statements cost through
    an asynchronous driver, and the event loop serves others meanwhile."""

    def __init__(self, url: URL) -> None:
        url = url.set(drivername="sqlite", query={})  # the same file as the other engine's, by its path alone
        self.engine = create_engine(url, hide_parameters=True, json_serializer=_json, pool_size=1)
        _prepare_sqlite(self.engine, foreign_keys=True)
        self._begun = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")

    async def transact(self, work: Callable[[Connection], T]) -> T:
        context = copy_context()  # what log lines and spans of `work` belong to
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, context.run, self._transact, work
        )

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._begun.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self.engine.dispose)
        self._thread.shutdown(wait=False)


def _with_async_driver(url: URL) -> URL:
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in _DRIVERS.values():
        raise ValueError(f"no driver for {url.drivername}: use sqlite:///FILE or postgresql://HOST/NAME")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ValueError("a SQLite database needs a file: use sqlite:///data/italian_teacher.db")
    return url


def _place(url: URL) -> str:
    """For people, who must be able to find it: without the password."""
    return f"{url.host}:{url.port or 5432}/{url.database}" if url.host else str(url.database)


def _engine(url: URL, for_migrations: bool) -> AsyncEngine:
    # hide_parameters: a failed statement's text reaches the log, names and e-mails must not.
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(
            url,
            hide_parameters=True,
            pool_timeout=_CONNECT_SECONDS,
            json_serializer=_json,
            async_creator=partial(sqlite_driver.connect, str(url.database)),
        )
        _prepare_sqlite(engine.sync_engine, foreign_keys=not for_migrations)
        return engine
    return create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=_json,
        # A database that was restarted has closed the pool's connections without a word.
        pool_pre_ping=True,
        pool_timeout=_CONNECT_SECONDS,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": None if for_migrations else _STATEMENT_SECONDS,
        },
    )


def _json(value: Any) -> str:
    return to_json(value).decode()


def _prepare_sqlite(engine: Engine, *, foreign_keys: bool) -> None:
    pragmas = (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",  # first: even the switch to WAL can meet a lock
        "journal_mode = WAL",
        # 201 is a promise. In WAL, NORMAL may lose the last commits when the power fails.
        "synchronous = FULL",
        # Pages that a class changes again and again are copied back once in 16 MB, not in 4.
        "wal_autocheckpoint = 4000",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `begin` does
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options()['sqlite_begin']}")


def _for_reading(engine: AsyncEngine) -> AsyncEngine:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(sqlite_begin="DEFERRED")
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _for_writing(engine: AsyncEngine) -> AsyncEngine:
    # A deferred transaction that reads and then writes gets SQLITE_BUSY at once if another wrote in
    # between, whatever the timeout: take the write lock at the start.
    return engine.execution_options(sqlite_begin="IMMEDIATE") if engine.dialect.name == "sqlite" else engine


def _session(engine: AsyncEngine) -> AsyncSession:
    return AsyncSession(engine, expire_on_commit=False)


@contextmanager
def _availability(place: str) -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable:
        raise
    except Exception as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(f"the database {place} does not answer: {error}"[:300]) from error
        raise
