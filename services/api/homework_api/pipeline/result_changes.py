"""Decides how a result changes its homework. The results consumer stores the change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from homework_api.database.queries.results import OpenJob
from homework_api.database.rows import (
    AbandonedReplacement,
    CompletedHomework,
    FailedHomework,
    HomeworkUpdate,
    HurriedRescue,
    PartialHomework,
    WrittenHomework,
)
from homework_api.domain.statuses import HomeworkStatus, accepts_homework
from homework_api.pipeline import metrics
from homework_api.pipeline.judging import Arrived, GivenUp, Judged
from homework_api.pipeline.merging import Places, in_order, merge, read_places, writer_of, writers_of
from homework_api.pipeline.replacing import exchange
from homework_shared.exercises.messages import GeneratorKind, HomeworkFailed, HomeworkGenerated
from homework_shared.observability.metrics import cached_labels

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

UNUSABLE = "unusable"
MISMATCH = "wrong_token"
PARKED = frozenset({UNUSABLE, MISMATCH})
REPLACED_FOR = timedelta(minutes=10)
"""How long after the deadline a GPU's result may still replace the mock's homework. A worker drops a job at
its deadline, so a genuine result is late only because its delivery was delayed, for example by a resource
alarm of the broker or an update of the API."""
NOTHING_WRONG = "none"
NOT_ANEW = "an exercise could not be written anew, and the old one stays"
NOT_GIVEN = "its token is not the job's: the sender was never given this job, or has an older version"
NOTICED_SECONDS = 2.0
"""A homework that is stored more than this after its deadline counts as late."""


@dataclass(frozen=True, slots=True)
class Change:
    """The change that one result makes. `report` holds calls that count metrics and write log lines. They are
    made after the commit, because the transaction may be tried again."""

    outcome: str
    assignment_id: int
    update: HomeworkUpdate | None = None
    reason: str = ""
    report: Sequence[Callable[[], None]] = ()


def apply(job: OpenJob | None, arrived: Arrived, now: datetime) -> Change:
    """Decide how this result changes its homework. `job` is updated for the next result of the batch."""
    if job is None:  # deleted, or asked for again under another id
        return Change("unknown", 0)
    result = arrived.result if isinstance(arrived, Judged) else arrived
    if result.delivery_token != job.delivery_token:
        return Change(MISMATCH, job.assignment_id, reason=NOT_GIVEN)
    return _take(job, arrived, now)


def _take(job: OpenJob, arrived: Arrived, now: datetime) -> Change:
    """Decide how a result of the homework's current job changes it."""
    if isinstance(arrived, GivenUp):
        return Change("given_up", job.assignment_id, _hurried(job, now))
    if isinstance(arrived, HomeworkFailed):
        return _fail(job, arrived)
    if job.is_replacing:
        return _exchange(job, arrived, now)
    offered_by, is_kept = arrived.result.generated_by, job.is_kept(now)
    if not accepts_homework(job.status, job.generated_by, offered_by, is_kept=is_kept):
        return Change("repeated", job.assignment_id)
    if job.status is HomeworkStatus.AVAILABLE and now > job.deadline_at + REPLACED_FOR:
        return Change("late", job.assignment_id, report=[partial(_report_late, arrived.result)])
    reports = [partial(_report_problems, arrived)] if arrived.problems else []
    if not arrived.usable:
        return Change(UNUSABLE, job.assignment_id, _hurried(job, now), arrived.reason, reports)
    return _write(job, arrived, now, reports)


def _exchange(job: OpenJob, arrived: Judged, now: datetime) -> Change:
    reports = [partial(_report_problems, arrived)] if arrived.problems else []
    if not arrived.usable:
        return Change(UNUSABLE, job.assignment_id, _hurried(job, now), arrived.reason, reports)
    update = exchange(job, arrived, now, *_worker_times(job, arrived.result, now))
    job.exercises, job.exercise_writers = update.exercises, update.exercise_writers
    job.replacing, job.seed = update.replacing, update.seed
    outcome = "partial" if update.replacing else "exchanged"
    return Change(outcome, job.assignment_id, update, report=reports)


def _fail(job: OpenJob, result: HomeworkFailed) -> Change:
    if job.is_replacing:
        job.replacing = None
        abandoned = AbandonedReplacement(job.homework_id, f"{NOT_ANEW}: {result.code}: {result.message}")
        return Change("failed", job.assignment_id, abandoned)
    if job.status is not HomeworkStatus.PENDING:
        return Change("repeated", job.assignment_id)
    job.status = HomeworkStatus.FAILED
    failed = FailedHomework(job.homework_id, f"{result.code}: {result.message}", result.worker_id)
    return Change("failed", job.assignment_id, failed)


def _write(job: OpenJob, arrived: Judged, now: datetime, reports: Sequence[Callable[[], None]]) -> Change:
    there, is_there = _places(job), job.status is HomeworkStatus.AVAILABLE
    places = merge(there, arrived.usable, arrived.result.generated_by)
    if is_there and places == there:  # every question of the result is already one of the mock's
        return Change("repeated", job.assignment_id, report=reports)
    if len(places) < job.quantity:
        part = _partial(job, places, arrived.result, now)
        job.partial_exercises = part.partial_exercises
        return Change("partial", job.assignment_id, part, "", reports)
    update = _update(job, places, arrived.result, now)
    observe = partial(_observe, job, arrived.result, update, now, is_new=not is_there)
    job.status, job.generated_by = HomeworkStatus.AVAILABLE, writer_of(places)
    job.exercises, job.first_available_at = update.exercises, update.first_available_at
    return Change("replaced" if is_there else "stored", job.assignment_id, update, "", [*reports, observe])


def _places(job: OpenJob) -> Places:
    """The stored exercises: a part that a GPU wrote, or the whole homework that the mock generator wrote."""
    if job.status is HomeworkStatus.AVAILABLE:
        return read_places(job.exercises, GeneratorKind.MOCK)
    return read_places(job.partial_exercises, GeneratorKind.VLLM)


def _partial(job: OpenJob, places: Places, result: HomeworkGenerated, now: datetime) -> PartialHomework:
    taken_at, generated_at = _worker_times(job, result, now)
    return PartialHomework(
        id=job.homework_id,
        partial_exercises=in_order(places, job.quantity),
        model=result.model,
        worker_id=result.worker_id,
        taken_at=taken_at,
        generated_at=generated_at,
        # The mock generator gets the job now, without waiting for the deadline.
        rescue_at=now if job.rescues == 0 else job.rescue_at,
    )


def _update(
    job: OpenJob, places: Places, result: HomeworkGenerated, now: datetime
) -> WrittenHomework | CompletedHomework:
    exercises = [places[place].exercise.as_stored() for place in range(job.quantity)]
    first = job.first_available_at or now
    if result.generated_by is GeneratorKind.MOCK and writer_of(places) is GeneratorKind.VLLM:
        return CompletedHomework(job.homework_id, exercises, writers_of(places), now, first)
    taken_at, generated_at = _worker_times(job, result, now)
    return WrittenHomework(
        id=job.homework_id,
        exercises=exercises,
        exercise_writers=writers_of(places),
        generated_by=result.generated_by,
        model=result.model,
        worker_id=result.worker_id,
        fallback_reason=result.fallback_reason,
        taken_at=taken_at,
        generated_at=generated_at,
        available_at=now,
        first_available_at=first,
    )


def _observe(
    job: OpenJob,
    result: HomeworkGenerated,
    update: WrittenHomework | CompletedHomework,
    now: datetime,
    *,
    is_new: bool,
) -> None:
    writer = update.generated_by
    margin = (job.deadline_at - now).total_seconds()
    cached_labels(metrics.end_to_end_seconds, writer).observe((now - job.requested_at).total_seconds())
    cached_labels(metrics.queue_seconds, writer).observe(result.queue_seconds)
    cached_labels(metrics.generation_seconds, writer).observe(result.generation_seconds)
    cached_labels(metrics.deadline_margin, writer).observe(margin)
    cached_labels(metrics.written, writer, update.fallback_reason or NOTHING_WRONG).inc()
    if margin < -NOTICED_SECONDS and is_new:
        metrics.deadlines_missed.labels(writer).inc()


def _report_late(result: HomeworkGenerated) -> None:
    log.warning("late_result_ignored", job_id=str(result.job_id), worker_id=result.worker_id)


def _report_problems(judged: Judged) -> None:
    for problem in judged.problems:
        metrics.failed_checks.labels(problem.check).inc()
    if judged.result.generated_by is GeneratorKind.MOCK:
        log.error("mock_homework_fails_checks", job_id=str(judged.result.job_id), reason=judged.reason)


def _hurried(job: OpenJob, now: datetime) -> HurriedRescue | None:
    # The mock generator gets the open homework now and not only after the deadline. This happens once: a GPU
    # that fails again and again would otherwise use up the rescues of the deadline net, and the homework
    # would fail.
    is_awaited = job.status is HomeworkStatus.PENDING or job.is_replacing
    is_first = is_awaited and job.rescues == 0
    return HurriedRescue(job.homework_id, now) if is_first else None


def _worker_times(job: OpenJob, result: HomeworkGenerated, now: datetime) -> tuple[datetime, datetime]:
    """When a worker took the job, and when it had written the homework."""
    # The durations come from the worker. They are bounded, so that a made-up number cannot overflow or give a
    # time in the future.
    waited = max(0.0, (now - job.requested_at).total_seconds())
    queued, written = result.queue_seconds, result.queue_seconds + result.generation_seconds
    return (
        job.requested_at + timedelta(seconds=min(queued, waited)),
        job.requested_at + timedelta(seconds=min(written, waited)),
    )
