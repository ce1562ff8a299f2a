"""SQL of the background roles: claim and settle outbox rows, store results, find what is overdue.

Every statement works on a batch. Each function is a step of what `Database.transact` runs; a session
takes it by its connection's `run_sync`. Row locks are taken homework first, then assignments, each in
id order, so that two processes on one PostgreSQL cannot wait for each other in a circle.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Result,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlmodel import col

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, OUTBOX, Assignment, Homework, OutboxEntry
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_shared.exercises.messages import GeneratorKind


def _in_order(table: Table, which: ColumnElement[bool]) -> Select[Any]:
    return select(table.c.id).where(which).order_by(table.c.id).with_for_update(key_share=True)


@dataclass(frozen=True, slots=True)
class Debt:
    """An outbox row that this relay has claimed."""

    job_id: UUID
    assignment_id: int
    overdue: bool
    body: str
    traceparent: str | None
    deadline_at: datetime


def debt_of(row: dict[str, Any]) -> Debt:
    """What `add_outbox` was given for it."""
    return Debt(**{name: row[name] for name in Debt.__slots__})


@dataclass(frozen=True, slots=True)
class OpenJob:
    """What a result needs to know of its homework."""

    homework_id: int | None
    job_id: UUID
    assignment_id: int
    status: HomeworkStatus
    generated_by: GeneratorKind | None
    requested_at: datetime
    first_available_at: datetime | None
    deadline_at: datetime
    quantity: int
    exercise_types: list[str]


_URGENT = (
    select(OUTBOX.c.job_id)
    .where(or_(OUTBOX.c.claimed_until.is_(None), OUTBOX.c.claimed_until < bindparam("now")))
    .order_by(OUTBOX.c.deadline_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(OUTBOX)
    .where(OUTBOX.c.job_id.in_(_URGENT))
    .values(claimed_until=bindparam("lease"))
    .returning(
        OUTBOX.c.job_id,
        OUTBOX.c.assignment_id,
        OUTBOX.c.overdue,
        OUTBOX.c.body,
        OUTBOX.c.traceparent,
        OUTBOX.c.deadline_at,
    )
)


def claim_outbox(connection: Connection, now: datetime, lease: datetime, limit: int) -> list[Debt]:
    """Take a lease on the most urgent unclaimed rows; other relays skip the rows we hold."""
    claimed = connection.execute(_CLAIM, {"now": now, "lease": lease, "limit": limit})
    return sorted((Debt(*row) for row in claimed), key=lambda debt: debt.deadline_at)


_JOBS: BindParameter[Any] = bindparam("jobs", expanding=True)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_PAID = delete(OUTBOX).where(OUTBOX.c.job_id.in_(_JOBS), OUTBOX.c.claimed_until <= bindparam("lease"))
_RELEASED = (
    update(OUTBOX)
    .where(OUTBOX.c.job_id.in_(_JOBS), OUTBOX.c.claimed_until <= bindparam("lease"))
    .values(claimed_until=None)
)
_PUBLISHED = update(HOMEWORK).where(HOMEWORK.c.job_id.in_(_JOBS)).values(published_at=bindparam("now"))
_GENERATING = (
    update(ASSIGNMENTS)
    .where(ASSIGNMENTS.c.id.in_(_IDS), ASSIGNMENTS.c.status == AssignmentStatus.PENDING)
    .values(status=AssignmentStatus.GENERATING)
)
_LOCK_HOMEWORK = _in_order(HOMEWORK, HOMEWORK.c.job_id.in_(_JOBS))
_LOCK_ASSIGNMENTS = _in_order(ASSIGNMENTS, ASSIGNMENTS.c.id.in_(_IDS))


def settle_outbox(connection: Connection, confirmed: Sequence[Debt], lease: datetime, now: datetime) -> None:
    """The broker has these: delete the debts and say so on the homework and its assignment.

    A row whose lease ran out may be another relay's by now, for longer than `lease`, or a new debt that
    is nobody's: it stays.
    """
    jobs = {"jobs": [debt.job_id for debt in confirmed]}
    ids = {"ids": sorted({debt.assignment_id for debt in confirmed})}
    locks = connection.dialect.name == "postgresql"
    connection.execute(_PAID, jobs | {"lease": lease})
    # An UPDATE locks in whatever order it finds its rows; results are locking the same ones by id.
    if locks:
        connection.execute(_LOCK_HOMEWORK, jobs)
    connection.execute(_PUBLISHED, jobs | {"now": now})
    if locks:
        connection.execute(_LOCK_ASSIGNMENTS, ids)
    connection.execute(_GENERATING, ids)


def release_outbox(connection: Connection, jobs: Sequence[UUID], lease: datetime) -> None:
    """Give back the lease on rows that the broker did not confirm."""
    connection.execute(_RELEASED, {"jobs": jobs, "lease": lease})


_OPEN_JOBS = (
    select(
        HOMEWORK.c.id,
        HOMEWORK.c.job_id,
        HOMEWORK.c.assignment_id,
        HOMEWORK.c.status,
        HOMEWORK.c.generated_by,
        HOMEWORK.c.requested_at,
        HOMEWORK.c.first_available_at,
        HOMEWORK.c.deadline_at,
        ASSIGNMENTS.c.quantity,
        ASSIGNMENTS.c.exercise_types,
    )
    .join(ASSIGNMENTS, ASSIGNMENTS.c.id == HOMEWORK.c.assignment_id)
    .where(HOMEWORK.c.job_id.in_(_JOBS))
    .order_by(HOMEWORK.c.id)
    .with_for_update(of=HOMEWORK)
)


def find_jobs(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, OpenJob]:
    """The homework of these jobs, locked until the transaction ends."""
    rows: Result[Any] = connection.execute(_OPEN_JOBS, {"jobs": job_ids})
    return {job.job_id: job for job in (OpenJob(*tuple(row)) for row in rows)}


# A statement that SQLite may have to undo by itself copies each page it changes, a quarter of what storing
# takes. What fails here rolls everything back anyway. Migration v0008 says what this asks of triggers.
_BY_ID = (
    update(HOMEWORK)
    .prefix_with("OR ROLLBACK", dialect="sqlite")
    .where(HOMEWORK.c.id == bindparam("homework_id"))
)


def update_homework(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Bulk update by primary key; every row names the same columns."""
    if rows:
        given = [{"homework_id" if name == "id" else name: row[name] for name in row} for row in rows]
        connection.execute(_BY_ID, given)


def overdue_homework(connection: Connection, now: datetime, limit: int) -> list[tuple[Homework, Assignment]]:
    """Open homework past its rescue time for which the outbox owes nothing, most overdue first."""
    owed = exists().where(col(OutboxEntry.job_id) == col(Homework.job_id))
    wanted = (
        select(Homework, Assignment)
        .join(Assignment, col(Assignment.id) == col(Homework.assignment_id))
        .where(col(Homework.status) == HomeworkStatus.PENDING.value, col(Homework.rescue_at) <= now, ~owed)
        .order_by(col(Homework.rescue_at))
        .limit(limit)
        .with_for_update(of=Homework, skip_locked=True)
    )
    with Session(connection) as session:
        return [(homework, assignment) for homework, assignment in session.execute(wanted)]


_OWE = insert(OUTBOX)


def add_outbox(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_OWE, list(rows))


# As new outbox rows only share the key, they need not wait.
_LOCK_TO_CLOSE = (
    select(ASSIGNMENTS.c.id, ASSIGNMENTS.c.status, ASSIGNMENTS.c.error_message)
    .where(ASSIGNMENTS.c.id.in_(_IDS))
    .order_by(ASSIGNMENTS.c.id)
    .with_for_update(key_share=True)
)
_CLOSE = update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == bindparam("assignment_id"))
_COUNTS = (
    select(HOMEWORK.c.assignment_id, HOMEWORK.c.status, func.count())
    .where(HOMEWORK.c.assignment_id.in_(_IDS))
    .group_by(HOMEWORK.c.assignment_id, HOMEWORK.c.status)
)


def close_assignments(connection: Connection, ids: Iterable[int], now: datetime) -> None:
    """Complete or fail the assignments of which no homework is open any more.

    The lock comes before the count: two processes that store the last two results of a class at
    once would otherwise each still see the other's homework as open.
    """
    wanted = sorted(set(ids))
    before = connection.execute(_LOCK_TO_CLOSE, {"ids": wanted}).all()
    counts = _count_by_status(connection, wanted)
    closed: list[dict[str, Any]] = []
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
    rows = connection.execute(_COUNTS, {"ids": assignment_ids})
    counts: dict[int, Counter[HomeworkStatus]] = {}
    for assignment_id, status, count in rows:
        counts.setdefault(assignment_id, Counter())[status] += count
    return counts
