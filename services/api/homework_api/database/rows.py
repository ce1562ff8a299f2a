"""Rows to be written, typed from where they are created to the statement that stores them.

The rows that a query reads have a record type beside the query.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from homework_api.domain.access import FIRST_TEACHER
from homework_api.domain.due_dates import LateWork
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import FallbackReason, GeneratorKind


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """An assignment that no generator works on yet. The database assigns its id."""

    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    quantity: int
    exercise_types: Sequence[str]
    created_at: datetime
    deadline_at: datetime
    status: AssignmentStatus = AssignmentStatus.PENDING
    class_id: int | None = None
    due_at: datetime | None = None
    late_work: LateWork = LateWork.MARK
    teacher_id: int = FIRST_TEACHER
    review: bool = False
    release_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """The request of one homework to the generators. A retry gives the homework another job. Only the
    receiver of the job learns its token.
    """

    job_id: UUID
    seed: int
    delivery_token: str
    requested_at: datetime
    deadline_at: datetime
    rescue_at: datetime
    rescues: int = 0


@dataclass(frozen=True, slots=True)
class NewHomework:
    """One student's homework of an assignment."""

    assignment_id: int
    student_id: int
    created_at: datetime
    job: Job
    status: HomeworkStatus = HomeworkStatus.PENDING


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A job message that the broker has not confirmed yet. `overdue` publishes it directly to the fallback
    queue.
    """

    job_id: UUID
    assignment_id: int
    overdue: bool
    body: str
    traceparent: str | None
    deadline_at: datetime


@dataclass(frozen=True, slots=True)
class WrittenHomework:
    """A generator's result as it is stored. With `exercise_writers` None, `generated_by` wrote every
    exercise.
    """

    id: int
    exercises: Sequence[dict[str, Any]]
    exercise_writers: Sequence[GeneratorKind] | None
    generated_by: GeneratorKind
    model: str
    worker_id: str
    fallback_reason: str | None
    taken_at: datetime
    generated_at: datetime
    available_at: datetime
    first_available_at: datetime
    partial_exercises: None = None
    error_message: None = None
    status: HomeworkStatus = HomeworkStatus.AVAILABLE


@dataclass(frozen=True, slots=True)
class PartialHomework:
    """Part of a GPU's homework has arrived, and the deadline net has to request the rest from the mock
    generator now.
    """

    id: int
    partial_exercises: Sequence[Exercise | None]
    model: str
    worker_id: str
    taken_at: datetime
    generated_at: datetime
    rescue_at: datetime


@dataclass(frozen=True, slots=True)
class CompletedHomework:
    """The mock generator wrote the exercises that a GPU's homework lacked. Model and worker
    stay the GPU's.
    """

    id: int
    exercises: Sequence[dict[str, Any]]
    exercise_writers: Sequence[GeneratorKind] | None
    available_at: datetime
    first_available_at: datetime
    generated_by: GeneratorKind = GeneratorKind.VLLM
    fallback_reason: FallbackReason = FallbackReason.INCOMPLETE
    partial_exercises: None = None
    error_message: None = None
    status: HomeworkStatus = HomeworkStatus.AVAILABLE


@dataclass(frozen=True, slots=True)
class FailedHomework:
    """The mock generator gave up on this homework."""

    id: int
    error_message: str
    worker_id: str
    status: HomeworkStatus = HomeworkStatus.FAILED


@dataclass(frozen=True, slots=True)
class UnansweredHomework:
    """No generator has written this homework, after all tries of the deadline net."""

    id: int
    error_message: str
    status: HomeworkStatus = HomeworkStatus.FAILED


@dataclass(frozen=True, slots=True)
class RescheduledRescue:
    """The deadline net has to look at this homework again at another time."""

    id: int
    rescue_at: datetime
    rescues: int


@dataclass(frozen=True, slots=True)
class HurriedRescue:
    """The deadline net has to look at this homework now and not only after its deadline."""

    id: int
    rescue_at: datetime


@dataclass(frozen=True, slots=True)
class ExchangedExercises:
    """Exercises that a teacher requested have arrived. `replacing` are the positions that are still open,
    with the seed for the next try.
    """

    id: int
    exercises: Sequence[Exercise | dict[str, Any] | None]
    exercise_writers: Sequence[str | None]
    replacing: Sequence[int] | None
    seed: int
    taken_at: datetime
    generated_at: datetime
    available_at: datetime
    rescue_at: datetime
    error_message: None = None


@dataclass(frozen=True, slots=True)
class AbandonedReplacement:
    """Requested exercises could not be written, and the old ones stay."""

    id: int
    error_message: str
    replacing: None = None


HomeworkUpdate = (
    WrittenHomework
    | PartialHomework
    | CompletedHomework
    | FailedHomework
    | UnansweredHomework
    | RescheduledRescue
    | HurriedRescue
    | ExchangedExercises
    | AbandonedReplacement
)
"""The changes that the pipeline makes to homework, each with its id."""

_Row = NewAssignment | Job | OutboxRow | HomeworkUpdate


def columns_of(row: _Row) -> dict[str, object]:
    """The row as the driver takes it, in which each field is the column of the same name."""
    return {name: getattr(row, name) for name in row.__slots__}
