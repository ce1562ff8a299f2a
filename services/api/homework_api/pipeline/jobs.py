"""Creates the jobs of homework, and the outbox rows that carry them to the broker."""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from homework_api.database.rows import Job, NewAssignment, NewHomework, OutboxRow
from homework_api.schemas.assignments import AssignmentCreate
from homework_shared.exercises.exercise import CefrLevel, ExerciseType
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.runtime.clock import Clock

GPU_DEADLINE = timedelta(seconds=60)
MOCK_DEADLINE = timedelta(seconds=5)
RESCUE_GRACE = timedelta(seconds=1)
"""How long after its deadline a homework that is still open is sent straight to the fallback queue. This is
longer than the few tens of milliseconds that dead-lettering takes, and shorter than the two seconds that a
class may notice."""


class ExerciseRequest(Protocol):
    """What a teacher asked for."""

    @property
    def cefr_level(self) -> str: ...

    @property
    def grammar_focus(self) -> str | None: ...

    @property
    def topic(self) -> str | None: ...

    @property
    def quantity(self) -> int: ...

    @property
    def exercise_types(self) -> Sequence[str]: ...


class RequestedJob(Protocol):
    """The current job of a homework."""

    @property
    def job_id(self) -> UUID: ...

    @property
    def seed(self) -> int: ...

    @property
    def delivery_token(self) -> str | None:
        """None if an earlier version, which had no tokens, requested the job."""

    @property
    def requested_at(self) -> datetime: ...

    @property
    def deadline_at(self) -> datetime: ...


def job_message(request: ExerciseRequest, job: RequestedJob) -> GenerateHomework:
    """The command for one homework. It contains no student's name, no e-mail address and no database id."""
    return GenerateHomework(
        job_id=job.job_id,
        cefr_level=CefrLevel(request.cefr_level),
        grammar_focus=request.grammar_focus,
        topic=request.topic,
        quantity=request.quantity,
        exercise_types=tuple(ExerciseType(name) for name in request.exercise_types),
        seed=job.seed,
        delivery_token=job.delivery_token,
        created_at=job.requested_at,
        deadline_at=job.deadline_at,
    )


def outbox_rows(
    assignment_id: int,
    request: ExerciseRequest,
    jobs: Sequence[RequestedJob],
    traceparent: str | None,
    *,
    overdue: bool = False,
) -> list[OutboxRow]:
    """The outbox rows for homework of one assignment. Their jobs were requested together and differ only in
    id, seed and token, so one message is validated for all."""
    message = job_message(request, jobs[0])
    bodies = message.encode_for([(job.job_id, job.seed, job.delivery_token) for job in jobs])
    return [
        OutboxRow(job.job_id, assignment_id, overdue, body, traceparent, job.deadline_at)
        for job, body in zip(jobs, bodies, strict=True)
    ]


class JobPlanner:
    """Decides the deadline of the jobs, and makes the rows of assignments, homework and jobs."""

    def __init__(
        self,
        clock: Clock,
        gpu_online: Callable[[], bool],
        rescue_grace: timedelta = RESCUE_GRACE,
    ) -> None:
        self._clock = clock
        self._gpu_online = gpu_online
        self._rescue_grace = rescue_grace

    def patience(self, seconds: int | None) -> timedelta:
        """How long a GPU may take: `seconds`, or a default that depends on whether a GPU is online. Call it
        on the event loop, where the generators that are online are tracked."""
        if seconds is not None:
            return timedelta(seconds=seconds)
        return GPU_DEADLINE if self._gpu_online() else MOCK_DEADLINE

    def assignment(self, request: AssignmentCreate, teacher_id: int) -> NewAssignment:
        """The row of a new assignment, whose deadline counts from now. Call it on the event loop, like
        `patience`."""
        now = self._clock()
        deadline_at = request.ready_by or now + self.patience(request.deadline_seconds)
        return NewAssignment(
            cefr_level=request.cefr_level.value,
            grammar_focus=request.grammar_focus,
            topic=request.topic,
            quantity=request.quantity,
            exercise_types=[type_.value for type_ in request.exercise_types],
            created_at=now,
            deadline_at=deadline_at.astimezone(UTC),
            class_id=request.class_id,
            due_at=request.due_at,
            late_work=request.late_work,
            teacher_id=teacher_id,
            review=request.review,
            release_at=request.release_at,
        )

    def homework(
        self, assignment_id: int, assignment: NewAssignment, student_ids: Sequence[int]
    ) -> list[NewHomework]:
        """The rows of the homework, one for each student, in the order of `student_ids`."""
        now, deadline = assignment.created_at, assignment.deadline_at
        rescue_at = deadline + self._rescue_grace
        return [NewHomework(assignment_id, id_, now, _job(now, deadline, rescue_at)) for id_ in student_ids]

    def job(self, now: datetime, deadline: datetime) -> Job:
        return _job(now, deadline, deadline + self._rescue_grace)


def _job(now: datetime, deadline: datetime, rescue_at: datetime) -> Job:
    return Job(uuid4(), secrets.randbits(63), secrets.token_hex(16), now, deadline, rescue_at)
