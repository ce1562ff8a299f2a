"""SQL of teachers' decisions about answers, and of the homework that they concern."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, literal, select, update

from homework_api.database.models import DECISIONS, HOMEWORK, STUDENTS
from homework_api.database.queries.pages import newest_first
from homework_api.database.sql_functions import asks
from homework_api.domain.access import Signature
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.decisions import DecisionScope
from homework_api.schemas.paging import Page


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision. `homework_id` is None for a decision about the whole class. `id` is 0 until the database
    has assigned it."""

    id: int
    assignment_id: int
    homework_id: int | None
    question: str
    answer: str
    is_right: bool
    decided_by: str | None
    decided_by_key: str | None
    decided_at: datetime
    withdrawn_by: str | None = None
    withdrawn_by_key: str | None = None
    withdrawn_at: datetime | None = None

    @property
    def right(self) -> bool:
        return self.is_right

    @property
    def scope(self) -> DecisionScope:
        return DecisionScope.CLASS if self.homework_id is None else DecisionScope.STUDENT


@dataclass(frozen=True, slots=True)
class Classwork:
    """One student's homework, with the columns that a decision may change."""

    id: int
    student_id: int
    name: str
    status: HomeworkStatus
    exercises: list[dict[str, Any]] | None
    answers: list[str | None] | None
    grade: list[dict[str, Any]] | None
    score: int | None


_DECISION = tuple(DECISIONS.c[name] for name in DecisionRecord.__slots__)


_CLASSWORK = (
    select(
        HOMEWORK.c.id,
        HOMEWORK.c.student_id,
        STUDENTS.c.name,
        HOMEWORK.c.status,
        HOMEWORK.c.exercises,
        HOMEWORK.c.answers,
        HOMEWORK.c.grade,
        HOMEWORK.c.score,
    )
    .join(STUDENTS, STUDENTS.c.id == HOMEWORK.c.student_id)
    .order_by(HOMEWORK.c.id)
)
_REGRADE = update(HOMEWORK).where(HOMEWORK.c.id == bindparam("homework_id"))


def find_one(connection: Connection, assignment_id: int, homework_id: int) -> Classwork | None:
    row = connection.execute(
        _CLASSWORK.where(HOMEWORK.c.id == homework_id, HOMEWORK.c.assignment_id == assignment_id)
    ).first()
    return Classwork(*row) if row else None


def find_classwork(
    connection: Connection, assignment_id: int, question: str, *, lock: bool
) -> list[Classwork]:
    """The homework of an assignment that asks this question. `lock` locks it until the transaction ends, so
    that decisions about one question are made one after another, and not while a homework is started or
    submitted."""
    wanted = _CLASSWORK.where(
        HOMEWORK.c.assignment_id == assignment_id, asks(HOMEWORK.c.exercises, literal(question))
    )
    rows = connection.execute(wanted.with_for_update(of=HOMEWORK) if lock else wanted)
    return [Classwork(*row) for row in rows]


def update_classwork(connection: Connection, changed: Sequence[Classwork]) -> None:
    rows = [
        {"homework_id": one.id, "exercises": one.exercises, "grade": one.grade, "score": one.score}
        for one in changed
    ]
    if rows:
        connection.execute(_REGRADE, rows)


def find_decisions(connection: Connection, assignment_id: int) -> list[DecisionRecord]:
    """The decisions that are in force, in the order in which they were made."""
    rows = connection.execute(
        select(*_DECISION)
        .where(DECISIONS.c.assignment_id == assignment_id, DECISIONS.c.withdrawn_at.is_(None))
        .order_by(DECISIONS.c.id)
    )
    return [DecisionRecord(*row) for row in rows]


def find_decision(connection: Connection, assignment_id: int, decision_id: int) -> DecisionRecord | None:
    row = connection.execute(
        select(*_DECISION).where(DECISIONS.c.id == decision_id, DECISIONS.c.assignment_id == assignment_id)
    ).first()
    return DecisionRecord(*row) if row else None


def page_decisions(
    connection: Connection, assignment_id: int, page: Page
) -> tuple[list[DecisionRecord], int]:
    """The decisions of a page, newest first and with those that were taken back, and the number on all
    pages."""
    theirs = DECISIONS.c.assignment_id == assignment_id
    rows = newest_first(select(*_DECISION).where(theirs), DECISIONS.c.id, page)
    total = select(func.count()).select_from(DECISIONS).where(theirs)
    return [DecisionRecord(*row) for row in connection.execute(rows)], connection.scalar(total) or 0


def delete_decisions_about_none_but(connection: Connection, student_id: int) -> None:
    """Delete decisions about questions that only this student was asked, because they quote the student's
    answers."""
    others = HOMEWORK.alias("others")
    has_others = exists().where(
        others.c.assignment_id == DECISIONS.c.assignment_id,
        others.c.student_id != student_id,
        asks(others.c.exercises, DECISIONS.c.question),
    )
    theirs = select(HOMEWORK.c.assignment_id).where(HOMEWORK.c.student_id == student_id)
    connection.execute(delete(DECISIONS).where(DECISIONS.c.assignment_id.in_(theirs), ~has_others))


def insert_decision(connection: Connection, new: DecisionRecord) -> DecisionRecord:
    values = {name: getattr(new, name) for name in DecisionRecord.__slots__ if name != "id"}
    id_: int = connection.execute(insert(DECISIONS).values(values).returning(DECISIONS.c.id)).scalar_one()
    return replace(new, id=id_)


def withdraw_decision(
    connection: Connection, decision: DecisionRecord, by: Signature, now: datetime
) -> DecisionRecord:
    values = {"withdrawn_by": by.name, "withdrawn_by_key": by.key_id, "withdrawn_at": now}
    connection.execute(update(DECISIONS).where(DECISIONS.c.id == decision.id).values(values))
    return replace(decision, withdrawn_by=by.name, withdrawn_by_key=by.key_id, withdrawn_at=now)
