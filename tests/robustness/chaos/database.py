"""The database of a chaos run, with a ledger of every write of a homework's text.

A trigger fills the ledger, so it contains the writes of every process in the order of the commits.
"""

import asyncio
import os
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from testcontainers.core.container import DockerContainer

from homework_api.database.backup import backup
from homework_api.database.migrate import upgrade
from homework_api.database.restoring import restore
from tests.support.api.databases import IMAGE, _execute, _plain, _wait_for
from tests.support.broker.brokers import free_port

LOCK_SECONDS = 5.0
FULL_SECONDS = 5.0
DISK_MEGABYTES = 256
# The path of the socket differs between images.
_ENVIRONMENT = {"PGHOST": "127.0.0.1", "PGUSER": "homework", "PGPASSWORD": "homework"}
COLUMNS = "homework_id, at, old_status, old_by, new_by"
OLD_AND_NEW = "NEW.id, {now}, OLD.status, OLD.generated_by, NEW.generated_by"


class ChaosDatabase(ABC):
    url: str
    serves_machines: bool
    """Whether the processes that use it may run on several machines."""

    def prepare(self) -> None:
        upgrade(self.url)
        self._add_ledger()

    @abstractmethod
    def outages(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """The outages of this kind of database, by name. Each returns once the database answers again."""

    @abstractmethod
    def back_up(self, file: str) -> None:
        """Save a copy of the current database under the name `file`."""

    @abstractmethod
    def restore(self, file: str) -> None:
        """Replace the database by the copy. No process uses it meanwhile."""

    @abstractmethod
    async def rows(self, query: str) -> list[tuple[Any, ...]]: ...

    @abstractmethod
    def _add_ledger(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class Sqlite(ChaosDatabase):
    """A file on a small separate disk, if this machine allows mounting one."""

    serves_machines = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = folder / "disk"
        self._has_own_disk = _mount(self._disk)
        self._file = self._disk / "homework.db"
        self.url = f"sqlite+aiosqlite:///{self._file}"

    def outages(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        locked: dict[str, Callable[[], Awaitable[None]]] = {"database_locked": self._lock}
        return locked | ({"database_disk_full": self._fill_disk} if self._has_own_disk else {})

    def back_up(self, file: str) -> None:
        backup(self.url, self._folder / file)

    def restore(self, file: str) -> None:
        if kept := restore(self.url, self._folder / file, datetime.now(UTC)).kept:
            kept.unlink()

    async def _lock(self) -> None:
        with closing(sqlite3.connect(self._file, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(LOCK_SECONDS)

    async def _fill_disk(self) -> None:
        ballast = self._disk / "ballast"
        with ballast.open("wb") as file:
            while (free := os.statvfs(self._disk)).f_bavail:
                # The service writes meanwhile, so less may be free than was just measured.
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize)
                    break
        await asyncio.sleep(FULL_SECONDS)
        ballast.unlink()

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._file, timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def close(self) -> None:
        if self._has_own_disk:
            subprocess.run(["umount", "--lazy", str(self._disk)], check=True)

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


def _mount(disk: Path) -> bool:
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(disk)]
    mounted = subprocess.run(command, check=False, capture_output=True)
    if mounted.returncode:
        print("chaos: no disk of its own for SQLite (mounting needs root), so none runs full", flush=True)
    return mounted.returncode == 0


class Postgres(ChaosDatabase):
    serves_machines = True

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

    def outages(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {"database_restarted": self._restart}

    def back_up(self, file: str) -> None:
        self._run(f"pg_dump --format custom --file /tmp/{file} homework")

    def restore(self, file: str) -> None:
        self._run("dropdb --force homework")
        self._run("createdb homework")
        self._run(f"pg_restore --dbname homework --exit-on-error /tmp/{file}")

    async def _restart(self) -> None:
        await asyncio.to_thread(self._container.get_wrapped_container().restart, timeout=10)
        await asyncio.to_thread(_wait_for, self.url)

    def _run(self, command: str) -> None:
        result = self._container.get_wrapped_container().exec_run(command, environment=_ENVIRONMENT)
        assert result.exit_code == 0, f"{command}: {result.output!r}"

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(_plain(self.url), timeout=60)
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
    """Parse a time in the format of either database."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)
