"""A complete copy of a SQLite database while it is in use. `restoring` puts a backup back."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from homework_api.database.migrate import knows

_PG_DUMP = (
    "PostgreSQL has its own tools: pg_dump and pg_restore, and after those `homework-api erasures replay`, "
    "see docs/operations.md"
)


class BackupFailed(RuntimeError):
    """The backup or restore failed, and nothing was changed. The message says what to do."""


def backup(url: str, file: Path) -> None:
    """Copy the database to the new `file`, as it is at one moment. Writers continue meanwhile.

    Raises:
        BackupFailed: the database is not SQLite, `file` exists already, or the disk refuses the write.
    """
    source = database_file(url)
    if not source.exists():
        raise BackupFailed(f"there is no database at {source}: set DATABASE_URL to the one you mean")
    if file.exists():
        raise BackupFailed(f"{file} is there already: name another file, or remove it")
    copy_whole(source, file)


def database_file(url: str) -> Path:
    """The file of the database. Raises BackupFailed if the database is not SQLite."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise BackupFailed(_PG_DUMP)
    return Path(parsed.database)


def copy_whole(source: Path, target: Path) -> None:
    """Copy with SQLite's backup API, which reads one snapshot including the write-ahead log. The copy gets
    its final name only after it is complete and checked.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as copy:
            with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original:
                original.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # A backup in WAL mode would have further files.
            _must_be_whole(copy, source)
        _to_disk(part)
        part.rename(target)
        _to_disk(target.parent)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise BackupFailed(f"{source} could not be copied to {target}: {error}") from error


def check_backup(file: Path) -> None:
    """Check that the file is a whole backup that this version can migrate. Raises BackupFailed if not."""
    if not file.is_file():
        raise BackupFailed(f"there is no backup at {file}")
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            _must_be_whole(copy, file)
            [version] = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError, UnicodeDecodeError) as error:
        raise BackupFailed(f"{file} is no backup of the homework service: {error}") from error
    if not knows(version):
        raise BackupFailed(f"{file} is of a newer version ({version}): upgrade the service, then restore")


def _must_be_whole(database: sqlite3.Connection, file: Path) -> None:
    [found] = database.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise BackupFailed(f"{file} is damaged: {found}. Take another backup")


def close_for_good(database: Path) -> None:
    """Leave WAL mode, so that there are no files beside the database's. Raises BackupFailed while another
    process uses the database."""
    # Every process that has the file open holds a lock on it, and leaving WAL mode needs all locks. It also
    # removes the database's other files.
    try:
        with closing(sqlite3.connect(database, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        raise BackupFailed(f"{database} is in use ({error}): stop the service first") from error
    except sqlite3.DatabaseError:
        return  # A damaged database is a reason for a restore, so it must not prevent one.


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
