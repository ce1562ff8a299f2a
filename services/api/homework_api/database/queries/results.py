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
"""As JSON from the database, or as a result of the same batch brought them; None where one is missing."""


@dataclass(slots=True)
class OpenJob:
    """What a result needs to know of its homework. `exercises` are those of a homework that is available,
    `partial_exercises` those of one that is only partly written. Each result of a batch changes it for the
    next one."""

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
        """Who wrote each exercise of a homework that is available."""
        of_them_all: list[str | None] = [self.generated_by] * self.quantity
        return list(self.exercise_writers or of_them_all)

    @property
    def is_replacing(self) -> bool:
        """Whether some of its exercises are asked for anew."""
        return self.status is HomeworkStatus.AVAILABLE and bool(self.replacing)

    def is_kept(self, now: datetime) -> bool:
        """Whether its teacher has changed it, or has looked through it and released it."""
        is_approved = self.review and not is_held_back(self.review, self.release_at, now)
        return is_approved or self.edited_at is not None


@dataclass(frozen=True, slots=True)
class ResultRequest:
    """What was asked for when this result was."""

    delivery_token: str | None
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    quantity: int
    exercise_types: list[str]


@dataclass(frozen=True, slots=True)
class OverdueHomework:
    """Open homework past its deadline: its job, and what its assignment asks for. `replacing`: it is there,
    and only these exercises are asked for anew."""

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
        # A late result may take the place of these; those of other homework would be loaded for nothing.
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
    """What these jobs asked for. A job that is deleted, or asked for again under another id, is not there."""
    rows = connection.execute(_REQUESTS, {"jobs": job_ids})
    return {job_id: ResultRequest(*request) for job_id, *request in rows}


def find_jobs(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, OpenJob]:
    """The homework of these jobs, locked until the transaction ends."""
    rows: Result[Any] = connection.execute(_OPEN_JOBS, {"jobs": job_ids})
    jobs = [OpenJob(*tuple(row)) for row in rows]
    reviewed = {job.assignment_id for job in jobs if job.review and job.status is HomeworkStatus.AVAILABLE}
    if reviewed:
        # PostgreSQL looks again at homework that it had to wait for, but not at its assignment: it may have
        # been released after that statement began. The next statement sees it.
        found: Result[Any] = connection.execute(_RELEASES, {"ids": sorted(reviewed)})
        released: dict[int, datetime | None] = {row.id: row.release_at for row in found}
        for job in jobs:
            job.release_at = released.get(job.assignment_id, job.release_at)
    return {job.job_id: job for job in jobs}


def find_overdue(connection: Connection, now: datetime, limit: int) -> list[OverdueHomework]:
    """Homework that is waited for past its rescue time and has no outbox row, most overdue first; locked."""
    rows: Result[Any] = connection.execute(_OVERDUE, {"now": now, "limit": limit})
    overdue = [OverdueHomework(*tuple(row)) for row in rows]
    if not overdue:
        return []
    # PostgreSQL looks again at a row that it had to wait for, but not at the outbox: another process may have
    # put the job there after this statement began. The next statement sees it.
    waiting = set(connection.scalars(_IN_OUTBOX, {"jobs": [homework.job_id for homework in overdue]}))
    return [homework for homework in overdue if homework.job_id not in waiting]


def lock_retryable(
    connection: Connection, assignment_id: int, now: datetime, reach: Reach, *, replace_mock: bool
) -> list[RetryableHomework]:
    """Failed homework, with `replace_mock` also the mock's that no student has started; locked. None of an
    assignment that is not within reach: nobody else's rows are locked."""
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
    """These failed homework, by id, are pending again under new jobs; results of old ones are unknown."""
    _give_jobs(connection, jobs, status=HomeworkStatus.PENDING, error_message=None, worker_id=None)


def replace_jobs(connection: Connection, jobs: Mapping[int, Job]) -> None:
    """These homework, by id, stay as they are while others are asked for."""
    _give_jobs(connection, jobs)


def _give_jobs(connection: Connection, jobs: Mapping[int, Job], **columns: object) -> None:
    path = {"published_at": None, "taken_at": None, "generated_at": None}
    if jobs:
        rows = [{"homework_id": id_, **columns_of(job), **path, **columns} for id_, job in jobs.items()]
        connection.execute(_GIVE_JOB, rows)


def _is_replaceable(now: datetime) -> ColumnElement[bool]:
    # Asked for after it was there and not yet due: a replacement is on its way already.
    is_settled = or_(HOMEWORK.c.requested_at <= HOMEWORK.c.available_at, HOMEWORK.c.deadline_at <= now)
    return and_(
        HOMEWORK.c.status == HomeworkStatus.AVAILABLE,
        HOMEWORK.c.generated_by == GeneratorKind.MOCK,
        HOMEWORK.c.edited_at.is_(None),
        is_settled,
    )
