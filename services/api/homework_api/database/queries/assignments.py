"""SQL of the assignments."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from homework_api.database.column_types import ID, ListOf
from homework_api.database.models import ASSIGNMENTS, HOMEWORK, OUTBOX
from homework_api.database.queries.homework import lock_homework
from homework_api.database.queries.outbox import delete_outbox_of
from homework_api.database.queries.ownership import within
from homework_api.database.queries.pages import newest_first
from homework_api.database.rows import NewAssignment, columns_of
from homework_api.database.sql_functions import is_one_of
from homework_api.domain.access import Reach
from homework_api.domain.due_dates import LateWork
from homework_api.domain.review import is_held_back
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_api.schemas.assignments import Progress
from homework_api.schemas.paging import Page

_IDS: BindParameter[Any] = bindparam("ids", type_=ListOf(ID))


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    id: int
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    quantity: int
    exercise_types: list[str]
    status: AssignmentStatus
    created_at: datetime
    deadline_at: datetime
    completed_at: datetime | None
    error_message: str | None
    class_id: int | None
    due_at: datetime | None
    late_work: LateWork
    review: bool
    release_at: datetime | None

    def is_held_back(self, now: datetime) -> bool:
        return is_held_back(self.review, self.release_at, now)


@dataclass(frozen=True, slots=True)
class AssignmentProgress:
    """An assignment and the progress of its homework. `changed_at` is the last time at which homework of it
    was written or was changed by a teacher."""

    assignment: AssignmentRecord
    student_ids: list[int]
    progress: Progress
    changed_at: datetime | None = None


_ASSIGNMENT = tuple(ASSIGNMENTS.c[name] for name in AssignmentRecord.__slots__)
_INSERT = insert(ASSIGNMENTS).returning(ASSIGNMENTS.c.id)
# The lock does not block inserts of outbox rows, which lock only the assignment's key.
_LOCK_TO_CLOSE = (
    select(ASSIGNMENTS.c.id, ASSIGNMENTS.c.status, ASSIGNMENTS.c.error_message)
    .where(is_one_of(ASSIGNMENTS.c.id, _IDS))
    .order_by(ASSIGNMENTS.c.id)
    .with_for_update(key_share=True)
)
_CLOSE = update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == bindparam("assignment_id"))
_COUNTS = (
    select(HOMEWORK.c.assignment_id, HOMEWORK.c.status, func.count())
    .where(is_one_of(HOMEWORK.c.assignment_id, _IDS))
    .group_by(HOMEWORK.c.assignment_id, HOMEWORK.c.status)
)


def insert_assignment(connection: Connection, new: NewAssignment) -> AssignmentRecord:
    id_: int = connection.execute(_INSERT, columns_of(new)).scalar_one()
    return AssignmentRecord(
        id=id_,
        cefr_level=new.cefr_level,
        grammar_focus=new.grammar_focus,
        topic=new.topic,
        quantity=new.quantity,
        exercise_types=list(new.exercise_types),
        status=new.status,
        created_at=new.created_at,
        deadline_at=new.deadline_at,
        completed_at=None,
        error_message=None,
        class_id=new.class_id,
        due_at=new.due_at,
        late_work=new.late_work,
        review=new.review,
        release_at=new.release_at,
    )


def find_assignment(connection: Connection, assignment_id: int, reach: Reach) -> AssignmentRecord | None:
    return _find(connection, assignment_id, reach, lock=False)


def lock_assignment(connection: Connection, assignment_id: int, reach: Reach) -> AssignmentRecord | None:
    """Lock the assignment until the transaction ends. Lock its homework first."""
    return _find(connection, assignment_id, reach, lock=True)


def lock_assignment_with_homework(
    connection: Connection, assignment_id: int, reach: Reach
) -> AssignmentRecord | None:
    """Lock the assignment and its homework until the transaction ends."""
    if find_assignment(connection, assignment_id, reach) is None:
        return None
    lock_homework(connection, HOMEWORK.c.assignment_id == assignment_id)
    return lock_assignment(connection, assignment_id, reach)


def find_progress(connection: Connection, assignment_id: int, reach: Reach) -> AssignmentProgress | None:
    assignment = find_assignment(connection, assignment_id, reach)
    return _with_progress(connection, [assignment], reach)[0] if assignment else None


def has_homework(connection: Connection, assignment_id: int) -> bool:
    """Whether the assignment still has homework of any student."""
    theirs = select(HOMEWORK.c.id).where(HOMEWORK.c.assignment_id == assignment_id).limit(1)
    return connection.scalar(theirs) is not None


def page_assignments(connection: Connection, page: Page, reach: Reach) -> list[AssignmentProgress]:
    """The assignments of a page, newest first."""
    newest = newest_first(select(*_ASSIGNMENT).where(*within(reach, ASSIGNMENTS)), ASSIGNMENTS.c.id, page)
    found = [AssignmentRecord(*row) for row in connection.execute(newest)]
    return _with_progress(connection, found, reach)


def delete_assignment(connection: Connection, assignment_id: int, reach: Reach) -> bool:
    """Delete an assignment with its homework and their outbox rows. False if it was not found."""
    if find_assignment(connection, assignment_id, reach) is None:
        return False
    delete_outbox_of(connection, select(OUTBOX.c.job_id).where(OUTBOX.c.assignment_id == assignment_id))
    lock_homework(connection, HOMEWORK.c.assignment_id == assignment_id)
    deleted = delete(ASSIGNMENTS).where(ASSIGNMENTS.c.id == assignment_id).returning(ASSIGNMENTS.c.id)
    return connection.execute(deleted).first() is not None


def reopen_assignment(connection: Connection, assignment_id: int, deadline_at: datetime) -> None:
    """Set the assignment to pending again, with the deadline `deadline_at`."""
    connection.execute(
        update(ASSIGNMENTS)
        .where(ASSIGNMENTS.c.id == assignment_id)
        .values(
            status=AssignmentStatus.PENDING, deadline_at=deadline_at, completed_at=None, error_message=None
        )
    )


def update_due_date(
    connection: Connection, assignment_id: int, due_at: datetime | None, late_work: LateWork
) -> None:
    """Store the due date. Lock the assignment first."""
    changed = {"due_at": due_at, "late_work": late_work}
    connection.execute(update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == assignment_id).values(changed))


def update_release(connection: Connection, assignment_id: int, release_at: datetime | None) -> None:
    """Store the time of the release. Lock the assignment first."""
    changed = update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == assignment_id)
    connection.execute(changed.values(release_at=release_at))


def close_assignments(connection: Connection, ids: Iterable[int], now: datetime) -> None:
    """Set the assignments of which no homework is open any more to completed or failed.

    They are locked before their homework is counted. Otherwise two processes that store the last two results
    of a class at the same time would each still see the other's homework as open.
    """
    wanted = sorted(set(ids))
    before = connection.execute(_LOCK_TO_CLOSE, {"ids": wanted}).all()
    counts = _count_by_status(connection, wanted)
    closed: list[dict[str, object]] = []
    for id_, *known in before:
        after, error = _outcome(counts.get(id_, Counter()))
        if after is not None and known != [after, error]:
            values = {"status": after, "completed_at": now, "error_message": error}
            closed.append({"assignment_id": id_} | values)
    if closed:
        connection.execute(_CLOSE, closed)


def _outcome(counts: Counter[HomeworkStatus]) -> tuple[AssignmentStatus | None, str | None]:
    if counts[HomeworkStatus.PENDING]:
        return None, None
    failed = counts[HomeworkStatus.FAILED]
    if not failed:
        return AssignmentStatus.COMPLETED, None
    text = f"{failed} of {counts.total()} homework could not be written: POST …/retry asks again"
    return AssignmentStatus.FAILED, text


def _count_by_status(
    connection: Connection, assignment_ids: Sequence[int]
) -> dict[int, Counter[HomeworkStatus]]:
    counts: dict[int, Counter[HomeworkStatus]] = {}
    for assignment_id, status, count in connection.execute(_COUNTS, {"ids": assignment_ids}):
        counts.setdefault(assignment_id, Counter())[status] += count
    return counts


def _find(connection: Connection, assignment_id: int, reach: Reach, *, lock: bool) -> AssignmentRecord | None:
    wanted = select(*_ASSIGNMENT).where(ASSIGNMENTS.c.id == assignment_id, *within(reach, ASSIGNMENTS))
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return AssignmentRecord(*row) if row else None


def _with_progress(
    connection: Connection, assignments: Sequence[AssignmentRecord], reach: Reach
) -> list[AssignmentProgress]:
    """Read the progress of a whole page with two statements. They select a range of ids, because a list could
    exceed the drivers' limit of parameters."""
    if not assignments:
        return []
    ids = [assignment.id for assignment in assignments]
    on_page = HOMEWORK.c.assignment_id.between(min(ids), max(ids))
    if not reach.all_teachers and len(ids) > 1:  # the range contains assignments of other teachers
        range_ = ASSIGNMENTS.c.id.between(min(ids), max(ids))
        on_page = HOMEWORK.c.assignment_id.in_(
            select(ASSIGNMENTS.c.id).where(range_, *within(reach, ASSIGNMENTS))
        )
    students = select(HOMEWORK.c.assignment_id, HOMEWORK.c.student_id).where(on_page).order_by(HOMEWORK.c.id)
    student_ids: dict[int, list[int]] = {}
    for assignment_id, student_id in connection.execute(students):
        student_ids.setdefault(assignment_id, []).append(student_id)
    progress, changed = _progress(connection, on_page)
    return [
        AssignmentProgress(
            one, student_ids.get(one.id, []), progress.get(one.id, Progress()), changed.get(one.id)
        )
        for one in assignments
    ]


def _progress(
    connection: Connection, on_page: ColumnElement[bool]
) -> tuple[dict[int, Progress], dict[int, datetime]]:
    """The progress of each assignment, and the last time at which its homework changed."""
    columns = HOMEWORK.c.assignment_id, HOMEWORK.c.status, HOMEWORK.c.generated_by
    last = func.max(HOMEWORK.c.available_at), func.max(HOMEWORK.c.edited_at)
    groups = connection.execute(select(*columns, func.count(), *last).where(on_page).group_by(*columns))
    progress: dict[int, Progress] = {}
    changed: dict[int, datetime] = {}
    for assignment_id, status, generator, count, *moments in groups:
        for moment in filter(None, moments):
            changed[assignment_id] = max(moment, changed.get(assignment_id, moment))
        one = progress.setdefault(assignment_id, Progress())
        one.total += count
        if status is HomeworkStatus.FAILED:
            one.failed += count
        if status is HomeworkStatus.COMPLETED:
            one.submitted += count
        if status.is_written:
            one.available += count
            if generator is not None:
                setattr(one.by_generator, generator, getattr(one.by_generator, generator) + count)
    return progress, changed
