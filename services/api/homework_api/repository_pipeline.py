"""SQL of the background roles: claim and settle outbox rows, store results, find what is overdue.

Every statement works on a batch. Row locks are taken homework first, then assignments, each in id
order, so that two processes on one PostgreSQL cannot wait for each other in a circle.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Result, Select, Table, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from homework_api.models import Assignment, Homework, OutboxEntry
from homework_api.repository import HOMEWORK
from homework_api.statuses import AssignmentStatus, HomeworkStatus
from homework_shared.messages import GeneratorKind

OUTBOX: Table = OutboxEntry.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Debt:
    """An outbox row that this relay has claimed."""

    job_id: UUID
    assignment_id: int
    overdue: bool
    body: str
    traceparent: str | None
    deadline_at: datetime


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


async def claim_outbox(session: AsyncSession, now: datetime, lease: datetime, limit: int) -> list[Debt]:
    """Take a lease on the most urgent unclaimed rows; other relays skip the rows we hold."""
    free = or_(col(OutboxEntry.claimed_until).is_(None), col(OutboxEntry.claimed_until) < now)
    urgent = (
        select(col(OutboxEntry.job_id))
        .where(free)
        .order_by(col(OutboxEntry.deadline_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = await session.execute(
        update(OutboxEntry)
        .where(col(OutboxEntry.job_id).in_(urgent))
        .values(claimed_until=lease)
        .returning(
            col(OutboxEntry.job_id),
            col(OutboxEntry.assignment_id),
            col(OutboxEntry.overdue),
            col(OutboxEntry.body),
            col(OutboxEntry.traceparent),
            col(OutboxEntry.deadline_at),
        )
        .execution_options(synchronize_session=False)
    )
    return sorted((Debt(*row) for row in claimed), key=lambda debt: debt.deadline_at)


async def settle_outbox(
    session: AsyncSession, confirmed: Sequence[Debt], lease: datetime, now: datetime
) -> None:
    """The broker has these: delete the debts and say so on the homework and its assignment.

    A row whose `lease` ran out may be another relay's by now, or a new debt: it stays.
    """
    jobs = [debt.job_id for debt in confirmed]
    assignments = sorted({debt.assignment_id for debt in confirmed})
    ours = (col(OutboxEntry.job_id).in_(jobs), col(OutboxEntry.claimed_until) == lease)
    await session.execute(delete(OutboxEntry).where(*ours))
    await _lock_in_order(session, select(col(Homework.id)).where(col(Homework.job_id).in_(jobs)), Homework)
    await session.execute(update(Homework).where(col(Homework.job_id).in_(jobs)).values(published_at=now))
    of_theirs = select(col(Assignment.id)).where(col(Assignment.id).in_(assignments))
    await _lock_in_order(session, of_theirs, Assignment)
    await session.execute(
        update(Assignment)
        .where(col(Assignment.id).in_(assignments), col(Assignment.status) == AssignmentStatus.PENDING)
        .values(status=AssignmentStatus.GENERATING)
    )


async def _lock_in_order(
    session: AsyncSession, rows: Select[int | None], table: type[Homework] | type[Assignment]
) -> None:
    # An UPDATE locks in whatever order it finds its rows; results are locking the same ones by id.
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(rows.order_by(col(table.id)).with_for_update(key_share=True))


async def release_outbox(session: AsyncSession, jobs: Sequence[UUID], lease: datetime) -> None:
    """Give back the lease on rows that the broker did not confirm."""
    await session.execute(
        update(OutboxEntry)
        .where(col(OutboxEntry.job_id).in_(jobs), col(OutboxEntry.claimed_until) == lease)
        .values(claimed_until=None)
    )


async def find_jobs(session: AsyncSession, job_ids: Sequence[UUID]) -> dict[UUID, OpenJob]:
    """The homework of these jobs, locked until the transaction ends."""
    rows: Result[Any] = await session.execute(
        select(
            col(Homework.id),
            col(Homework.job_id),
            col(Homework.assignment_id),
            col(Homework.status),
            col(Homework.generated_by),
            col(Homework.requested_at),
            col(Homework.first_available_at),
            col(Homework.deadline_at),
            col(Assignment.quantity),
            col(Assignment.exercise_types),
        )
        .join(Assignment, col(Assignment.id) == col(Homework.assignment_id))
        .where(col(Homework.job_id).in_(job_ids))
        .order_by(col(Homework.id))
        .with_for_update(of=Homework)
    )
    return {job.job_id: job for job in (OpenJob(*tuple(row)) for row in rows)}


async def update_homework(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Bulk update by primary key; every row names the same columns."""
    if rows:
        by_id = update(HOMEWORK).where(HOMEWORK.c.id == bindparam("homework_id"))
        given = [{"homework_id" if name == "id" else name: row[name] for name in row} for row in rows]
        await (await session.connection()).execute(by_id, given)


async def overdue_homework(
    session: AsyncSession, now: datetime, limit: int
) -> list[tuple[Homework, Assignment]]:
    """Open homework past its rescue time for which the outbox owes nothing, most overdue first."""
    owed = exists().where(col(OutboxEntry.job_id) == col(Homework.job_id))
    rows = await session.execute(
        select(Homework, Assignment)
        .join(Assignment, col(Assignment.id) == col(Homework.assignment_id))
        .where(col(Homework.status) == HomeworkStatus.PENDING.value, col(Homework.rescue_at) <= now, ~owed)
        .order_by(col(Homework.rescue_at))
        .limit(limit)
        .with_for_update(of=Homework, skip_locked=True)
    )
    return [(homework, assignment) for homework, assignment in rows]


async def add_outbox(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await (await session.connection()).execute(insert(OUTBOX), list(rows))


async def close_assignments(session: AsyncSession, ids: Iterable[int], now: datetime) -> None:
    """Complete or fail the assignments of which no homework is open any more.

    The lock comes before the count: two processes that store the last two results of a class at
    once would otherwise each still see the other's homework as open.
    """
    wanted = sorted(set(ids))
    locked = await session.execute(
        select(col(Assignment.id), col(Assignment.status), col(Assignment.error_message))
        .where(col(Assignment.id).in_(wanted))
        .order_by(col(Assignment.id))
        .with_for_update(key_share=True)  # as new outbox rows only share the key, they need not wait
    )
    before = locked.all()
    counts = await _count_by_status(session, wanted)
    for id_, *known in before:
        after, error = _outcome(counts.get(id_ or 0, Counter()))
        if after is not None and known != [after, error]:
            await session.execute(
                update(Assignment)
                .where(col(Assignment.id) == id_)
                .values(status=after, completed_at=now, error_message=error)
            )


def _outcome(counts: Counter[HomeworkStatus]) -> tuple[AssignmentStatus | None, str | None]:
    if counts[HomeworkStatus.PENDING]:
        return None, None
    failed = counts[HomeworkStatus.FAILED]
    if not failed:
        return AssignmentStatus.COMPLETED, None
    text = f"{failed} of {counts.total()} homework could not be written: POST …/retry asks again"
    return AssignmentStatus.FAILED, text


async def _count_by_status(
    session: AsyncSession, assignment_ids: Sequence[int]
) -> dict[int, Counter[HomeworkStatus]]:
    rows = await session.execute(
        select(col(Homework.assignment_id), col(Homework.status), func.count())
        .where(col(Homework.assignment_id).in_(assignment_ids))
        .group_by(col(Homework.assignment_id), col(Homework.status))
    )
    counts: dict[int, Counter[HomeworkStatus]] = {}
    for assignment_id, status, count in rows:
        counts.setdefault(assignment_id, Counter())[status] += count
    return counts
