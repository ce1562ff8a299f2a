"""Teachers' assignments. Each method commits its transaction before it returns, so that what a response says
is stored.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.models import ASSIGNMENTS
from homework_api.database.queries import assignments as queries
from homework_api.database.queries.assignments import AssignmentProgress, AssignmentRecord
from homework_api.database.queries.audit import note
from homework_api.database.queries.counts import count_owned
from homework_api.database.queries.idempotency_keys import UsedKey
from homework_api.domain.access import NO_KEY, Reach, Signature
from homework_api.domain.audit import Action
from homework_api.domain.errors import AssignmentNotFound, KeyReused, KeySpent
from homework_api.pipeline.assignment_events import AssignmentEvents
from homework_api.pipeline.jobs import JobPlanner
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.schemas.assignments import (
    AssignmentCreate,
    AssignmentResponse,
    DueDateRequest,
    Progress,
    ReleaseRequest,
    RetryRequest,
)
from homework_api.schemas.paging import Page
from homework_api.services import metrics
from homework_api.services.acceptance import Acceptance, fingerprint_of
from homework_api.services.releasing import Release, TakeBackRelease
from homework_api.services.retry import Retry
from homework_api.services.times import require_due_at, written
from homework_shared.exercises.exercise import CefrLevel, ExerciseType
from homework_shared.observability.tracing import span
from homework_shared.runtime.clock import Clock

REREAD_SECONDS = 1.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Created:
    """The assignment. `replayed` means that an earlier request with the same Idempotency-Key
    had created it.
    """

    assignment: AssignmentResponse
    replayed: bool


class AssignmentService:
    """The operations on assignments. `handoff` and `events` are informed after each commit."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        planner: JobPlanner,
        handoff: OutboxHandoff,
        events: AssignmentEvents,
    ) -> None:
        self._database = database
        self._clock = clock
        self._planner = planner
        self._handoff = handoff
        self._events = events

    async def create(
        self,
        request: AssignmentCreate,
        reach: Reach,
        *,
        key: str | None = None,
        traceparent: str | None = None,
    ) -> Created:
        """For the teacher of `reach`, with their own students. `key` is the client's Idempotency-Key: the
        same request of one teacher with the same key is done once.

        Raises:
            StudentNotFound: one of the students is unknown.
            ClassNotFound, NobodyInClass: there is no such class, or nobody in it.
            WrongTime: `ready_by`, `release_at` or `due_at` cannot be kept.
            KeyReused, KeySpent: the key belongs to another request, or to an assignment that is deleted.
        """
        try:
            return await self._create_once(request, reach, key, traceparent)
        except IntegrityError:
            if key is None:
                raise
            # A concurrent request with the same key has just committed, so its assignment can be found now.
            return await self._create_once(request, reach, key, traceparent)

    async def page(self, page: Page, reach: Reach) -> tuple[list[AssignmentResponse], int]:
        """Newest first, and how many there are on all pages."""

        def read(connection: Connection) -> tuple[list[AssignmentProgress], int]:
            listed = queries.page_assignments(connection, page, reach)
            return listed, count_owned(connection, ASSIGNMENTS, reach)

        found, total = await self._database.read(read)
        return [self._response(one) for one in found], total

    async def get(self, assignment_id: int, reach: Reach) -> AssignmentResponse:
        """Raises AssignmentNotFound."""
        found = await self._database.read(
            lambda connection: queries.find_progress(connection, assignment_id, reach)
        )
        if found is None:
            raise AssignmentNotFound
        return self._response(found)

    async def watch(
        self,
        assignment: AssignmentResponse,
        reach: Reach,
        stop: asyncio.Event,
        may_go_on: Callable[[], Awaitable[bool]],
    ) -> AsyncGenerator[AssignmentResponse]:
        """The assignment now and after each change, until it is final or deleted, `stop` is set, or the
        watcher may not go on. The watcher's rights are checked before each change and every second.
        """
        current = assignment
        with self._events.subscribe(assignment.id) as news:
            yield current
            while not (current.status.is_final or stop.is_set()):
                news.rearm()
                try:
                    latest = await self.get(assignment.id, reach)
                except AssignmentNotFound:
                    return
                except DatabaseUnavailable:
                    latest = current
                if not await may_go_on():
                    return
                if latest != current:
                    current = latest
                    yield current
                else:
                    # Other processes store results too, and their events do not reach this process.
                    await news.wait(REREAD_SECONDS)

    async def change_due_date(
        self, assignment_id: int, request: DueDateRequest, by: Signature, reach: Reach
    ) -> AssignmentResponse:
        """Change the due date. Fields that are not sent keep their values. A new date lies ahead, so homework
        that was submitted before the change is in time.

        Raises:
            AssignmentNotFound, WrongTime.
        """
        now = self._clock()

        def change(connection: Connection) -> tuple[AssignmentRecord, AssignmentProgress | None]:
            known = queries.lock_assignment(connection, assignment_id, reach)
            if known is None:
                raise AssignmentNotFound
            if request.due_at is not None and request.due_at != known.due_at:
                require_due_at(request.due_at, max(now, known.deadline_at, known.release_at or now))
            due_at = request.due_at if "due_at" in request.model_fields_set else known.due_at
            late_work = request.late_work if "late_work" in request.model_fields_set else known.late_work
            queries.update_due_date(connection, assignment_id, due_at, late_work)
            return known, queries.find_progress(connection, assignment_id, reach)

        before, found = await self._database.write(change)
        if found is None:
            raise AssignmentNotFound
        _report_due_date(before, found.assignment, by)
        self._events.notify([assignment_id])
        return self._response(found)

    async def release(
        self, assignment_id: int, request: ReleaseRequest, by: Signature, reach: Reach
    ) -> AssignmentResponse:
        """Release the homework to the students, at once or at a time, which can be changed until then.

        Raises:
            AssignmentNotFound, HomeworkChanged, AlreadyReleased, WrongTime.
        """
        return await self._change_release(assignment_id, Release(request, by, reach, self._clock), by)

    async def take_back_release(self, assignment_id: int, by: Signature, reach: Reach) -> AssignmentResponse:
        """Hold the assignment back until it is released again. Raises AssignmentNotFound, AlreadyReleased."""
        return await self._change_release(assignment_id, TakeBackRelease(by, reach, self._clock), by)

    async def _change_release(
        self, assignment_id: int, change: Release | TakeBackRelease, by: Signature
    ) -> AssignmentResponse:
        found = await self._database.write(lambda connection: change.apply(connection, assignment_id))
        _report_release(found.assignment, by)
        self._events.notify([assignment_id])
        return self._response(found)

    async def delete(self, assignment_id: int, reach: Reach, by: Signature = NO_KEY) -> None:
        """Delete the assignment with its homework. Raises AssignmentNotFound."""
        now = self._clock()

        def delete(connection: Connection) -> None:
            if not queries.delete_assignment(connection, assignment_id, reach):
                raise AssignmentNotFound
            note(connection, Action.ASSIGNMENT_DELETED, assignment_id, by, now)

        await self._database.write(delete)
        self._events.notify([assignment_id])
        await self._database.forget_deleted()

    async def retry(
        self, assignment_id: int, request: RetryRequest, reach: Reach, *, traceparent: str | None = None
    ) -> AssignmentResponse:
        """Request failed homework again, and replacements for the mock generator's if `request` says so.

        Raises:
            AssignmentNotFound, NothingToRetry, NothingToReplace.
        """
        patience = self._planner.patience(request.deadline_seconds)
        retry = Retry(self._planner, request, self._clock(), patience, traceparent)
        wanted, found = await self._database.write(
            lambda connection: retry.ask(connection, assignment_id, reach)
        )
        metrics.retried.inc(wanted)
        self._handoff.wake()
        self._events.notify([assignment_id])
        return self._response(found)

    async def _create_once(
        self, request: AssignmentCreate, reach: Reach, key: str | None, traceparent: str | None
    ) -> Created:
        with span("accept assignment"):
            new = self._planner.assignment(request, reach.teacher_id)
            acceptance = Acceptance(self._planner, self._handoff, request, new, key, traceparent)
            made = await self._database.write(acceptance.accept)
        if isinstance(made, UsedKey):
            return Created(await self._replay(made, request, reach), replayed=True)
        self._handoff.give(made.rows, made.lease)
        progress = Progress(total=len(made.rows))
        response = self._response(AssignmentProgress(made.assignment, made.student_ids, progress))
        return Created(response, replayed=False)

    async def _replay(self, used: UsedKey, request: AssignmentCreate, reach: Reach) -> AssignmentResponse:
        if used.fingerprint != fingerprint_of(request):
            raise KeyReused
        if used.assignment_id is None:
            raise KeySpent
        return await self.get(used.assignment_id, reach)

    def _response(self, found: AssignmentProgress) -> AssignmentResponse:
        return _response(found, self._clock())


def _report_due_date(before: AssignmentRecord, after: AssignmentRecord, by: Signature) -> None:
    log.info(
        "due_date_changed",
        assignment_id=after.id,
        due_at=after.due_at and written(after.due_at),
        due_at_before=before.due_at and written(before.due_at),
        late_work=after.late_work,
        late_work_before=before.late_work,
        by=by.name,
        by_key=by.key_id,
    )


def _report_release(assignment: AssignmentRecord, by: Signature) -> None:
    log.info(
        "release_changed",
        assignment_id=assignment.id,
        release_at=assignment.release_at and written(assignment.release_at),
        by=by.name,
        by_key=by.key_id,
    )


def _response(found: AssignmentProgress, now: datetime) -> AssignmentResponse:
    of = found.assignment
    return AssignmentResponse(
        id=of.id,
        cefr_level=CefrLevel(of.cefr_level),
        grammar_focus=of.grammar_focus,
        topic=of.topic,
        quantity=of.quantity,
        exercise_types=[ExerciseType(name) for name in of.exercise_types],
        status=of.status,
        student_ids=found.student_ids,
        created_at=of.created_at,
        completed_at=of.completed_at,
        error_message=of.error_message,
        deadline_at=of.deadline_at,
        progress=found.progress,
        class_id=of.class_id,
        due_at=of.due_at,
        late_work=of.late_work,
        review=of.review,
        release_at=of.release_at,
        held_back=of.is_held_back(now),
        changed_at=found.changed_at,
    )
