"""SQL of exports. It is one statement for a class of any size."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from homework_api.database.models import HOMEWORK, STUDENTS


@dataclass(frozen=True, slots=True)
class StudentsHomework:
    """One student's homework. `exercises` is None until it is written."""

    homework_id: int
    student_id: int
    student: str
    exercises: list[dict[str, Any]] | None


def list_students_homework(
    connection: Connection, assignment_id: int, student_id: int | None
) -> list[StudentsHomework]:
    """The homework of all students, in the order in which the teacher named them, or of one student."""
    wanted = (
        select(HOMEWORK.c.id, STUDENTS.c.id, STUDENTS.c.name, HOMEWORK.c.status, HOMEWORK.c.exercises)
        .join(STUDENTS, STUDENTS.c.id == HOMEWORK.c.student_id)
        .where(HOMEWORK.c.assignment_id == assignment_id)
        .order_by(HOMEWORK.c.id)
    )
    if student_id is not None:
        wanted = wanted.where(HOMEWORK.c.student_id == student_id)
    return [
        StudentsHomework(id_, owner, name, exercises if status.is_written else None)
        for id_, owner, name, status, exercises in connection.execute(wanted)
    ]
