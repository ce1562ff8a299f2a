"""SQLite by aiosqlite, with one hop to its thread for each statement instead of four.

For each statement SQLAlchemy asks an asynchronous driver for a cursor, has it execute, fetches the rows and
closes it. In aiosqlite each of these wakes a thread and waits for it to answer, while the only writer holds
the lock that all others wait for.

It stands on names that aiosqlite keeps to itself, so its version is bounded to the one that was read.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from aiosqlite import Connection

Rows = list[Any]


class _Cursor:
    """What SQLAlchemy's adapter asks of a cursor. Rows are here once a statement has been executed."""

    arraysize = 1

    def __init__(self, connection: "OneHopConnection") -> None:
        self._connection = connection
        self._rows: Rows = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "_Cursor":
        await self._connection.in_thread(lambda cursor: cursor.execute(sql, parameters), self._keep)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> "_Cursor":
        await self._connection.in_thread(lambda cursor: cursor.executemany(sql, parameters), self._keep)
        return self

    async def fetchall(self) -> Rows:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self._rows = cursor.fetchall()
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid


class OneHopConnection(Connection):
    def __init__(self, file: str) -> None:
        super().__init__(lambda: sqlite3.connect(file), iter_chunk_size=64)
        self._thread.daemon = True  # a process that ends must not wait for it

    def cursor(self) -> Any:
        return _Cursor(self)

    async def rollback(self) -> None:
        # SQLAlchemy rolls back whatever comes back to its pool.
        if self._conn.in_transaction:
            await super().rollback()

    async def in_thread(
        self, execute: Callable[[sqlite3.Cursor], sqlite3.Cursor], keep: Callable[[sqlite3.Cursor], None]
    ) -> None:
        """Execute, fetch and close in one go."""

        def run() -> None:
            cursor = self._conn.cursor()
            try:
                keep(execute(cursor))
            finally:
                cursor.close()

        await self._execute(run)  # type: ignore[no-untyped-call]


async def connect(file: str) -> Connection:
    """Raises sqlite3.OperationalError."""
    return await OneHopConnection(file)
