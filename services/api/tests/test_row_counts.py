"""The counts that triggers maintain equal the number of rows, whatever changed the rows."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select, text
from sqlmodel import col
from tests.support.api.application import Api
from tests.support.api.filled_database import fill
from tests.support.api.rows import execute, rows, scalars

from homework_api.database.models import (
    ASSIGNMENTS,
    CLASSES,
    HOMEWORK,
    STUDENTS,
    Assignment,
    Homework,
    SchoolClass,
    Student,
)
from homework_api.database.queries.counts import count_owned, count_rows
from homework_api.domain.access import FIRST_TEACHER, Reach
from homework_api.schemas.teachers import TeacherName


async def counted(api: Api) -> tuple[Counter[Any], Counter[Any]]:
    homework = await rows(api.db, select(col(Homework.status), col(Homework.generated_by)))
    assignments = await scalars(api.db, select(col(Assignment.status)))
    return Counter(tuple(row) for row in homework), Counter(assignments)


async def assert_true(api: Api) -> None:
    homework, assignments = await counted(api)
    backlog = await api.services.operations.read_backlog()
    assert dict(backlog.homework) == dict(homework)
    assert dict(backlog.assignments) == dict(assignments)
    students = len(await scalars(api.db, select(col(Student.id))))
    assert await kept(api, STUDENTS) == students
    assert await kept(api, CLASSES) == len(await scalars(api.db, select(col(SchoolClass.id))))
    assert await kept(api, ASSIGNMENTS) == assignments.total()
    assert await kept(api, HOMEWORK, "available", "mock") == homework["available", "mock"]
    for table in (Student, SchoolClass, Assignment):
        owners = Counter(await scalars(api.db, select(col(table.teacher_id))))
        for teacher in (FIRST_TEACHER, 2):
            assert await kept_of(api, table.__table__, teacher) == owners[teacher]  # type: ignore[union-attr]


async def kept(api: Api, table: Table, status: str | None = None, writer: str | None = None) -> int:
    return await api.db.read(lambda connection: count_rows(connection, table, status, writer))


async def kept_of(api: Api, table: Table, teacher_id: int) -> int:
    return await api.db.read(lambda connection: count_owned(connection, table, Reach(teacher_id)))


async def test_every_change_of_a_status_or_a_writer_is_counted(api: Api) -> None:
    await assert_true(api)
    students = await api.add_students(4)
    first, second = [(await api.assign(students))["id"] for _ in range(2)]
    await assert_true(api)
    one, two, three, four = await api.homework(first)
    for homework, by in ((one, "mock"), (two, "vllm"), (three, "mock"), (four, None)):
        await api.settle(homework, by)
        await assert_true(api)
    await api.client.post(f"/api/student/{students[0]}/homework/{one.id}/start")
    await assert_true(api)
    await api.client.post(f"/api/teacher/assignments/{first}/retry", json={"replace_mock": True})
    await assert_true(api)
    await api.client.delete(f"/api/teacher/students/{students[3]}")
    await assert_true(api)
    await api.client.delete(f"/api/teacher/assignments/{second}")
    await assert_true(api)
    await api.services.teachers.create(TeacherName(name="Bea"))
    for headers in ({}, {"Teacher-Id": "2"}):
        made = await api.client.post("/api/teacher/classes", json={"name": "2B"}, headers=headers)
        assert made.status_code == 201
        await assert_true(api)
    await execute(api.db, text("DELETE FROM classes"))
    await assert_true(api)


async def test_bulk_statements_and_rollbacks_are_counted_correctly(api: Api) -> None:
    await fill(api.db, 900)
    await assert_true(api)
    await execute(api.db, text("UPDATE homework SET status = 'in_progress' WHERE id % 7 = 0"))
    await execute(api.db, text("DELETE FROM homework WHERE id % 11 = 0"))
    await assert_true(api)

    def fail(connection: Connection) -> None:
        connection.execute(text("DELETE FROM assignments"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await api.db.write(fail)
    await assert_true(api)


async def test_concurrent_writers_are_all_counted(api: Api) -> None:
    students = await api.add_students(3)
    await asyncio.gather(*(api.assign(students) for _ in range(20)))
    await assert_true(api)
