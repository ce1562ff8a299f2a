"""SQL of exports: two statements, however large the class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from homework_api.database.models import Assignment, Homework, Student
from homework_api.domain.statuses import HomeworkStatus


@dataclass(frozen=True, slots=True)
class StudentsHomework:
    """`exercises` is None until the homework is written."""

    homework_id: int
    student_id: int
    student: str
    exercises: list[dict[str, Any]] | None


async def find_assignment_row(session: AsyncSession, assignment_id: int) -> Assignment | None:
    return await session.get(Assignment, assignment_id)


async def list_students_homework(
    session: AsyncSession, assignment_id: int, student_id: int | None
) -> Sequence[StudentsHomework]:
    """In the order in which the teacher named the students; or that of one student."""
    wanted = (
        select(
            col(Homework.id),
            col(Student.id),
            col(Student.name),
            col(Homework.status),
            col(Homework.exercises),
        )
        .join(Student, col(Student.id) == col(Homework.student_id))
        .where(col(Homework.assignment_id) == assignment_id)
        .order_by(col(Homework.id))
    )
    if student_id is not None:
        wanted = wanted.where(col(Homework.student_id) == student_id)
    return [
        StudentsHomework(id_, owner, name, exercises if HomeworkStatus(status).is_written else None)
        for id_, owner, name, status, exercises in await session.execute(wanted)
    ]
