"""What the API can do. Each method's transaction is closed before it returns: a client that has an answer
has what it says."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.migrate import is_current
from homework_api.database.models import Student
from homework_api.database.queries import assignments as repository
from homework_api.database.queries.assignments import AssignmentRecord
from homework_api.database.queries.class_results import lock_retryable
from homework_api.database.queries.jobs import page_jobs, read_latency
from homework_api.database.queries.outbox import add_outbox, close_assignments
from homework_api.domain.backlog import Backlog
from homework_api.domain.errors import (
    AssignmentNotFound,
    EmailTaken,
    HomeworkNotFound,
    KeyReused,
    KeySpent,
    NothingToReplace,
    NothingToRetry,
    NotStartable,
    StudentNotFound,
)
from homework_api.domain.statuses import TRANSITIONS, HomeworkStatus
from homework_api.export import Handout
from homework_api.pipeline.assignment_events import AssignmentEvents
from homework_api.pipeline.jobs import Orders, outbox_row
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.schemas.assignments import (
    AssignmentCreate,
    AssignmentResponse,
    HomeworkListResponse,
    HomeworkResponse,
    Progress,
    RetryRequest,
    StudentCreate,
    StudentResponse,
)
from homework_api.schemas.jobs import JobFilter, JobsResponse, LatencyResponse
from homework_api.schemas.paging import Page
from homework_api.services import metrics
from homework_api.services.acceptance import Acceptance, UsedKey, fingerprint_of
from homework_api.services.exports import gather_handout
from homework_shared.observability.tracing import span

REREAD_SECONDS = 1.0
READY_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Created:
    """`replayed`: an earlier request with the same Idempotency-Key had made it."""

    assignment: AssignmentResponse
    replayed: bool


class HomeworkService:
    """`handoff` and `changes` hear of a transaction after its commit."""

    def __init__(
        self,
        db: Database,
        *,
        clock: Callable[[], datetime],
        gpu_online: Callable[[], bool],
        rescue_grace: timedelta,
        handoff: OutboxHandoff,
        changes: AssignmentEvents,
    ) -> None:
        self._db = db
        self._clock = clock
        self._orders = Orders(clock, gpu_online, rescue_grace)
        self._acceptance = Acceptance(self._orders, handoff)
        self._handoff = handoff
        self._changes = changes

    async def create_student(self, request: StudentCreate) -> StudentResponse:
        student = Student(name=request.name, email=request.email, created_at=self._clock())
        try:
            async with self._db.write() as session:
                if await repository.is_email_taken(session, student.email):
                    raise EmailTaken
                session.add(student)
        except IntegrityError as error:  # another process took it between the look and the insert
            raise EmailTaken from error
        return StudentResponse.model_validate(student)

    async def list_students(self, page: Page) -> tuple[list[StudentResponse], int]:
        async with self._db.read() as session:
            students, total = await repository.page_students(session, page)
        return [StudentResponse.model_validate(student) for student in students], total

    async def delete_student(self, student_id: int) -> None:
        async with self._db.write() as session:
            touched = await repository.delete_student(session, student_id)
            if touched is None:
                raise StudentNotFound
            # Theirs may have been the last homework that an assignment waited for.
            connection = await session.connection()
            await connection.run_sync(close_assignments, touched, self._clock())
        self._changes.notify(touched)

    async def create_assignment(
        self, request: AssignmentCreate, *, key: str | None = None, traceparent: str | None = None
    ) -> Created:
        """`key` is the client's Idempotency-Key: the same request with the same key is done once."""
        try:
            return await self._create_once(request, key, traceparent)
        except IntegrityError:
            if key is None:
                raise
            # A twin of this request has just committed the key: now it is there to be found.
            return await self._create_once(request, key, traceparent)

    async def list_assignments(self, page: Page) -> tuple[list[AssignmentResponse], int]:
        async with self._db.read() as session:
            records, total = await repository.page_assignments(session, page)
        return [_assignment_response(record) for record in records], total

    async def get_assignment(self, assignment_id: int) -> AssignmentResponse:
        async with self._db.read() as session:
            return await _found_assignment(session, assignment_id)

    async def watch_assignment(
        self, assignment: AssignmentResponse, stop: asyncio.Event
    ) -> AsyncGenerator[AssignmentResponse]:
        """The assignment now and at each change, until it is final or deleted or `stop` is set."""
        current = assignment
        with self._changes.subscribe(assignment.id) as news:
            yield current
            while not (current.status.is_final or stop.is_set()):
                news.rearm()
                try:
                    latest = await self.get_assignment(assignment.id)
                except AssignmentNotFound:
                    return
                except DatabaseUnavailable:
                    latest = current
                if latest != current:
                    current = latest
                    yield current
                else:
                    # Other processes store results too: their news do not reach this one.
                    await news.wait(REREAD_SECONDS)

    async def delete_assignment(self, assignment_id: int) -> None:
        async with self._db.write() as session:
            if not await repository.delete_assignment(session, assignment_id):
                raise AssignmentNotFound
        self._changes.notify([assignment_id])

    async def retry_assignment(
        self, assignment_id: int, request: RetryRequest, *, traceparent: str | None = None
    ) -> AssignmentResponse:
        """Ask again for what failed, and for better than the mock's where `request` says so."""
        async with self._db.write() as session:
            wanted = await lock_retryable(
                session, assignment_id, self._clock(), replace_mock=request.replace_mock
            )
            assignment = await repository.lock_assignment(session, assignment_id)
            if assignment is None:
                raise AssignmentNotFound
            if not wanted:
                raise NothingToReplace if request.replace_mock else NothingToRetry
            self._orders.again(assignment, wanted, request.deadline_seconds)
            await session.flush()
            debts = [outbox_row(assignment, homework, traceparent) for homework in wanted]
            await (await session.connection()).run_sync(add_outbox, debts)
            answer = await _found_assignment(session, assignment_id)
        metrics.retried.inc(len(wanted))
        self._handoff.wake()
        self._changes.notify([assignment_id])
        return answer

    async def export_assignment(self, assignment_id: int, student_id: int | None) -> Handout:
        async with self._db.read() as session:
            return await gather_handout(session, assignment_id, student_id)

    async def list_homework(
        self, student_id: int, status: HomeworkStatus | None, page: Page
    ) -> HomeworkListResponse:
        async with self._db.read() as session:
            if not await repository.has_student(session, student_id):
                raise StudentNotFound
            rows, total = await repository.page_homework(session, student_id, status, page)
        return HomeworkListResponse(
            homework=[HomeworkResponse.model_validate(row) for row in rows], total=total
        )

    async def get_homework(self, student_id: int, homework_id: int) -> HomeworkResponse:
        async with self._db.read() as session:
            homework = await repository.find_homework(session, student_id, homework_id)
        if homework is None:
            raise HomeworkNotFound
        return HomeworkResponse.model_validate(homework)

    async def start_homework(self, student_id: int, homework_id: int) -> HomeworkResponse:
        """From here on nothing replaces the exercises. Starting twice is starting once."""
        async with self._db.write() as session:
            homework = await repository.find_homework(session, student_id, homework_id, lock=True)
            if homework is None:
                raise HomeworkNotFound
            status = HomeworkStatus(homework.status)
            if status is not HomeworkStatus.IN_PROGRESS:
                if HomeworkStatus.IN_PROGRESS not in TRANSITIONS[status]:
                    raise NotStartable(f"Only available homework can be started; this one is {status}")
                homework.status = HomeworkStatus.IN_PROGRESS
        return HomeworkResponse.model_validate(homework)

    async def read_backlog(self) -> Backlog:
        async with self._db.read() as session:
            return await repository.read_backlog(session)

    async def list_jobs(self, wanted: JobFilter, page: Page) -> JobsResponse:
        async with self._db.read() as session:
            return await page_jobs(session, wanted, page)

    async def read_latency(self) -> LatencyResponse:
        async with self._db.read() as session:
            return await read_latency(session, self._clock())

    async def database_problem(self) -> str | None:
        """Why the database cannot be used, or None."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                current = await is_current(self._db)
        except DatabaseUnavailable as error:
            return str(error)
        except TimeoutError:
            return f"the database did not answer within {READY_SECONDS:.0f} s"
        return None if current else "the database is not migrated: run `homework-api migrate`"

    def now(self) -> datetime:
        return self._clock()

    async def _create_once(
        self, request: AssignmentCreate, key: str | None, traceparent: str | None
    ) -> Created:
        with span("accept assignment"):
            order = self._acceptance.order(request)
            made = await self._db.transact(
                lambda connection: self._acceptance.accept(connection, request, order, key, traceparent)
            )
        if isinstance(made, UsedKey):
            return Created(await self._replay(made, request), replayed=True)
        await self._handoff.give(made.debts, made.lease)
        progress = Progress(total=len(made.debts))
        told = {**made.assignment, "student_ids": request.student_ids, "progress": progress}
        return Created(AssignmentResponse.model_validate(told), replayed=False)

    async def _replay(self, used: UsedKey, request: AssignmentCreate) -> AssignmentResponse:
        if used.fingerprint != fingerprint_of(request):
            raise KeyReused
        if used.assignment_id is None:
            raise KeySpent
        return await self.get_assignment(used.assignment_id)


async def _found_assignment(session: AsyncSession, assignment_id: int) -> AssignmentResponse:
    record = await repository.find_assignment(session, assignment_id)
    if record is None:
        raise AssignmentNotFound
    return _assignment_response(record)


def _assignment_response(record: AssignmentRecord) -> AssignmentResponse:
    return AssignmentResponse.model_validate(
        {
            **record.assignment.model_dump(warnings=False),  # enums come back from the database as text
            "student_ids": record.student_ids,
            "progress": record.progress,
        }
    )
