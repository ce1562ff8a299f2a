"""Requests and responses about assignments, for teachers. A client of the service's predecessor, which knows
fewer fields, keeps working.
"""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from homework_api.domain.due_dates import LateWork
from homework_api.domain.statuses import AssignmentStatus
from homework_api.schemas.fields import MAX_STUDENTS, BlankAsNone, Id, Moment, VisibleText, WithoutRepeats
from homework_shared.exercises.exercise import MAX_EXERCISES, CefrLevel, ExerciseType

MIN_DEADLINE_SECONDS = 5
MAX_DEADLINE_SECONDS = 7 * 24 * 3600

_REQUEST_EXAMPLE: JsonDict = {
    "cefr_level": "A2",
    "grammar_focus": "passato prossimo",
    "topic": "una vacanza al mare",
    "quantity": 5,
    "exercise_types": ["fill_in_blank", "translation", "multiple_choice"],
    "student_ids": [1, 2, 3],
}
_PROGRESS_EXAMPLE: JsonDict = {
    "total": 3,
    "available": 3,
    "failed": 0,
    "by_generator": {"vllm": 2, "mock": 1},
    "submitted": 1,
}
_ASSIGNMENT_EXAMPLE: JsonDict = {
    "id": 7,
    **_REQUEST_EXAMPLE,
    "status": "completed",
    "created_at": "2026-11-23T09:00:00Z",
    "completed_at": "2026-11-23T09:00:21Z",
    "error_message": None,
    "deadline_at": "2026-11-23T09:01:00Z",
    "progress": _PROGRESS_EXAMPLE,
    "class_id": None,
    "due_at": "2026-11-27T17:00:00Z",
    "late_work": "mark",
    "review": False,
    "release_at": None,
    "held_back": False,
    "changed_at": "2026-11-23T09:00:21Z",
}
_FOR_WHOM: JsonDict = {
    "oneOf": [
        {"required": ["student_ids"], "properties": {"student_ids": {"type": "array"}}},
        {"required": ["class_id"], "properties": {"class_id": {"type": "integer"}}},
    ]
}
_FOR_A_CLASS: JsonDict = {"cefr_level": "A2", "topic": "il cibo", "class_id": 1}


_StudentIds = Annotated[list[Id], Field(min_length=1, max_length=MAX_STUDENTS), WithoutRepeats]


class AssignmentCreate(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [_REQUEST_EXAMPLE, {"cefr_level": "A1", "student_ids": [1]}, _FOR_A_CLASS],
            **_FOR_WHOM,
        }
    )

    cefr_level: CefrLevel
    grammar_focus: Annotated[VisibleText | None, BlankAsNone] = None
    topic: Annotated[VisibleText | None, BlankAsNone] = None
    quantity: int = Field(default=5, ge=1, le=MAX_EXERCISES, description="Exercises per student.")
    exercise_types: Annotated[list[ExerciseType], Field(min_length=1), WithoutRepeats] = list(ExerciseType)
    student_ids: _StudentIds | None = None
    deadline_seconds: int | None = Field(
        default=None,
        ge=MIN_DEADLINE_SECONDS,
        le=MAX_DEADLINE_SECONDS,
        description="How long a GPU may take before the mock generator writes the homework. "
        "Default: 60 while a GPU generator is online, 5 while none is.",
    )
    class_id: Id | None = Field(
        default=None, description="Instead of `student_ids`: all who are in this class at that moment."
    )

    ready_by: Moment | None = Field(
        default=None,
        description="Instead of `deadline_seconds`: until when the homework has to be written, from 5 "
        "seconds to 7 days from now.",
    )
    due_at: Moment | None = Field(
        default=None,
        description="Until when students have to send it, after it is written. Default: whenever they like.",
    )
    late_work: LateWork = Field(
        default=LateWork.MARK,
        description="What becomes of what is sent after `due_at`: it is accepted as any other, accepted and "
        "marked as late, or refused.",
    )
    review: bool = Field(
        default=False,
        description="`true`: the homework is held back from the students until you release it. To them it "
        "looks as if it were still being written.",
    )
    release_at: Moment | None = Field(
        default=None,
        description="With `review`: when it is released by itself. Default: when POST …/release says so.",
    )

    @model_validator(mode="after")
    def _has_one_deadline(self) -> Self:
        if self.deadline_seconds is not None and self.ready_by is not None:
            raise ValueError("say until when it has to be written once: `deadline_seconds` or `ready_by`")
        return self

    @model_validator(mode="after")
    def _releases_what_it_holds_back(self) -> Self:
        if self.release_at is not None and not self.review:
            raise ValueError("only what is held back is released: send `review` true with `release_at`")
        return self

    @model_validator(mode="after")
    def _is_for_somebody(self) -> Self:
        if (self.student_ids is None) == (self.class_id is None):
            raise ValueError("say whom it is for: send either `student_ids` or `class_id`")
        return self


class RetryRequest(BaseModel):
    """An unknown field is refused, because ignoring it would do less than the client asked for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{}, {"replace_mock": True, "deadline_seconds": 300}]}
    )

    replace_mock: bool = Field(
        default=False,
        description="Also ask a GPU for what the mock generator wrote, no student has started and no teacher "
        "has looked through and released. Students keep what they have until the GPU's is there.",
    )
    deadline_seconds: int | None = Field(
        default=None,
        ge=MIN_DEADLINE_SECONDS,
        le=MAX_DEADLINE_SECONDS,
        description="As for a new assignment. Default for replacements: 60.",
    )


class DueDateRequest(BaseModel):
    """A field that is not sent keeps its value. An unknown field is refused, as in `RetryRequest`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"due_at": "2026-11-30T17:00:00+01:00"}, {"due_at": None, "late_work": "refuse"}],
            "minProperties": 1,
        },
    )

    due_at: Moment | None = Field(
        default=None, description="A later date; null: students send it whenever they like."
    )
    late_work: LateWork = LateWork.MARK

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what to change: `due_at`, `late_work` or both")
        return self


class ReleaseRequest(BaseModel):
    """An unknown field is refused, as in `RetryRequest`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{}, {"release_at": "2026-11-24T08:00:00+01:00"}]}
    )

    release_at: Moment | None = Field(default=None, description="A moment to come; null: at once.")
    unchanged_since: Moment | None = Field(
        default=None,
        description="The assignment's `changed_at` as you read it: what has changed since is not released.",
    )


class GeneratorCounts(BaseModel):
    vllm: int = 0
    mock: int = 0


class Progress(BaseModel):
    """The counts of an assignment's homework. `available` counts every homework that is written, including
    started and completed ones; `submitted` counts those that students have submitted.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_PROGRESS_EXAMPLE]})

    total: int = 0
    available: int = 0
    failed: int = 0
    by_generator: GeneratorCounts = Field(default_factory=GeneratorCounts)
    submitted: int = 0


class AssignmentResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ASSIGNMENT_EXAMPLE]})

    id: int
    cefr_level: CefrLevel
    grammar_focus: str | None
    topic: str | None
    quantity: int
    exercise_types: list[ExerciseType]
    status: AssignmentStatus
    student_ids: list[int]
    created_at: datetime
    completed_at: datetime | None
    error_message: str | None
    deadline_at: datetime
    progress: Progress
    class_id: int | None = Field(
        description="The class it was made for; null if it was for students by name, or the class is deleted."
    )
    due_at: datetime | None
    late_work: LateWork
    review: bool
    release_at: datetime | None = Field(
        description="When students get, or got, what was held back; null: not before you release it."
    )
    held_back: bool = Field(description="Students do not see it yet: it waits for `release_at`.")
    changed_at: datetime | None = Field(
        description="When homework of it was last written, or changed by a teacher."
    )
