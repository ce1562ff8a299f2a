"""The database under chaos, with a ledger of every time a homework's text was written.

The ledger is filled by a trigger, so it sees what any process did, in the order of the commits.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from testcontainers.core.container import DockerContainer

from homework_api.database.migrate import upgrade
from tests.support.api.databases import IMAGE, _execute, _plain, _wait_for
from tests.support.broker.brokers import free_port

LOCK_SECONDS = 5.0
COLUMNS = "homework_id, at, old_status, old_by, new_by"
OLD_AND_NEW = "NEW.id, {now}, OLD.status, OLD.generated_by, NEW.generated_by"


class ChaosDatabase(ABC):
    """`fault` applies the fault of this kind of database and returns once the database answers again."""

    url: str
    fault_name: str

    def prepare(self) -> None:
        upgrade(self.url)
        self._add_ledger()

    @abstractmethod
    async def fault(self) -> None: ...

    @abstractmethod
    async def rows(self, query: str) -> list[tuple[Any, ...]]: ...

    @abstractmethod
    def _add_ledger(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class Sqlite(ChaosDatabase):
    fault_name = "database_locked"

    def __init__(self, folder: Path) -> None:
        self._file = folder / "homework.db"
        self.url = f"sqlite+aiosqlite:///{self._file}"

    async def fault(self) -> None:
        with closing(sqlite3.connect(self._file, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(LOCK_SECONDS)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._file, timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def close(self) -> None:
        """A file has no process to stop."""

    def _add_ledger(self) -> None:
        now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        with closing(sqlite3.connect(self._file)) as connection:
            connection.executescript(f"""
                CREATE TABLE ledger (homework_id, at, old_status, old_by, new_by);
                CREATE TRIGGER keep_ledger AFTER UPDATE OF exercises ON homework
                WHEN NEW.exercises IS NOT NULL BEGIN
                    INSERT INTO ledger ({COLUMNS}) VALUES ({OLD_AND_NEW.format(now=now)});
                END;
            """)


class Postgres(ChaosDatabase):
    fault_name = "database_restarted"

    def __init__(self) -> None:
        port = free_port()
        self._container = (
            DockerContainer(IMAGE)
            .with_bind_ports(5432, port)
            .with_env("POSTGRES_USER", "homework")
            .with_env("POSTGRES_PASSWORD", "homework")
        )
        self._container.start()
        self.url = _wait_for(f"postgresql://homework:homework@127.0.0.1:{port}/homework")

    async def fault(self) -> None:
        await asyncio.to_thread(self._container.get_wrapped_container().restart, timeout=10)
        await asyncio.to_thread(_wait_for, self.url)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(_plain(self.url), timeout=10)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    def close(self) -> None:
        self._container.stop()

    def _add_ledger(self) -> None:
        script = f"""
            CREATE TABLE ledger
                (homework_id bigint, at timestamptz, old_status text, old_by text, new_by text);
            CREATE FUNCTION keep_ledger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO ledger ({COLUMNS}) VALUES ({OLD_AND_NEW.format(now="clock_timestamp()")});
                RETURN NEW;
            END $$;
            CREATE TRIGGER keep_ledger AFTER UPDATE OF exercises ON homework FOR EACH ROW
                WHEN (NEW.exercises IS NOT NULL AND NEW.exercises::text <> 'null')
                EXECUTE FUNCTION keep_ledger();
        """
        asyncio.run(_execute(self.url, script))


def moment(value: datetime | str) -> datetime:
    """Read a time in the form of either database."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)
