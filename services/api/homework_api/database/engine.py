"""Runs short transactions with the same guarantees on SQLite and on PostgreSQL.

A transaction is a plain function of a connection, which `read` and `write` run: none of its statements waits
for the event loop (docs/adr/0024).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import URL, Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from homework_api.database.postgresql import PostgresqlPool
from homework_api.database.sqlite import DatabaseFileGone, SqliteThreads
from homework_shared.errors import TransientError

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
T = TypeVar("T")
Found = TypeVar("Found")
Thought = TypeVar("Thought")

_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",  # DATABASE_URL had this form in earlier versions.
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}

# Classes of SQLSTATE in which the statement is not the cause: connection, authorization, rollback (such as a
# deadlock), resources, operator, system.
_PASSING_CLASSES = ("08", "28", "40", "53", "57", "58")
# A standby that has not taken over yet, a database that does not exist, a lock that was not free. A schema or
# a table that is missing, or is not ours to use, is being restored: all our statements fit our schema.
_PASSING_STATES = ("25006", "3D000", "55P03", "3F000", "42P01", "42501")
# The codes are busy, locked, memory, read-only, I/O, full and cannot open.
_PASSING_SQLITE_CODES = {5, 6, 7, 8, 10, 13, 14}


class DatabaseUnavailable(TransientError, ConnectionError):
    """The database does not answer now. The same transaction may succeed later."""


class DatabaseGone(DatabaseUnavailable):
    """The database's file was removed or replaced. Waiting does not help: an operator has to act."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the cause of the error is the database and not the statement, so that the same transaction may
    succeed later.
    """
    if isinstance(error, OSError | PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_passing(error.orig)
    return _is_passing(error)  # SQLAlchemy does not wrap what asyncpg raises while it connects


def _is_passing(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None) or ""
    if state.startswith(_PASSING_CLASSES) or state in _PASSING_STATES:
        return True
    code = getattr(error, "sqlite_errorcode", None) or 0
    # SQLite's extended codes keep the primary one in their low byte.
    return code & 0xFF in _PASSING_SQLITE_CODES


class _Backend(Protocol):
    async def read(self, work: Callable[[Connection], T]) -> T: ...

    async def write(self, work: Callable[[Connection], T]) -> T: ...

    async def listen(self, channel: str, heard: Callable[[], None]) -> None: ...

    async def notify(self, channel: str) -> None: ...

    async def forget_deleted(self) -> bool: ...

    async def close(self) -> None: ...

    @property
    def engines(self) -> list[Engine]: ...


class Database:
    """Runs transactions. `for_migrations` lifts the limits that would prevent a schema change."""

    def __init__(self, url: str, *, for_migrations: bool = False) -> None:
        parsed = _with_our_driver(make_url(url))
        self.dialect = parsed.get_backend_name()
        self._place = _place(parsed)
        backend = SqliteThreads if self.dialect == "sqlite" else PostgresqlPool
        self._backend: _Backend = backend(parsed, for_migrations=for_migrations)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a read-only transaction, in which all statements see the same moment.

        Raises:
            DatabaseUnavailable: the database does not answer.
        """
        with _availability(self._place):
            return await self._backend.read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that commits when it returns and rolls back when it raises.

        If the caller is cancelled, the transaction may still commit, as after a lost connection. So do not
        conclude from a cancellation that nothing was written.

        Raises:
            DatabaseUnavailable: nothing was committed, or the commit was not confirmed.
        """
        with _availability(self._place):
            return await self._backend.write(work)

    async def read_think_write(
        self,
        read: Callable[[Connection], Found],
        think: Callable[[Found], Thought],
        write: Callable[[Connection, Thought], T],
        *,
        is_short: bool,
    ) -> T:
        """Run `read` in a transaction, `think` in a thread and in no transaction, and `write` in a second
        transaction. Each gets what the one before returned.

        `is_short` says that `think` takes a few milliseconds. Then, on SQLite, all three run in the writer's
        thread, which is one thread switch instead of three. Other writes wait as long.

        Raises:
            DatabaseUnavailable: nothing was committed, or the commit was not confirmed.
        """
        with _availability(self._place):
            if is_short and isinstance(self._backend, SqliteThreads):
                return await self._backend.read_think_write(read, think, write)
            found = await self._backend.read(read)
            thought = await asyncio.to_thread(think, found)
            return await self._backend.write(lambda connection: write(connection, thought))

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Call `heard` when the database notifies of `channel`, and once when it begins to listen. It runs
        until it is cancelled. On SQLite there are no notifications, and it only waits.

        A notification may be lost, so a caller also has to look from time to time.

        Raises:
            DatabaseUnavailable: nobody listens any more, whatever the reason is.
        """
        try:
            await self._backend.listen(channel, heard)
        except Exception as error:
            raise DatabaseUnavailable(f"cannot listen to {self._place}: {error}"[:300]) from error

    async def notify(self, channel: str) -> None:
        """Notify those who listen to `channel`. On SQLite nobody can listen, and it does nothing.

        Raises:
            DatabaseUnavailable: the database does not answer.
        """
        with _availability(self._place):
            await self._backend.notify(channel)

    async def forget_deleted(self) -> None:
        """Remove deleted and changed data from the disk, as far as this process can. Call it after the
        transaction. It never raises, and housekeeping calls it again.
        """
        try:
            done = await self._backend.forget_deleted()
        except Exception as error:  # Whatever the error is, the deletion itself is committed.
            log.warning("deleted_data_is_in_the_log", error=str(error)[:200])
            return
        if not done:
            log.info("deleted_data_is_in_the_log", hint="somebody reads: housekeeping tries again")

    async def ping(self) -> None:
        """Check that the database answers. Raises DatabaseUnavailable."""
        await self.read(lambda connection: connection.execute(text("SELECT 1")).scalar())

    async def close(self) -> None:
        await self._backend.close()

    @property
    def engines(self) -> list[Engine]:
        """The engines through which all statements go, for tests that count them. Reads use the first."""
        return self._backend.engines


def _with_our_driver(url: URL) -> URL:
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise ValueError(f"no driver for {url.drivername}: use sqlite:///FILE or postgresql://HOST/NAME")
    if driver == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ValueError("a SQLite database needs a file: use sqlite:///data/italian_teacher.db")
    return url.set(drivername=driver)


def _place(url: URL) -> str:
    """The database's URL without the password, for error messages."""
    return f"{url.host}:{url.port or 5432}/{url.database}" if url.host else str(url.database)


@contextmanager
def _availability(place: str) -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable:
        raise
    except DatabaseFileGone as error:
        raise DatabaseGone(str(error)) from error
    except Exception as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(f"the database {place} does not answer: {error}"[:300]) from error
        raise
