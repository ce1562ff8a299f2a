"""Replaces the database by a backup, without the students who were deleted after the backup was made."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from homework_api.database.backup import (
    BackupFailed,
    check_backup,
    close_for_good,
    copy_whole,
    database_file,
)
from homework_api.database.erasures import (
    erase_again,
    keep_list,
    list_beside,
    read_database,
    read_list,
    without_leftovers,
)
from homework_api.database.migrate import upgrade
from homework_api.database.queries.erasures import ErasureRecord


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore. `kept` is where the previous database is now, and `erased_again` are the
    students who were deleted again. `unknown` says why students who were deleted since the backup may be in
    it again; None means that they are not.
    """

    kept: Path | None
    erased_again: list[ErasureRecord]
    unknown: str | None


def restore(url: str, file: Path, now: datetime) -> Restored:
    """Replace the database by the backup, migrate it to this version, and delete students again who were
    deleted since.

    This blocks and runs event loops of its own; call it with `asyncio.to_thread` from async code.

    Raises:
        BackupFailed: `file` is not a backup of this service, or a process still uses the database.
    """
    target = database_file(url)
    check_backup(file)
    kept, list_file = None, list_beside(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        close_for_good(target)
    erasures, unknown = _deleted_since(target, list_file)
    if erasures:
        # The list is saved before its database is moved away, because this restore may be interrupted.
        keep_list(list_file, erasures)
    if target.exists():
        kept = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}")
        _move(target, kept)
    copy_whole(file, target)
    upgrade(url)
    erased = asyncio.run(erase_again(url, erasures, now))
    without_leftovers(target)
    return Restored(kept, erased, unknown)


def _move(database: Path, to: Path) -> None:
    # A damaged database could not be closed, so its -wal and -shm files are moved too. Otherwise SQLite would
    # apply them to the new database.
    for beside in ("", "-wal", "-shm"):
        part = database.with_name(database.name + beside)
        if part.exists():
            part.rename(to.with_name(to.name + beside))


def _deleted_since(database: Path, list_file: Path) -> tuple[list[ErasureRecord], str | None]:
    """The students who were deleted since the backup, and why this list may be incomplete, or None."""
    try:
        listed = read_list(list_file)
    except ValueError as error:
        raise BackupFailed(f"{error}: correct the line, or move the file away") from error
    if not database.exists():
        return listed, None if list_file.exists() else f"there was no database at {database}"
    try:
        return list(dict.fromkeys([*listed, *read_database(database)])), None
    except sqlite3.DatabaseError as error:
        return listed, f"{database} could not be read ({error})"
