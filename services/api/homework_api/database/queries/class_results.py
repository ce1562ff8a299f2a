"""SQL of what students did: the class table, and which homework may be written again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import col

from homework_api.database.models import Homework, Student
from homework_api.domain.statuses import HomeworkStatus
from homework_shared.exercises.messages import GeneratorKind

# A whole class's texts would be loaded to be left as they are.
_WITHOUT_TEXTS = defer(cast("QueryableAttribute[Any]", Homework.exercises), raiseload=True)


@dataclass(frozen=True, slots=True)
class StudentWork:
    """One student's homework of an assignment, without its exercises."""

    homework_id: int
    student_id: int
    name: str
    status: HomeworkStatus
    generated_by: GeneratorKind | None
    score: int | None
    completed_at: datetime | None
    answers: list[str | None] | None
    grade: list[dict[str, Any]] | None


async def find_work(session: AsyncSession, assignment_id: int) -> list[StudentWork]:
    """Of the whole class, in the order in which the assignment names its students."""
    rows = await session.execute(
        select(
            col(Homework.id),
            col(Homework.student_id),
            col(Student.name),
            col(Homework.status),
            col(Homework.generated_by),
            col(Homework.score),
            col(Homework.completed_at),
            col(Homework.answers),
            col(Homework.grade),
        )
        .join(Student, col(Student.id) == col(Homework.student_id))
        .where(col(Homework.assignment_id) == assignment_id)
        .order_by(col(Homework.id))
    )
    return [StudentWork(*row) for row in rows]


async def lock_retryable(
    session: AsyncSession, assignment_id: int, now: datetime, *, replace_mock: bool
) -> Sequence[Homework]:
    """Failed homework, with `replace_mock` also the mock's that no student has started."""
    wanted: ColumnElement[bool] = col(Homework.status) == HomeworkStatus.FAILED.value
    rows = await session.scalars(
        select(Homework)
        .where(
            col(Homework.assignment_id) == assignment_id,
            or_(wanted, _is_replaceable(now)) if replace_mock else wanted,
        )
        .order_by(col(Homework.id))
        .with_for_update()
        .options(_WITHOUT_TEXTS)
    )
    return rows.all()


def _is_replaceable(now: datetime) -> ColumnElement[bool]:
    # Asked for after it was there and not yet due: a replacement is on its way already.
    is_settled = or_(
        col(Homework.requested_at) <= col(Homework.available_at), col(Homework.deadline_at) <= now
    )
    return and_(
        col(Homework.status) == HomeworkStatus.AVAILABLE.value,
        col(Homework.generated_by) == GeneratorKind.MOCK.value,
        is_settled,
    )
