"""SQL of the homework, for the students' routes and for the pipeline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self, get_args

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, not_, or_, select, update

from homework_api.database.many_rows import ManyRows
from homework_api.database.models import ASSIGNMENTS, HOMEWORK
from homework_api.database.queries.ownership import within
from homework_api.database.queries.pages import newest_first
from homework_api.database.rows import HomeworkUpdate, Job, NewHomework
from homework_api.domain.access import Reach
from homework_api.domain.due_dates import LateWork, is_late
from homework_api.domain.review import is_held_back
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.paging import Page
from homework_shared.exercises.messages import GeneratorKind


@dataclass(frozen=True, slots=True)
class HomeworkRecord:
    """A homework with columns of its assignment. `exercises` is None until it is written."""

    id: int
    assignment_id: int
    student_id: int
    status: HomeworkStatus
    exercises: list[dict[str, Any]] | None
    exercise_writers: list[str] | None
    answers: list[str | None] | None
    grade: list[dict[str, Any]] | None
    score: int | None
    generated_by: GeneratorKind | None
    model: str | None
    created_at: datetime
    completed_at: datetime | None
    due_at: datetime | None
    late_work: LateWork
    review: bool
    release_at: datetime | None
    grammar_focus: str | None
    topic: str | None

    @property
    def late(self) -> bool:
        return is_late(self.completed_at, self.due_at, self.late_work)

    def as_its_student_sees_it(self, now: datetime) -> Self:
        """The homework as its student sees it. While it is held back, it looks like pending homework."""
        if self.status not in _CAN_BE_HELD_BACK or not is_held_back(self.review, self.release_at, now):
            return self
        hidden: dict[str, Any] = {"exercises": None, "exercise_writers": None, "generated_by": None}
        return replace(self, status=HomeworkStatus.PENDING, model=None, **hidden)


# Homework that a student has started is shown, even if the teacher postponed the release at that moment.
_CAN_BE_HELD_BACK = (HomeworkStatus.AVAILABLE, HomeworkStatus.FAILED)
_OF_ITS_ASSIGNMENT = ("due_at", "late_work", "review", "release_at", "grammar_focus", "topic")
_HOMEWORK = select(
    *((ASSIGNMENTS if name in _OF_ITS_ASSIGNMENT else HOMEWORK).c[name] for name in HomeworkRecord.__slots__)
).join(ASSIGNMENTS, ASSIGNMENTS.c.id == HOMEWORK.c.assignment_id)
_INSERT = ManyRows(
    insert(HOMEWORK).inline(),
    {name: name for name in NewHomework.__slots__ if name != "job"}
    | {name: f"job.{name}" for name in Job.__slots__},
)
# SQLite copies each page that a statement changes, so that it can undo the statement alone, which takes a
# quarter of the time of storing. OR ROLLBACK avoids that: an error here rolls back the whole transaction
# anyway. Migration v0008 says what this requires of triggers.
_UPDATE = (
    update(HOMEWORK)
    .prefix_with("OR ROLLBACK", dialect="sqlite")
    .where(HOMEWORK.c.id == bindparam("homework_id"))
)
_UPDATES = {
    kind: ManyRows(_UPDATE, {name: name for name in kind.__slots__ if name != "id"} | {"homework_id": "id"})
    for kind in get_args(HomeworkUpdate)
}


def insert_homework(connection: Connection, homework: Sequence[NewHomework]) -> None:
    """Insert the rows in one statement, so that their ids follow their order."""
    _INSERT.execute(connection, homework)


def update_homework(connection: Connection, updates: Iterable[HomeworkUpdate]) -> None:
    """Apply the updates with one statement for each kind."""
    of_kind: dict[type[HomeworkUpdate], list[HomeworkUpdate]] = {}
    for one in updates:
        of_kind.setdefault(type(one), []).append(one)
    for kind, same in of_kind.items():
        _UPDATES[kind].execute(connection, same)


def find_homework(
    connection: Connection, student_id: int, homework_id: int, reach: Reach, *, lock: bool = False
) -> HomeworkRecord | None:
    """The student's homework with this id, or None. `lock` locks it until the transaction ends."""
    wanted = _HOMEWORK.where(
        HOMEWORK.c.id == homework_id, HOMEWORK.c.student_id == student_id, *within(reach, ASSIGNMENTS)
    )
    row = connection.execute(wanted.with_for_update(of=HOMEWORK) if lock else wanted).first()
    return HomeworkRecord(*row) if row else None


def page_homework(
    connection: Connection, student_id: int, status: HomeworkStatus | None, page: Page, now: datetime
) -> tuple[list[HomeworkRecord], int]:
    """The student's homework of a page, newest first, and the number on all pages. `status` is the status
    that the student sees."""
    conditions = [HOMEWORK.c.student_id == student_id]
    if status is not None:
        conditions.append(_is_seen_as(status, now))
    wanted = _HOMEWORK.where(*conditions)
    rows = newest_first(wanted, HOMEWORK.c.id, page)
    # Without a status the count needs no columns of the assignments, and for the join PostgreSQL might read
    # them all.
    joined = wanted.with_only_columns(func.count(), maintain_column_froms=True)
    alone = select(func.count()).select_from(HOMEWORK).where(*conditions)
    found = [HomeworkRecord(*row) for row in connection.execute(rows)]
    return found, connection.scalar(joined if status else alone) or 0


def _is_seen_as(status: HomeworkStatus, now: datetime) -> ColumnElement[bool]:
    release_at = ASSIGNMENTS.c.release_at
    held_back = and_(ASSIGNMENTS.c.review, or_(release_at.is_(None), release_at > now))
    has_it = HOMEWORK.c.status == status
    if status is HomeworkStatus.PENDING:
        return or_(has_it, and_(HOMEWORK.c.status.in_(_CAN_BE_HELD_BACK), held_back))
    return and_(has_it, not_(held_back)) if status in _CAN_BE_HELD_BACK else has_it


def start_homework(
    connection: Connection, homework: HomeworkRecord, exercises: list[dict[str, Any]]
) -> HomeworkRecord:
    # Exercises that the start did not change are not written again.
    remembered = {} if exercises == homework.exercises else {"exercises": exercises}
    return _changed(connection, homework, status=HomeworkStatus.IN_PROGRESS, **remembered)


def save_answers(
    connection: Connection, homework: HomeworkRecord, answers: Sequence[str | None]
) -> HomeworkRecord:
    return _changed(connection, homework, answers=list(answers))


def save_submission(
    connection: Connection,
    homework: HomeworkRecord,
    answers: Sequence[str | None],
    grade: Sequence[dict[str, Any]],
    score: int,
    completed_at: datetime,
) -> HomeworkRecord:
    return _changed(
        connection, homework, answers=list(answers), grade=list(grade), score=score,
        status=HomeworkStatus.COMPLETED, completed_at=completed_at,
    )  # fmt: skip


def lock_homework(connection: Connection, condition: ColumnElement[bool]) -> set[int]:
    """Lock homework in the order of the ids. Returns the ids of its assignments."""
    locked = connection.execute(
        select(HOMEWORK.c.id, HOMEWORK.c.assignment_id)
        .where(condition)
        .order_by(HOMEWORK.c.id)
        .with_for_update()
    )
    return {assignment_id for _, assignment_id in locked}


def _changed(connection: Connection, homework: HomeworkRecord, **columns: Any) -> HomeworkRecord:
    """Store these columns. Returns the homework with them."""
    connection.execute(update(HOMEWORK).where(HOMEWORK.c.id == homework.id).values(columns))
    return replace(homework, **columns)
