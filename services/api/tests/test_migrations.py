"""Migrations make the tables that the models describe, on both databases."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col
from tests.support.api.application import EXERCISE
from tests.support.api.rows import execute, scalars

from homework_api.database import models
from homework_api.database.column_types import UtcDateTime
from homework_api.database.engine import Database
from homework_api.database.migrate import config, is_current, upgrade
from homework_api.database.queries.api_keys import list_keys
from homework_api.database.queries.students import is_email_taken
from homework_api.domain.access import FIRST_TEACHER
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus

MOMENT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST_ROWS: dict[type[SQLModel], dict[str, Any]] = {
    models.Student: {"id": 1, "name": "Ada", "email": "ada@example.org", "created_at": MOMENT},
    models.Assignment: {
        "id": 1, "cefr_level": "A2", "quantity": 1, "exercise_types": ["fill_in_blank"],
        "status": AssignmentStatus.COMPLETED, "created_at": MOMENT, "deadline_at": MOMENT,
    },
    models.Homework: {
        "id": 1, "assignment_id": 1, "student_id": 1, "job_id": UUID(int=7), "seed": 2**62,
        "status": HomeworkStatus.AVAILABLE, "created_at": MOMENT, "requested_at": MOMENT,
        "deadline_at": MOMENT, "rescue_at": MOMENT, "rescues": 3, "exercises": [EXERCISE],
    },
}  # fmt: skip
"""The rows of a database of the first version."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/homework.db"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


# Alembic warns that it cannot compare this. A test below inserts a row that has to be refused.
pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index.*ix_students_address")


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    found = compare_metadata(context, SQLModel.metadata)
    return [one for one in found if not _is_a_key_that_came_with_its_column(connection, one)]


def _is_a_key_that_came_with_its_column(connection: Connection, difference: Any) -> bool:
    """Whether the difference is a foreign key that was added with its column. On SQLite, SQLAlchemy does not
    read the deletion rule of such a key. The tests of classes show that a deleted class leaves its
    assignments, and the tests of teachers show that a teacher's keys are deleted with the teacher.
    """
    if connection.dialect.name != "sqlite" or difference[0] not in {"remove_fk", "add_fk"}:
        return False
    key = difference[1]
    return (key.table.name, *key.column_keys) in {("assignments", "class_id"), ("api_keys", "teacher_id")}


async def test_the_migrations_make_exactly_the_tables_of_the_models(database_url: str) -> None:
    assert models.Homework.__tablename__ in SQLModel.metadata.tables
    database = Database(database_url)
    assert await database.read(differences) == []
    await database.close()


async def test_a_database_is_current_only_after_the_upgrade_and_upgrading_again_is_harmless(
    empty_url: str,
) -> None:
    database = Database(empty_url)
    assert not await is_current(database)
    for _ in range(2):
        await asyncio.to_thread(upgrade, empty_url)
        assert await is_current(database)
    await database.close()


async def test_an_upgrade_from_the_first_version_and_a_way_back_keep_every_row(empty_url: str) -> None:
    await asyncio.to_thread(command.upgrade, config(empty_url), "v0001")
    database = Database(empty_url)
    for table, row in FIRST_ROWS.items():
        await execute(database, insert(table), [row])
    for move, revision in (
        (command.upgrade, "head"),
        (command.downgrade, "v0001"),
        (command.upgrade, "head"),
    ):
        await asyncio.to_thread(move, config(empty_url), revision)
    [homework] = await scalars(database, select(models.Homework))
    assert homework.model_dump(include=set(FIRST_ROWS[models.Homework])) == FIRST_ROWS[models.Homework]
    assert (homework.answers, homework.grade, homework.score) == (None, None, None)
    assert homework.first_available_at is None
    await execute(database, update(models.Homework).values(answers=["a", None], score=50))
    [stored] = await scalars(database, select(models.Homework))
    assert (stored.answers, stored.score) == (["a", None], 50)
    assert await database.read(differences) == []
    await database.close()


async def test_the_third_version_takes_available_at_of_old_homework_as_first_available_at(
    empty_url: str,
) -> None:
    await asyncio.to_thread(command.upgrade, config(empty_url), "v0002")
    database = Database(empty_url)
    for table, row in FIRST_ROWS.items():
        more = {"available_at": MOMENT} if table is models.Homework else {}
        await execute(database, insert(table), [row | more])
    await asyncio.to_thread(upgrade, empty_url)
    [homework] = await scalars(database, select(models.Homework))
    assert homework.first_available_at == MOMENT
    await database.close()


SPELLINGS = ["Ada.Rossi@example.org", "ada.rossi@example.org", "ADA.ROSSI@example.org", "bea@example.org"]


async def test_students_who_share_an_address_but_for_case_are_named_and_stay(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(command.upgrade, config(empty_url), "v0011")
    database = Database(empty_url)
    old = text("INSERT INTO students (name, email, created_at) VALUES ('Ada', :email, :at)").bindparams(
        bindparam("at", MOMENT, UtcDateTime)
    )
    for email in SPELLINGS:
        await execute(database, old, [{"email": email}])
    with structlog.testing.capture_logs() as logs:
        await asyncio.to_thread(upgrade, empty_url)
    [told] = logs
    assert told["students"] == [f"{number} ({email})" for number, email in enumerate(SPELLINGS[:3], 1)]
    assert "homework teacher students remove ID" in told["hint"]
    kept = await scalars(database, select(col(models.Student.email)).order_by(col(models.Student.id)))
    assert kept == SPELLINGS

    # A process of the previous version still adds students, but no more of these.
    await execute(database, old, [{"email": "new@example.org"}])
    for email in ("aDa.rossi@example.org", "BEA@example.org", "New@example.org"):
        with pytest.raises(IntegrityError):
            await execute(database, old, [{"email": email}])
    for id_ in (1, 3):  # The address stays in use, whichever of them is deleted.
        await execute(database, delete(models.Student).where(col(models.Student.id) == id_))
        assert await database.read(
            lambda connection: is_email_taken(connection, "ADA.rossi@example.org", FIRST_TEACHER)
        )
    await execute(database, text("DELETE FROM students WHERE id = 2"))
    await execute(database, old, [{"email": "aDa.rossi@example.org"}])
    await database.close()


OLD_ROWS = """
    INSERT INTO students (name, email, created_at) VALUES ('Ada', 'ada@example.org', :at);
    INSERT INTO classes (name, name_key, created_at) VALUES ('2B', '2b', :at);
    INSERT INTO class_members (class_id, student_id) VALUES ({class_}, {student});
    INSERT INTO assignments (cefr_level, quantity, exercise_types, status, created_at, deadline_at, class_id)
        VALUES ('A2', 1, '["translation"]', 'completed', :at, :at, {class_});
    INSERT INTO idempotency_keys (key, fingerprint, assignment_id, created_at) VALUES ('k', 'f', 1, :at);
    INSERT INTO api_keys (id, name, rights, secret_hash, created_at)
        VALUES ('a', 'n', '["teacher"]', 'h', :at);
    INSERT INTO students (name, email, created_at) VALUES ('Bea', 'bea@example.org', :at);
    INSERT INTO classes (name, name_key, created_at) VALUES ('3C', '3c', :at);
    DELETE FROM students WHERE email = 'bea@example.org';
    DELETE FROM classes WHERE name = '3C'
"""
"""Rows as a process of the previous version writes them. The newest ids are unused."""
OWNED = (models.Student, models.SchoolClass, models.Assignment, models.IdempotencyKey)


async def write_as_before(database: Database, student: int = 1, class_: int = 1) -> None:
    for line in OLD_ROWS.format(student=student, class_=class_).split(";"):
        values = [bindparam("at", MOMENT, UtcDateTime)] if ":at" in line else []
        await execute(database, text(line).bindparams(*values))


async def test_what_is_there_and_what_old_processes_write_is_the_first_teachers(empty_url: str) -> None:
    await asyncio.to_thread(command.upgrade, config(empty_url), "v0015")
    database = Database(empty_url)
    await write_as_before(database)
    for move, revision in (
        (command.upgrade, "head"),
        (command.downgrade, "v0015"),
        (command.upgrade, "head"),
    ):
        await asyncio.to_thread(move, config(empty_url), revision)
    for table in OWNED:
        assert await scalars(database, select(col(table.teacher_id))) == [FIRST_TEACHER], table
    assert await scalars(database, select(col(models.ClassMember.student_id))) == [1]
    [key] = await database.read(list_keys)
    assert key.teacher_id == FIRST_TEACHER

    # Ids of deleted rows are not reused, and the counts are kept.
    await execute(database, delete(models.IdempotencyKey))
    await execute(database, delete(models.credentials.ApiKey))
    await execute(database, delete(models.Student))
    await execute(database, delete(models.SchoolClass))
    await write_as_before(database, student=3, class_=3)
    assert await scalars(database, select(col(models.Student.id))) == [3]
    for name, total in (("students", 1), ("students/1", 1), ("classes", 1), ("classes/1", 1)):
        counted = select(func.sum(col(models.RowCount.total))).where(col(models.RowCount.name) == name)
        assert await scalars(database, counted) == [total], name
    await database.close()


async def test_a_way_back_is_refused_where_two_teachers_have_the_same_pupil(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url)
    database = Database(empty_url)
    second = models.Teacher(name="Bea", name_key="bea", created_at=MOMENT).model_dump(exclude={"id"})
    await execute(database, insert(models.Teacher), [second])
    for teacher_id in (1, 2):
        row = FIRST_ROWS[models.Student] | {"id": teacher_id, "teacher_id": teacher_id}
        await execute(database, insert(models.Student), [row])
    with pytest.raises(IntegrityError):
        await asyncio.to_thread(command.downgrade, config(empty_url), "v0015")
    assert len(await scalars(database, select(models.Student))) == 2
    assert await is_current(database)
    await database.close()


async def test_a_database_of_a_newer_version_does_not_stop_this_one(database_url: str) -> None:
    database = Database(database_url)
    await execute(database, text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    assert await is_current(database)
    await asyncio.to_thread(upgrade, database_url)  # A process of this version starts again.
    assert await is_current(database)
    await database.close()


def test_processes_that_migrate_at_once_all_succeed(empty_url: str) -> None:
    code = f"from homework_api.database.migrate import upgrade; upgrade({empty_url!r})"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]


async def test_the_migrations_can_be_undone(database_url: str) -> None:
    await asyncio.to_thread(command.downgrade, config(database_url), "base")
    database = Database(database_url)
    assert {difference[0] for difference in await database.read(differences)} >= {"add_table"}
    await database.close()
