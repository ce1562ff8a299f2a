"""SQL of open homework: the homework of a result, overdue homework, and homework that may
be requested again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Result,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    or_,
    select,
    text,
    update,
)

from homework_api.database.column_types import ID, ListOf
from homework_api.database.models import ASSIGNMENTS, HOMEWORK, IS_AWAITED, OUTBOX
from homework_api.database.queries.ownership import within
from homework_api.database.rows import Job, columns_of
from homework_api.database.sql_functions import is_one_of
from homework_api.domain.access import Reach
from homework_api.domain.review import is_held_back
from homework_api.domain.statuses import HomeworkStatus
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GeneratorKind

StoredExercises = Sequence[Exercise | dict[str, Any] | None]
"""Exercises as JSON from the database, or as a result of the same batch contained them. None stands for a
missing one."""


@dataclass(slots=True)
class OpenJob:
    """The homework of a job, with the columns that a result may depend on. `exercises` are those of available
    homework, and `partial_exercises` those of homework that is only partly written. Each result of a batch
    updates it for the next result."""

    homework_id: int
    job_id: UUID
    assignment_id: int
    delivery_token: str | None
    status: HomeworkStatus
    generated_by: GeneratorKind | None
    requested_at: datetime
    first_available_at: datetime | None
    deadline_at: datetime
    rescue_at: datetime
    rescues: int
    quantity: int
    exercises: StoredExercises | None
    partial_exercises: StoredExercises | None
    exercise_writers: Sequence[str | None] | None
    replacing: Sequence[int] | None
    seed: int
    review: bool
    release_at: datetime | None
    edited_at: datetime | None

    @property
    def writers(self) -> list[str | None]:
        """The writer of each exercise of available homework."""
        of_them_all: list[str | None] = [self.generated_by] * self.quantity
        return list(self.exercise_writers or of_them_all)

    @property
    def is_replacing(self) -> bool:
        """Whether replacements of some of its exercises are requested."""
        return self.status is HomeworkStatus.AVAILABLE and bool(self.replacing)

    def is_kept(self, now: datetime) -> bool:
        """Whether its teacher has changed it, or has reviewed and released it."""
        is_approved = self.review and not is_held_back(self.review, self.release_at, now)
        return is_approved or self.edited_at is not None


@dataclass(frozen=True, slots=True)
class ResultRequest:
    """What the job of a result asked for."""

    delivery_token: str | None
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    quantity: int
    exercise_types: list[str]


@dataclass(frozen=True, slots=True)
class OverdueHomework:
    """Homework that is still awaited after its deadline: its job, and what its assignment asks for. If
    `replacing` is not empty, the homework is available and only these exercises are requested again."""

    homework_id: int
    assignment_id: int
    replacing: Sequence[int] | None
    job_id: UUID
    seed: int
    delivery_token: str | None
    requested_at: datetime
    deadline_at: datetime
    rescues: int
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    quantity: int
    exercise_types: list[str]


@dataclass(frozen=True, slots=True)
class RetryableHomework:
    homework_id: int
    status: HomeworkStatus


_OF_ASSIGNMENT = ASSIGNMENTS.c.id == HOMEWORK.c.assignment_id
_JOBS: BindParameter[Any] = bindparam("jobs", type_=ListOf(Uuid()))
_OPEN_JOBS = (
    select(
        HOMEWORK.c.id,
        HOMEWORK.c.job_id,
        HOMEWORK.c.assignment_id,
        HOMEWORK.c.delivery_token,
        HOMEWORK.c.status,
        HOMEWORK.c.generated_by,
        HOMEWORK.c.requested_at,
        HOMEWORK.c.first_available_at,
        HOMEWORK.c.deadline_at,
        HOMEWORK.c.rescue_at,
        HOMEWORK.c.rescues,
        ASSIGNMENTS.c.quantity,
        # Only exercises of available homework may be replaced by a late result, so no others are loaded.
        case((HOMEWORK.c.status == HomeworkStatus.AVAILABLE, HOMEWORK.c.exercises), else_=None),
        HOMEWORK.c.partial_exercises,
        HOMEWORK.c.exercise_writers,
        HOMEWORK.c.replacing,
        HOMEWORK.c.seed,
        ASSIGNMENTS.c.review,
        ASSIGNMENTS.c.release_at,
        HOMEWORK.c.edited_at,
    )
    .join(ASSIGNMENTS, _OF_ASSIGNMENT)
    .where(is_one_of(HOMEWORK.c.job_id, _JOBS))
    .order_by(HOMEWORK.c.id)
    .with_for_update(of=HOMEWORK)
)
_REQUESTS = (
    select(
        HOMEWORK.c.job_id,
        HOMEWORK.c.delivery_token,
        ASSIGNMENTS.c.cefr_level,
        ASSIGNMENTS.c.grammar_focus,
        ASSIGNMENTS.c.topic,
        ASSIGNMENTS.c.quantity,
        ASSIGNMENTS.c.exercise_types,
    )
    .join(ASSIGNMENTS, _OF_ASSIGNMENT)
    .where(is_one_of(HOMEWORK.c.job_id, _JOBS))
)
_IDS: BindParameter[Any] = bindparam("ids", type_=ListOf(ID))
_RELEASES = select(ASSIGNMENTS.c.id, ASSIGNMENTS.c.release_at).where(is_one_of(ASSIGNMENTS.c.id, _IDS))
_OVERDUE = (
    select(
        HOMEWORK.c.id,
        HOMEWORK.c.assignment_id,
        HOMEWORK.c.replacing,
        HOMEWORK.c.job_id,
        HOMEWORK.c.seed,
        HOMEWORK.c.delivery_token,
        HOMEWORK.c.requested_at,
        HOMEWORK.c.deadline_at,
        HOMEWORK.c.rescues,
        ASSIGNMENTS.c.cefr_level,
        ASSIGNMENTS.c.grammar_focus,
        ASSIGNMENTS.c.topic,
        ASSIGNMENTS.c.quantity,
        ASSIGNMENTS.c.exercise_types,
    )
    .join(ASSIGNMENTS, _OF_ASSIGNMENT)
    .where(
        text(f"({IS_AWAITED})"),
        HOMEWORK.c.rescue_at <= bindparam("now"),
        ~exists().where(OUTBOX.c.job_id == HOMEWORK.c.job_id),
    )
    .order_by(HOMEWORK.c.rescue_at)
    .limit(bindparam("limit"))
    .with_for_update(of=HOMEWORK, skip_locked=True)
)

_IN_OUTBOX = select(OUTBOX.c.job_id).where(is_one_of(OUTBOX.c.job_id, _JOBS))


_GIVE_JOB = update(HOMEWORK).where(HOMEWORK.c.id == bindparam("homework_id"))


def find_requests(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, ResultRequest]:
    """What these jobs asked for. It does not contain jobs that were deleted or requested again under another
    id."""
    rows = connection.execute(_REQUESTS, {"jobs": job_ids})
    return {job_id: ResultRequest(*request) for job_id, *request in rows}


def find_jobs(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, OpenJob]:
    """The homework of these jobs, locked until the transaction ends."""
    rows: Result[Any] = connection.execute(_OPEN_JOBS, {"jobs": job_ids})
    jobs = [OpenJob(*tuple(row)) for row in rows]
    reviewed = {job.assignment_id for job in jobs if job.review and job.status is HomeworkStatus.AVAILABLE}
    if reviewed:
        # PostgreSQL reads rows again whose lock it had to wait for, but not the joined assignment, which may
        # have been released after that statement began. The next statement sees the release.
        found: Result[Any] = connection.execute(_RELEASES, {"ids": sorted(reviewed)})
        released: dict[int, datetime | None] = {row.id: row.release_at for row in found}
        for job in jobs:
            job.release_at = released.get(job.assignment_id, job.release_at)
    return {job.job_id: job for job in jobs}


def find_overdue(connection: Connection, now: datetime, limit: int) -> list[OverdueHomework]:
    """Lock and return homework that is still awaited after its rescue time and has no outbox row, the most
    overdue first."""
    rows: Result[Any] = connection.execute(_OVERDUE, {"now": now, "limit": limit})
    overdue = [OverdueHomework(*tuple(row)) for row in rows]
    if not overdue:
        return []
    # PostgreSQL reads rows again whose lock it had to wait for, but not the outbox, to which another process
    # may have added the job after this statement began. The next statement sees that row.
    waiting = set(connection.scalars(_IN_OUTBOX, {"jobs": [homework.job_id for homework in overdue]}))
    return [homework for homework in overdue if homework.job_id not in waiting]


def lock_retryable(
    connection: Connection, assignment_id: int, now: datetime, reach: Reach, *, replace_mock: bool
) -> list[RetryableHomework]:
    """Lock and return failed homework, and with `replace_mock` also the mock's homework that no student has
    started. If the assignment is not within reach, no row is locked or returned."""
    theirs = select(ASSIGNMENTS.c.id).where(ASSIGNMENTS.c.id == assignment_id, *within(reach, ASSIGNMENTS))
    wanted: ColumnElement[bool] = HOMEWORK.c.status == HomeworkStatus.FAILED
    rows = connection.execute(
        select(HOMEWORK.c.id, HOMEWORK.c.status)
        .where(
            HOMEWORK.c.assignment_id.in_(theirs),
            or_(wanted, _is_replaceable(now)) if replace_mock else wanted,
        )
        .order_by(HOMEWORK.c.id)
        .with_for_update()
    )
    return [RetryableHomework(*row) for row in rows]


def reopen_homework(connection: Connection, jobs: Mapping[int, Job]) -> None:
    """Set failed homework, by id, to pending with new jobs. Results of the old jobs are then ignored."""
    _give_jobs(connection, jobs, status=HomeworkStatus.PENDING, error_message=None, worker_id=None)


def replace_jobs(connection: Connection, jobs: Mapping[int, Job]) -> None:
    """Give homework, by id, new jobs for its replacement. It stays available meanwhile."""
    _give_jobs(connection, jobs)


def _give_jobs(connection: Connection, jobs: Mapping[int, Job], **columns: object) -> None:
    path = {"published_at": None, "taken_at": None, "generated_at": None}
    if jobs:
        rows = [{"homework_id": id_, **columns_of(job), **path, **columns} for id_, job in jobs.items()]
        connection.execute(_GIVE_JOB, rows)


def _is_replaceable(now: datetime) -> ColumnElement[bool]:
    # If it was requested after it became available, and that deadline is ahead, a replacement is already on
    # its way.
    is_settled = or_(HOMEWORK.c.requested_at <= HOMEWORK.c.available_at, HOMEWORK.c.deadline_at <= now)
    return and_(
        HOMEWORK.c.status == HomeworkStatus.AVAILABLE,
        HOMEWORK.c.generated_by == GeneratorKind.MOCK,
        HOMEWORK.c.edited_at.is_(None),
        is_settled,
    )
