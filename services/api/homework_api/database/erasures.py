"""Deletes students again who were deleted after a backup was made, when that backup is restored.

The list is read from the database that is being replaced, and is also kept in a file. For SQLite the file is
beside the database, in case a restore is interrupted or the database is damaged or lost. For PostgreSQL it is
beside the dumps.
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
from homework_api.database.queries.erasures import (
    ErasureRecord,
    erased_who_are_here,
    list_erasures,
    note_erasures,
)
from homework_api.database.queries.students import delete_student
from homework_api.domain.access import EVERYTHING

_LIST = "SELECT student_id, student_created_at, erased_at FROM erasures"


def list_beside(database: Path) -> Path:
    """The file with the list: ids and times, no names."""
    return database.with_name(f"{database.name}.erasures.jsonl")


def read_database(file: Path) -> list[ErasureRecord]:
    """The list in a database that no process uses. It is empty for a version that had no list.

    Raises:
        sqlite3.DatabaseError: the database is damaged.
    """
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'erasures'").fetchall()
        return [_record(*row) for row in database.execute(_LIST)] if tables else []


def read_list(file: Path) -> list[ErasureRecord]:
    """The list in the file, empty if there is no file. Raises ValueError if a line is not in the form that
    `keep_list` writes.
    """
    try:
        return from_lines(file.read_text("utf-8"), str(file))
    except FileNotFoundError:
        return []


def from_lines(text: str, name: str) -> list[ErasureRecord]:
    """The list in the text of a file, without duplicates. Raises ValueError like `read_list`, with `name`."""
    try:
        found = [_record(**json.loads(line)) for line in text.splitlines() if line.strip()]
        return list(dict.fromkeys(found))
    except (TypeError, ValueError) as error:
        raise ValueError(f"a line of {name} is no erasure: {error}") from error


def to_lines(erasures: Iterable[ErasureRecord]) -> str:
    """The text of the file: one JSON object in each line."""
    values = ({name: _text(getattr(one, name)) for name in one.__slots__} for one in erasures)
    return "".join(f"{json.dumps(value)}\n" for value in values)


def keep_list(file: Path, erasures: Iterable[ErasureRecord]) -> None:
    """Write the list atomically."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as opened:
        opened.write(to_lines(erasures))
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)


async def read_erasures(url: str) -> list[ErasureRecord]:
    """The list in a database of this version, which may be in use. Raises DatabaseUnavailable."""
    database = Database(url)
    try:
        return await database.read(list_erasures)
    finally:
        await database.close()


async def erase_again(url: str, erasures: Iterable[ErasureRecord], now: datetime) -> list[ErasureRecord]:
    """Delete the students of the list from the database. Returns those that were deleted. Raises
    DatabaseUnavailable.
    """

    def erase(connection: Connection) -> list[ErasureRecord]:
        note_erasures(connection, erasures)
        found = erased_who_are_here(connection)
        for one in found:
            if deleted := delete_student(connection, one.student_id, EVERYTHING):
                close_assignments(connection, deleted.assignment_ids, now)
        return found

    database = Database(url)
    try:
        erased = await database.write(erase)
        await database.forget_deleted()
        return erased
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
