"""The results consumer: takes whatever has arrived, stores it in one transaction, then acknowledges.

Commit before acknowledge: dying between the two brings the batch back, and the job id makes the
second storing a no-op.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, StatementError

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.outbox import OpenJob, close_assignments, find_jobs, update_homework
from homework_api.domain.statuses import HomeworkStatus, accepts_homework
from homework_api.pipeline import metrics
from homework_shared.errors import MalformedMessage, Verdict
from homework_shared.exercises.checks import Problem, problems_of_homework
from homework_shared.exercises.exercise import ExerciseType, types_in_turn
from homework_shared.exercises.messages import GeneratorKind, HomeworkFailed, HomeworkGenerated, decode
from homework_shared.messaging.topology import RESULTS
from homework_shared.messaging.transport import Broker, Consumer, Delivery
from homework_shared.observability.metrics import cached_labels
from homework_shared.observability.tracing import HEADER, SpanKind, begin_span, messaging
from homework_shared.runtime.retry import Backoff, keep_running, retrying, until

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BATCH = 300
UNUSABLE = "unusable"
NOTHING_WRONG = "none"
NOTICED_SECONDS = 2.0
"""Later than this after its deadline a homework counts as late."""
DATABASE_BACKOFF = Backoff(0.2, 2.0)

Result = HomeworkGenerated | HomeworkFailed


@dataclass(frozen=True, slots=True)
class _Change:
    outcome: str
    assignment_id: int
    row: dict[str, Any]
    reason: str = ""
    tell: Sequence[Callable[[], None]] = ()
    """Metrics and log lines, for when it is committed: until then it may be done again."""


@dataclass
class _Stored:
    """What became of a batch: deliveries to acknowledge, and deliveries to park with a reason."""

    accepted: list[Delivery] = field(default_factory=list)
    refused: list[tuple[Delivery, str, str]] = field(default_factory=list)

    async def settle(self, consumer: Consumer) -> None:
        # Parked first: the multiple acknowledgement covers all earlier deliveries that are left.
        for delivery, outcome, reason in self.refused:
            await _park(delivery, outcome, reason)
        if self.accepted:
            await consumer.ack_through(self.accepted[-1])


class ResultsConsumer:
    """Stores results. Several processes may run it on one queue and one PostgreSQL."""

    def __init__(
        self,
        broker: Broker,
        database: Database,
        clock: Callable[[], datetime],
        backoff: Backoff,
        changed: Callable[[set[int]], None],
    ) -> None:
        self._broker = broker
        self._database = database
        self._clock = clock
        self._backoff = backoff
        self._changed = changed

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`."""

        async def session() -> None:
            async with self._broker.consumer(RESULTS, BATCH) as consumer:
                log.info("results_connected")
                await until(stop, self._consume(consumer, stop))

        await keep_running("results", session, stop, self._backoff)

    async def _consume(self, consumer: Consumer, stop: asyncio.Event) -> None:
        while True:
            deliveries = await consumer.take(BATCH)
            read = [(delivery, result) for delivery in deliveries if (result := await _read(delivery))]
            if read:
                # A dead database is waited out here: requeuing would spend the delivery limit.
                storing = retrying("storing results", stop, DATABASE_BACKOFF, (DatabaseUnavailable,))
                with _spans([delivery for delivery, _ in read]):
                    stored: _Stored | None = await storing(self._store, read)
                if stored:
                    await stored.settle(consumer)

    async def _store(self, batch: Sequence[tuple[Delivery, Result]]) -> _Stored:
        """Store a batch. A result that the database or its assignment refuses is parked alone, not
        with its neighbours. Nothing is settled here: this may be tried again."""
        results = [result for _, result in batch]
        try:
            changes = await self._database.transact(
                lambda connection: self._store_in_one_transaction(connection, results)
            )
        except (DBAPIError, StatementError) as error:
            return await self._store_one_by_one(batch, error)
        metrics.results_batch.observe(len(batch))
        self._changed({change.assignment_id for change in changes if change.row})
        stored = _Stored()
        for (delivery, _), change in zip(batch, changes, strict=True):
            for tell in change.tell:
                tell()
            if change.outcome == UNUSABLE:
                stored.refused.append((delivery, change.outcome, change.reason))
            else:
                cached_labels(metrics.results, change.outcome).inc()
                stored.accepted.append(delivery)
        return stored

    async def _store_one_by_one(self, batch: Sequence[tuple[Delivery, Result]], error: Exception) -> _Stored:
        if len(batch) == 1:
            return _Stored(refused=[(batch[0][0], "unstorable", str(error))])
        together = _Stored()
        for one in batch:
            stored = await self._store([one])
            together.accepted += stored.accepted
            together.refused += stored.refused
        return together

    def _store_in_one_transaction(self, connection: Connection, results: Sequence[Result]) -> list[_Change]:
        now = self._clock()
        jobs = find_jobs(connection, [result.job_id for result in results])
        changes = [_apply(jobs, result, now) for result in results]
        # A later change of the same homework supersedes an earlier one of this batch.
        rows = list({change.row["id"]: change.row for change in changes if change.row}.values())
        for columns in {tuple(row) for row in rows}:
            update_homework(connection, [row for row in rows if tuple(row) == columns])
        touched = {change.assignment_id for change in changes if change.row}
        if touched:
            close_assignments(connection, touched, now)
        return changes


@contextmanager
def _spans(batch: Sequence[Delivery]) -> Iterator[None]:
    """One span per result, each in the trace of its own homework, over the storing of them all."""
    spans = [
        begin_span(
            f"process {RESULTS}",
            SpanKind.CONSUMER,
            delivery.envelope.headers.get(HEADER),
            messaging("process", RESULTS, delivery.envelope.message_id)
            | {"messaging.batch.message_count": len(batch)},
        )
        for delivery in batch
    ]
    try:
        yield
    finally:
        for span in spans:
            span.end()


async def _read(delivery: Delivery) -> Result | None:
    """Decode one delivery; what cannot be read is parked where ops can look at it."""
    envelope = delivery.envelope
    try:
        if envelope.type == HomeworkFailed.__name__:
            return decode(HomeworkFailed, envelope.type, envelope.body)
        return decode(HomeworkGenerated, envelope.type, envelope.body)
    except MalformedMessage as error:
        await _park(delivery, "malformed", str(error))
        return None


async def _park(delivery: Delivery, outcome: str, reason: str) -> None:
    # Rejected, it is dead-lettered to generation.dead with its body. Its homework is still open,
    # so the deadline net asks for it again.
    log.error("result_parked", outcome=outcome, job_id=delivery.envelope.message_id[:64], reason=reason[:300])
    metrics.results.labels(outcome).inc()
    await delivery.settle(Verdict.REJECT)


def _apply(jobs: dict[UUID, OpenJob], result: Result, now: datetime) -> _Change:
    """What this result does to its homework. `jobs` is kept true for the next result of the batch."""
    job = jobs.get(result.job_id)
    if job is None:  # deleted, or asked for again under another id
        return _Change("unknown", 0, {})
    if isinstance(result, HomeworkFailed):
        if job.status is not HomeworkStatus.PENDING:
            return _Change("repeated", job.assignment_id, {})
        jobs[result.job_id] = replace(job, status=HomeworkStatus.FAILED)
        return _Change("failed", job.assignment_id, _failed_row(job, result))
    if not accepts_homework(job.status, job.generated_by, result.generated_by):
        return _Change("repeated", job.assignment_id, {})
    problems = _problems(job, result)
    told = [partial(_tell_problems, result, problems)] if problems else []
    if problems and not _is_tolerated(job, result):
        return _Change(UNUSABLE, job.assignment_id, _rescued_row(job, now), _in_words(problems), told)
    outcome = "replaced" if job.status is HomeworkStatus.AVAILABLE else "stored"
    jobs[result.job_id] = replace(
        job,
        status=HomeworkStatus.AVAILABLE,
        generated_by=result.generated_by,
        first_available_at=job.first_available_at or now,
    )
    told.append(partial(_observe, job, result, now))
    return _Change(outcome, job.assignment_id, _generated_row(job, result, now), tell=told)


def _observe(job: OpenJob, result: HomeworkGenerated, now: datetime) -> None:
    writer = result.generated_by
    margin = (job.deadline_at - now).total_seconds()
    cached_labels(metrics.end_to_end_seconds, writer).observe((now - job.requested_at).total_seconds())
    cached_labels(metrics.queue_seconds, writer).observe(result.queue_seconds)
    cached_labels(metrics.generation_seconds, writer).observe(result.generation_seconds)
    cached_labels(metrics.deadline_margin, writer).observe(margin)
    cached_labels(metrics.written, writer, result.fallback_reason or NOTHING_WRONG).inc()
    if margin < -NOTICED_SECONDS and job.status is not HomeworkStatus.AVAILABLE:
        metrics.deadlines_missed.labels(writer).inc()


def _problems(job: OpenJob, result: HomeworkGenerated) -> list[Problem]:
    """Why no student should see this homework."""
    types = types_in_turn(tuple(ExerciseType(name) for name in job.exercise_types), job.quantity)
    return problems_of_homework(result.exercises, types)


def _is_tolerated(job: OpenJob, result: HomeworkGenerated) -> bool:
    # Nobody writes it better: refused, it would come again like this until the homework has failed.
    return result.generated_by is GeneratorKind.MOCK and len(result.exercises) == job.quantity


def _tell_problems(result: HomeworkGenerated, problems: Sequence[Problem]) -> None:
    for problem in problems:
        metrics.failed_checks.labels(problem.check).inc()
    if result.generated_by is GeneratorKind.MOCK:
        log.error("mock_homework_fails_checks", job_id=str(result.job_id), reason=_in_words(problems))


def _in_words(problems: Sequence[Problem]) -> str:
    return "; ".join(sorted({f"{problem.check}: {problem.detail}" for problem in problems}))


def _rescued_row(job: OpenJob, now: datetime) -> dict[str, Any]:
    # Still open, it is the mock's turn now and not only after the deadline.
    return {"id": job.homework_id, "rescue_at": now} if job.status is HomeworkStatus.PENDING else {}


def _generated_row(job: OpenJob, result: HomeworkGenerated, now: datetime) -> dict[str, Any]:
    return {
        "id": job.homework_id,
        "status": HomeworkStatus.AVAILABLE,
        "exercises": result.exercises,
        "generated_by": result.generated_by,
        "model": result.model,
        "fallback_reason": result.fallback_reason,
        "available_at": now,
        "error_message": None,
        "worker_id": result.worker_id,
        "taken_at": _moment(job, result.queue_seconds, now),
        "generated_at": _moment(job, result.queue_seconds + result.generation_seconds, now),
        "first_available_at": job.first_available_at or now,
    }


def _moment(job: OpenJob, seconds: float, now: datetime) -> datetime:
    # The worker's clock is not ours, and a number it made up must neither overflow nor lie in the future.
    waited = max(0.0, (now - job.requested_at).total_seconds())
    return job.requested_at + timedelta(seconds=min(seconds, waited))


def _failed_row(job: OpenJob, result: HomeworkFailed) -> dict[str, Any]:
    return {
        "id": job.homework_id,
        "status": HomeworkStatus.FAILED,
        "error_message": f"{result.code}: {result.message}",
        "worker_id": result.worker_id,
    }
