"""A database in use is backed up and restored."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import select
from tests.support.api import rows
from tests.support.api.application import Api

from homework_api.database.backup import BackupFailed, backup
from homework_api.database.engine import Database
from homework_api.database.migrate import config, is_current, upgrade
from homework_api.database.models import Student
from homework_api.database.restoring import restore

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def emails(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as database:
        return {email for (email,) in database.execute("SELECT email FROM students")}


def backups(folder: Path) -> list[str]:
    """The files of all backups. Each is a single file, without SQLite's log beside it."""
    return [file.name for file in folder.glob("backup*")]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/homework.db"


@pytest.fixture
def used(url: str, tmp_path: Path) -> Path:
    """A database with one student. No process has it open."""
    upgrade(url)
    file = tmp_path / "data/homework.db"
    add(file, "ada@example.org")
    return file


def add(file: Path, email: str) -> None:
    student = "INSERT INTO students (name, email, created_at) VALUES ('A', ?, ?)"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(student, (email, str(NOW)))


async def test_a_backup_taken_while_others_write_holds_everything_accepted_before(
    sqlite_api: Api, sqlite_url: str, tmp_path: Path
) -> None:
    accepted: list[str] = []
    enough = asyncio.Event()

    async def keep_writing() -> None:
        while not enough.is_set():
            email = f"s{len(accepted)}@example.org"
            await sqlite_api.add_student(email)
            accepted.append(email)

    writing = asyncio.create_task(keep_writing())
    for number in range(5):
        while len(accepted) < 10 * (number + 1):
            await asyncio.sleep(0.01)
        before = set(accepted)
        await asyncio.to_thread(backup, sqlite_url, tmp_path / f"backup-{number}.db")
        assert before <= emails(tmp_path / f"backup-{number}.db")
    enough.set()
    await writing
    assert sorted(await asyncio.to_thread(backups, tmp_path)) == [f"backup-{n}.db" for n in range(5)]


def test_a_restored_database_is_the_backup_and_the_former_file_is_kept(
    used: Path, url: str, tmp_path: Path
) -> None:
    backup(url, tmp_path / "backup.db")
    add(used, "later@example.org")
    kept = restore(url, tmp_path / "backup.db", NOW).kept
    assert kept is not None
    assert emails(used) == {"ada@example.org"}
    assert kept == used.with_name("homework.db.before-20261123T090000Z")
    assert emails(kept) == {"ada@example.org", "later@example.org"}


def test_a_backup_is_restored_where_no_database_was(used: Path, url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "backup.db")
    elsewhere = tmp_path / "new/homework.db"
    assert restore(f"sqlite:///{elsewhere}", tmp_path / "backup.db", NOW).kept is None
    assert emails(elsewhere) == {"ada@example.org"}


async def test_a_backup_of_an_older_version_is_brought_to_this_one(tmp_path: Path) -> None:
    old = f"sqlite:///{tmp_path}/old.db"
    await asyncio.to_thread(command.upgrade, config(old), "v0001")
    add(tmp_path / "old.db", "old@example.org")
    new = f"sqlite:///{tmp_path}/new.db"
    await asyncio.to_thread(restore, new, tmp_path / "old.db", NOW)
    database = Database(new)
    assert await is_current(database)
    assert [student.email for student in await rows.scalars(database, select(Student))] == ["old@example.org"]
    await database.close()


async def test_a_database_in_use_is_not_replaced(used: Path, url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(backup, url, tmp_path / "backup.db")
    database = Database(url)
    await rows.rows(database, text("SELECT 1"))
    with pytest.raises(BackupFailed, match=r"is in use .*: stop the service first"):
        await asyncio.to_thread(restore, url, tmp_path / "backup.db", NOW)
    await rows.add(database, Student(name="B", email="still@example.org", created_at=NOW))
    await database.close()
    assert emails(used) == {"ada@example.org", "still@example.org"}


def test_a_backup_never_overwrites_a_file(used: Path, url: str, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(BackupFailed, match="is there already: name another file"):
        backup(url, tmp_path / "precious")
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_backup_that_cannot_be_written_leaves_no_file(used: Path, url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="could not be copied"):
        backup(url, tmp_path / "nowhere/backup.db")
    assert not (tmp_path / "nowhere").exists()


def test_a_missing_database_is_not_backed_up(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="there is no database at"):
        backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "backup.db")


def test_for_postgresql_the_command_names_postgresqls_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="pg_dump and pg_restore"):
        backup("postgresql://u:p@host/homework", tmp_path / "backup.db")


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is no backup"), (b"not a database at all" * 99, "is no backup"), (None, "there is no backup at")],
)
def test_a_file_that_is_no_backup_replaces_nothing(
    used: Path, url: str, tmp_path: Path, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "backup.db").write_bytes(content)
    with pytest.raises(BackupFailed, match=told):
        restore(url, tmp_path / "backup.db", NOW)
    assert emails(used) == {"ada@example.org"}


def test_a_damaged_backup_replaces_nothing(used: Path, url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "backup.db")
    whole = bytearray((tmp_path / "backup.db").read_bytes())
    for at in range(5_000, len(whole), 997):
        whole[at] ^= 0xFF
    (tmp_path / "backup.db").write_bytes(whole)
    with pytest.raises(BackupFailed):
        restore(url, tmp_path / "backup.db", NOW)
    assert emails(used) == {"ada@example.org"}


def test_a_backup_of_a_newer_version_is_refused_until_the_upgrade(
    used: Path, url: str, tmp_path: Path
) -> None:
    backup(url, tmp_path / "backup.db")
    with closing(sqlite3.connect(tmp_path / "backup.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'v9999'")
    with pytest.raises(BackupFailed, match=r"of a newer version \(v9999\): upgrade the service"):
        restore(url, tmp_path / "backup.db", NOW)
    assert emails(used) == {"ada@example.org"}
