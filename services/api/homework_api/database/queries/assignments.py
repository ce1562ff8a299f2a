"""SQL of the HTTP routes. Each function is a step of a transaction that `service` opens.

Row locks on PostgreSQL are taken in one order everywhere, so that nobody waits in a circle:
students, outbox, homework, assignments, and rows of one table by their key. SQLite has one writer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from homework_api.database.models import (
    Assignment,
    Homework,
    OutboxEntry,
    RowCount,
    Student,
)
from homework_api.domain.backlog import Backlog
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.assignments import Progress
from homework_api.schemas.paging import Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """An assignment with what its homework say about it."""

    assignment: Assignment
    student_ids: list[int]
    progress: Progress


def _on_page(statement: Select[T], page: Page) -> Select[T]:
    return statement.limit(page.limit).offset(page.offset)


async def is_email_taken(session: AsyncSession, email: str) -> bool:
    return await session.scalar(select(col(Student.id)).where(col(Student.email) == email)) is not None


async def has_student(session: AsyncSession, student_id: int) -> bool:
    return await session.scalar(select(col(Student.id)).where(col(Student.id) == student_id)) is not None


async def page_students(session: AsyncSession, page: Page) -> tuple[Sequence[Student], int]:
    rows = await session.scalars(_on_page(select(Student).order_by(col(Student.id).desc()), page))
    return rows.all(), await tallied(session, Student)


async def delete_student(session: AsyncSession, student_id: int) -> set[int] | None:
    """Delete a student with all homework. Returns the assignments that lost one, None if unknown."""
    # The lock keeps a concurrent POST from adding homework that we would not see.
    student = await session.scalar(select(Student).where(col(Student.id) == student_id).with_for_update())
    if student is None:
        return None
    theirs = select(col(Homework.job_id)).where(col(Homework.student_id) == student_id)
    await _delete_outbox(session, theirs)
    touched = await _lock_homework(session, col(Homework.student_id) == student_id)
    await session.execute(delete(Student).where(col(Student.id) == student_id))
    return touched


async def find_assignment(session: AsyncSession, assignment_id: int) -> AssignmentRecord | None:
    assignment = await session.get(Assignment, assignment_id)
    return (await _records(session, [assignment]))[0] if assignment else None


async def page_assignments(session: AsyncSession, page: Page) -> tuple[list[AssignmentRecord], int]:
    rows = await session.scalars(_on_page(select(Assignment).order_by(col(Assignment.id).desc()), page))
    return await _records(session, rows.all()), await tallied(session, Assignment)


async def lock_assignment(session: AsyncSession, assignment_id: int) -> Assignment | None:
    """For update. Lock its homework first."""
    return await session.get(Assignment, assignment_id, with_for_update=True)


async def delete_assignment(session: AsyncSession, assignment_id: int) -> bool:
    """Delete an assignment with its homework and what the outbox owes for it. False if unknown."""
    owed = select(col(OutboxEntry.job_id)).where(col(OutboxEntry.assignment_id) == assignment_id)
    await _delete_outbox(session, owed)
    await _lock_homework(session, col(Homework.assignment_id) == assignment_id)
    deleted = await session.execute(
        delete(Assignment).where(col(Assignment.id) == assignment_id).returning(col(Assignment.id))
    )
    return deleted.first() is not None


async def page_homework(
    session: AsyncSession, student_id: int, status: HomeworkStatus | None, page: Page
) -> tuple[Sequence[Homework], int]:
    wanted = select(Homework).where(col(Homework.student_id) == student_id)
    if status is not None:
        wanted = wanted.where(col(Homework.status) == status.value)
    rows = await session.scalars(_on_page(wanted.order_by(col(Homework.id).desc()), page))
    return rows.all(), await _count(session, wanted.with_only_columns(col(Homework.id)))


async def find_homework(
    session: AsyncSession, student_id: int, homework_id: int, *, lock: bool = False
) -> Homework | None:
    statement = select(Homework).where(
        col(Homework.id) == homework_id, col(Homework.student_id) == student_id
    )
    return await session.scalar(statement.with_for_update() if lock else statement)


async def read_backlog(session: AsyncSession) -> Backlog:
    waiting, oldest = (
        await session.execute(select(func.count(), func.min(col(OutboxEntry.created_at))))
    ).one()
    tallies = await session.execute(
        select(
            col(RowCount.name),
            col(RowCount.status),
            col(RowCount.generated_by),
            func.sum(col(RowCount.total)),
        ).group_by(col(RowCount.name), col(RowCount.status), col(RowCount.generated_by))
    )
    backlog = Backlog(waiting, oldest, {}, {})
    for name, status, writer, total in tallies:
        if total and name == Homework.__tablename__:
            backlog.homework[status, writer or None] = int(total)
        elif total and name == Assignment.__tablename__:
            backlog.assignments[status] = int(total)
    return backlog


async def tallied(
    session: AsyncSession, model: type[SQLModel], status: str | None = None, generated_by: str | None = None
) -> int:
    """How many rows a table has, of one status or by one writer: the same for any size of it (ADR 20)."""
    wanted = select(func.sum(col(RowCount.total))).where(col(RowCount.name) == model.__tablename__)
    if status is not None:
        wanted = wanted.where(col(RowCount.status) == status)
    if generated_by is not None:
        wanted = wanted.where(col(RowCount.generated_by) == generated_by)
    return int(await session.scalar(wanted) or 0)


async def _count(session: AsyncSession, rows: Select[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(rows.subquery())) or 0


async def _delete_outbox(session: AsyncSession, jobs: Select[Any]) -> None:
    locked = await session.scalars(
        select(col(OutboxEntry.job_id))
        .where(col(OutboxEntry.job_id).in_(jobs))
        .order_by(col(OutboxEntry.job_id))
        .with_for_update()
    )
    ids = locked.all()
    if ids:
        await session.execute(delete(OutboxEntry).where(col(OutboxEntry.job_id).in_(ids)))


async def _lock_homework(session: AsyncSession, condition: Any) -> set[int]:
    locked = await session.execute(
        select(col(Homework.id), col(Homework.assignment_id))
        .where(condition)
        .order_by(col(Homework.id))
        .with_for_update()
    )
    return {assignment_id for _, assignment_id in locked}


async def _records(session: AsyncSession, assignments: Sequence[Assignment]) -> list[AssignmentRecord]:
    """Two statements for a whole page. Its ids have no others between them, so a range names them
    all, where a list could outgrow the drivers' limit of parameters."""
    if not assignments:
        return []
    ids = [assignment.id or 0 for assignment in assignments]
    on_page = col(Homework.assignment_id).between(min(ids), max(ids))
    students = await session.execute(
        select(col(Homework.assignment_id), col(Homework.student_id))
        .where(on_page)
        .order_by(col(Homework.id))
    )
    student_ids: dict[int, list[int]] = {}
    for assignment_id, student_id in students:
        student_ids.setdefault(assignment_id, []).append(student_id)
    progress = await _progress(session, on_page)
    return [
        AssignmentRecord(assignment, student_ids.get(id_, []), progress.get(id_, Progress()))
        for id_, assignment in zip(ids, assignments, strict=True)
    ]


async def _progress(session: AsyncSession, on_page: Any) -> dict[int, Progress]:
    groups = await session.execute(
        select(col(Homework.assignment_id), col(Homework.status), col(Homework.generated_by), func.count())
        .where(on_page)
        .group_by(col(Homework.assignment_id), col(Homework.status), col(Homework.generated_by))
    )
    progress: dict[int, Progress] = {}
    for assignment_id, status, generator, count in groups:
        one = progress.setdefault(assignment_id, Progress())
        one.total += count
        if status == HomeworkStatus.FAILED:
            one.failed += count
        if HomeworkStatus(status).is_written:
            one.available += count
            if generator is not None:
                setattr(one.by_generator, generator, getattr(one.by_generator, generator) + count)
    return progress
