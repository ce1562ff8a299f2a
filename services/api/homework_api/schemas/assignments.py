"""Requests and responses about assignments, for teachers. Clients of the program that this service replaces
know fewer of the fields, and keep working.
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

    cefr_level: CefrLevel = Field(description="The level of the exercises.")
    grammar_focus: Annotated[VisibleText | None, BlankAsNone] = Field(
        default=None, description="The grammar to practise, in your own words."
    )
    topic: Annotated[VisibleText | None, BlankAsNone] = Field(
        default=None, description="What the exercises are about, in your own words."
    )
    quantity: int = Field(
        default=5, ge=1, le=MAX_EXERCISES, description="The number of exercises for each student."
    )
    exercise_types: Annotated[list[ExerciseType], Field(min_length=1), WithoutRepeats] = Field(
        default=list(ExerciseType), description="The types of the exercises, which alternate in this order."
    )
    student_ids: _StudentIds | None = Field(
        default=None, description="The students who get the homework. Send either this or `class_id`."
    )
    deadline_seconds: int | None = Field(
        default=None,
        ge=MIN_DEADLINE_SECONDS,
        le=MAX_DEADLINE_SECONDS,
        description="How long a GPU may take before the mock generator writes the homework. The default is "
        "60 while a GPU generator is online, and 5 while none is.",
    )
    class_id: Id | None = Field(
        default=None,
        description="Instead of `student_ids`: the class whose students get the homework. Students who join "
        "later do not get it.",
    )

    ready_by: Moment | None = Field(
        default=None,
        description="Instead of `deadline_seconds`: the time by which the homework has to be written. It is "
        "between 5 seconds and 7 days from now.",
    )
    due_at: Moment | None = Field(
        default=None,
        description="The time by which students have to submit the homework. It is later than the time by "
        "which the homework has to be written. Without it, students submit whenever they like.",
    )
    late_work: LateWork = Field(
        default=LateWork.MARK,
        description="What happens to homework that is submitted after `due_at`: it is accepted like any "
        "other (`accept`), accepted and marked as late (`mark`), or refused (`refuse`).",
    )
    review: bool = Field(
        default=False,
        description="`true` holds the homework back from the students until you release it. Until then they "
        "see it as homework that is still being written.",
    )
    release_at: Moment | None = Field(
        default=None,
        description="With `review`: the time at which the homework is released automatically. Without it, "
        "the homework is released only by POST …/release.",
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
        description="`true` also asks a GPU to write homework anew that the mock generator wrote, unless its "
        "student has started it, or a teacher has reviewed and released it. Students keep the old homework "
        "until the new one arrives.",
    )
    deadline_seconds: int | None = Field(
        default=None,
        ge=MIN_DEADLINE_SECONDS,
        le=MAX_DEADLINE_SECONDS,
        description="As for a new assignment, but the default for replacements is always 60.",
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
        default=None,
        description="The new date, which is in the future. With null, students submit whenever they like.",
    )
    late_work: LateWork = Field(
        default=LateWork.MARK,
        description="What happens to homework that is submitted after `due_at`, as for a new assignment.",
    )

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

    release_at: Moment | None = Field(
        default=None, description="A time in the future. With null, the homework is released now."
    )
    unchanged_since: Moment | None = Field(
        default=None,
        description="The `changed_at` of the assignment that you have read. If the homework has changed "
        "since then, the request is refused with 409.",
    )


class GeneratorCounts(BaseModel):
    vllm: int = Field(default=0, description="How much a language model wrote.")
    mock: int = Field(default=0, description="How much the mock generator wrote.")


class Progress(BaseModel):
    """The counts of an assignment's homework."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROGRESS_EXAMPLE]})

    total: int = Field(default=0, description="All homework of the assignment.")
    available: int = Field(
        default=0, description="Homework that is written, including what students have started or submitted."
    )
    failed: int = Field(default=0, description="Homework that could not be written.")
    by_generator: GeneratorCounts = Field(
        default_factory=GeneratorCounts, description="Written homework, by its generator."
    )
    submitted: int = Field(default=0, description="Homework that students have submitted.")


class AssignmentResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ASSIGNMENT_EXAMPLE]})

    id: int
    cefr_level: CefrLevel = Field(description="The level of the exercises.")
    grammar_focus: str | None = Field(description="The grammar, in the teacher's words.")
    topic: str | None = Field(description="What the exercises are about, in the teacher's words.")
    quantity: int = Field(description="The number of exercises for each student.")
    exercise_types: list[ExerciseType] = Field(
        description="The types of the exercises, which alternate in this order."
    )
    status: AssignmentStatus = Field(
        description="`completed` when all homework is written, and `failed` if some of it could not be "
        "written. `pending` and `generating` until then.",
    )
    student_ids: list[int] = Field(description="The students who got the homework.")
    created_at: datetime
    completed_at: datetime | None = Field(description="When the status became `completed` or `failed`.")
    error_message: str | None = Field(
        description="Why homework could not be written, and what to do about it."
    )
    deadline_at: datetime = Field(
        description="The time by which the homework has to be written. After it the mock generator writes "
        "what is missing.",
    )
    progress: Progress = Field(description="The counts of its homework.")
    class_id: int | None = Field(
        description="The class that it was assigned to. It is null if the request named students, or if the "
        "class was deleted."
    )
    due_at: datetime | None = Field(
        description="The time by which students have to submit the homework, or null if there is none."
    )
    late_work: LateWork = Field(description="What happens to homework that is submitted after `due_at`.")
    review: bool = Field(
        description="Whether the homework was created to be reviewed before the students see it."
    )
    release_at: datetime | None = Field(
        description="When the homework that is held back will be released, or when it was. It is null while "
        "no release is planned."
    )
    held_back: bool = Field(description="Whether the homework is held back, so that students do not see it.")
    changed_at: datetime | None = Field(
        description="When homework of this assignment was last written, or was changed by a teacher."
    )
