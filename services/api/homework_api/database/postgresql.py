"""PostgreSQL over asyncpg: a transaction is a plain function that SQLAlchemy runs in a greenlet."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, event, func, select
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import create_async_engine

from homework_api.database.models import to_json_text
from homework_shared.runtime.retry import pause

T = TypeVar("T")
_USED_AT = "used_at"

CONNECTIONS = 15
CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 30.0
TRUSTED_SECONDS = 5.0
"""How long after its last use a connection is taken without trying it."""
PING_SECONDS = 15.0
"""How often a connection that listens is tried, because a server that vanished says nothing."""


class PostgresqlPool:
    """Runs transactions on connections of a pool. `for_migrations` lifts the limit on the duration of a
    statement.
    """

    def __init__(self, url: URL, *, for_migrations: bool) -> None:
        self._engine = create_async_engine(
            url,
            # The text of a failed statement is logged, so it must not contain names and e-mail addresses.
            hide_parameters=True,
            json_serializer=to_json_text,
            json_deserializer=from_json,
            # The connection that was used last is taken first: it is known to work, and its server process
            # has the statements and pages of the last transaction at hand.
            pool_use_lifo=True,
            # The pool would close each overflow connection after one use, and a burst of requests would spend
            # its time on logging in.
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": None if for_migrations else STATEMENT_SECONDS,
            },
        )
        _try_idle_connections(self._engine.sync_engine)
        # All statements of a read see the same moment.
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    async def read(self, work: Callable[[Connection], T]) -> T:
        async with self._reading.begin() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Listen on a connection of its own. Raises what asyncpg raises when the connection is lost."""
        lost = asyncio.Event()
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            # The pool must not wait for a connection that is held as long as the process runs, nor give a
            # listening one to a transaction.
            await connection.run_sync(lambda held: held.detach())
            driver.add_termination_listener(lambda _: lost.set())
            await driver.add_listener(channel, lambda *_: heard())
            heard()  # what was committed before the connection listened is found only by a look
            while True:
                await pause(lost, PING_SECONDS)
                await driver.execute("SELECT 1", timeout=CONNECT_SECONDS)

    async def notify(self, channel: str) -> None:
        await self.write(lambda connection: connection.execute(select(func.pg_notify(channel, ""))))

    async def forget_deleted(self) -> bool:
        """Does nothing, because the PostgreSQL server vacuums and manages its write-ahead log itself."""
        return True

    async def close(self) -> None:
        await self._engine.dispose()

    @property
    def engines(self) -> list[Engine]:
        return [self._engine.sync_engine]


def _try_idle_connections(engine: Engine) -> None:
    """Replace connections that the server has closed, and try those that nobody has used for a while.

    A server that ends closes its connections, and asyncpg knows that without a question. Only a server that
    vanished, or a firewall that forgot the connection, says nothing. SQLAlchemy's `pool_pre_ping` would send
    three statements before each transaction, a third of all that the transactions of a job sent.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: Any) -> None:
        record.info[_USED_AT] = monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _fairy: object) -> None:
        used_at = record.info.get(_USED_AT)
        if used_at is None:
            return  # it was opened for this transaction
        try:
            if connection.driver_connection.is_closed():
                raise ConnectionResetError
            if monotonic() - used_at > TRUSTED_SECONDS:
                engine.dialect.do_ping(connection)
        except (engine.dialect.loaded_dbapi.Error, OSError) as error:
            raise InvalidatePoolError from error
