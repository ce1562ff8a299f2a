"""SQL of the class table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Result, null, select

from homework_api.database.models import HOMEWORK, STUDENTS
from homework_api.domain.statuses import HomeworkStatus
from homework_shared.exercises.messages import GeneratorKind


@dataclass(frozen=True, slots=True)
class StudentWork:
    """One student's homework of an assignment. `exercises` is None unless the query asks for them."""

    homework_id: int
    student_id: int
    name: str
    email: str
    status: HomeworkStatus
    generated_by: GeneratorKind | None
    score: int | None
    completed_at: datetime | None
    answers: list[str | None] | None
    grade: list[dict[str, Any]] | None
    exercises: list[dict[str, Any]] | None


def find_work(connection: Connection, assignment_id: int, *, exercises: bool) -> list[StudentWork]:
    """The homework of the whole class, in the order in which the assignment names its students."""
    rows: Result[Any] = connection.execute(
        select(
            HOMEWORK.c.id.label("homework_id"),
            HOMEWORK.c.student_id,
            STUDENTS.c.name,
            STUDENTS.c.email,
            HOMEWORK.c.status,
            HOMEWORK.c.generated_by,
            HOMEWORK.c.score,
            HOMEWORK.c.completed_at,
            HOMEWORK.c.answers,
            HOMEWORK.c.grade,
            (HOMEWORK.c.exercises if exercises else null()).label("exercises"),
        )
        .join(STUDENTS, STUDENTS.c.id == HOMEWORK.c.student_id)
        .where(HOMEWORK.c.assignment_id == assignment_id)
        .order_by(HOMEWORK.c.id)
    )
    return [StudentWork(**row) for row in rows.mappings()]
