"""Deletes students again who were deleted after a backup was made, when that backup is restored.

The list of them is read from the database that is being replaced. A file beside the database keeps it too,
for a restore that is interrupted, and for a database that is damaged or lost.
"""

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries.assignments import close_assignments
from homework_api.database.queries.erasures import ErasureRecord, erased_who_are_here, note_erasures
from homework_api.database.queries.students import delete_student
from homework_api.domain.access import EVERYTHING

_LIST = "SELECT student_id, student_created_at, erased_at FROM erasures"


def list_beside(database: Path) -> Path:
    """The file with the list: ids and times, no names."""
    return database.with_name(f"{database.name}.erasures.jsonl")


def read_database(file: Path) -> list[ErasureRecord]:
    """The list in a database that no process uses; empty for a version that had none.

    Raises:
        sqlite3.DatabaseError: it is damaged.
    """
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'erasures'").fetchall()
        return [_record(*row) for row in database.execute(_LIST)] if tables else []


def read_list(file: Path) -> list[ErasureRecord]:
    """The list in the file, empty if there is no file. Raises ValueError if a line is not in the form that
    `keep_list` writes.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    try:
        return [_record(**json.loads(line)) for line in lines if line.strip()]
    except TypeError as error:
        raise ValueError(f"a line of {file} is no erasure: {error}") from error


def keep_list(file: Path, erasures: Iterable[ErasureRecord]) -> None:
    """Write the list atomically."""
    lines = [json.dumps({name: _text(getattr(one, name)) for name in one.__slots__}) for one in erasures]
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as opened:
        opened.writelines(f"{line}\n" for line in lines)
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)


async def erase_again(url: str, erasures: Iterable[ErasureRecord], now: datetime) -> list[ErasureRecord]:
    """Delete the students of the list from the database. Returns those that were deleted."""

    def erase(connection: Connection) -> list[ErasureRecord]:
        note_erasures(connection, erasures)
        found = erased_who_are_here(connection)
        for one in found:
            if deleted := delete_student(connection, one.student_id, EVERYTHING):
                close_assignments(connection, deleted.assignment_ids, now)
        return found

    database = Database(url)
    try:
        return await database.write(erase)
    finally:
        await database.close()


def without_leftovers(file: Path) -> None:
    """Rewrite the database, so that no free page of it holds data that was deleted before the backup."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("VACUUM")


def _record(student_id: int, student_created_at: str, erased_at: str) -> ErasureRecord:
    return ErasureRecord(int(student_id), _moment(student_created_at), _moment(erased_at))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: int | datetime) -> int | str:
    return value.isoformat() if isinstance(value, datetime) else value
