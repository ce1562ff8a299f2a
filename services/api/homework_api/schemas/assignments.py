"""What REST clients send and receive. The shapes are those of DESIGN's contract; a predecessor's
client, which knows fewer fields, keeps working."""

from datetime import datetime
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
)
from pydantic.config import JsonDict

from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_shared.exercises.exercise import MAX_EXERCISES, CefrLevel, ExerciseType, GrammarFocus, ShortText
from homework_shared.exercises.messages import GeneratorKind

MAX_STUDENTS = 10_000
MAX_DEADLINE_SECONDS = 7 * 24 * 3600

T = TypeVar("T")

# JSON has no exact numbers beyond it, and the database drivers refuse those beyond 63 bits.
MAX_NUMBER = 2**53 - 1
Id = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
HomeworkFilter = Literal["all"] | HomeworkStatus

_STUDENT_EXAMPLE: JsonDict = {
    "id": 1,
    "name": "Giulia Bianchi",
    "email": "giulia@example.com",
    "created_at": "2026-11-23T09:00:00Z",
}
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
}
_EXERCISE_EXAMPLE: JsonDict = {
    "type": "fill_in_blank",
    "question": "Ieri noi ___ al mare. (andare)",
    "correct_answer": "siamo andati",
    "options": None,
    "explanation": "Andare takes essere in the passato prossimo.",
}
_HOMEWORK_EXAMPLE: JsonDict = {
    "id": 12,
    "assignment_id": 7,
    "student_id": 1,
    "exercises": [_EXERCISE_EXAMPLE],
    "status": "available",
    "created_at": "2026-11-23T09:00:00Z",
    "completed_at": None,
    "generated_by": "vllm",
    "model": "italian-3b",
    "answers": None,
    "score": None,
}


def _blank_as_none(value: object) -> object:
    # Forms send "" for what was left empty.
    return None if isinstance(value, str) and not value.strip() else value


def _without_repeats(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


class StudentCreate(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Giulia Bianchi", "email": "giulia@example.com"}]}
    )

    name: Annotated[ShortText, StringConstraints(max_length=100)]
    email: EmailStr


class StudentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_STUDENT_EXAMPLE]})

    id: int
    name: str
    email: str
    created_at: datetime


class AssignmentCreate(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [_REQUEST_EXAMPLE, {"cefr_level": "A1", "student_ids": [1]}]}
    )

    cefr_level: CefrLevel
    grammar_focus: Annotated[GrammarFocus | None, BeforeValidator(_blank_as_none)] = None
    topic: Annotated[ShortText | None, BeforeValidator(_blank_as_none)] = None
    quantity: int = Field(default=5, ge=1, le=MAX_EXERCISES, description="Exercises per student.")
    exercise_types: Annotated[list[ExerciseType], Field(min_length=1), AfterValidator(_without_repeats)] = (
        list(ExerciseType)
    )
    student_ids: Annotated[
        list[Id], Field(min_length=1, max_length=MAX_STUDENTS), AfterValidator(_without_repeats)
    ]
    deadline_seconds: int | None = Field(
        default=None,
        ge=5,
        le=MAX_DEADLINE_SECONDS,
        description="How long a GPU may take before the mock generator writes the homework. "
        "Default: 60 while a GPU generator is online, 5 while none is.",
    )


class RetryRequest(BaseModel):
    """An unknown field is refused, because ignoring it would do less than the client asked for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{}, {"replace_mock": True, "deadline_seconds": 300}]}
    )

    replace_mock: bool = Field(
        default=False,
        description="Also ask a GPU for what the mock generator wrote and no student has started. "
        "Students keep what they have until the GPU's is there.",
    )
    deadline_seconds: int | None = Field(
        default=None,
        ge=5,
        le=MAX_DEADLINE_SECONDS,
        description="As for a new assignment. Default for replacements: 60.",
    )


class GeneratorCounts(BaseModel):
    vllm: int = 0
    mock: int = 0


class Progress(BaseModel):
    """How much of an assignment is there. `available` counts every homework that was written,
    started or completed ones too."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROGRESS_EXAMPLE]})

    total: int = 0
    available: int = 0
    failed: int = 0
    by_generator: GeneratorCounts = Field(default_factory=GeneratorCounts)


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


class ExerciseResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXERCISE_EXAMPLE]})

    type: ExerciseType
    question: str
    correct_answer: str | None
    options: list[str] | None = None
    explanation: str | None = None


class HomeworkResponse(BaseModel):
    """`exercises` is empty until the homework is written."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_HOMEWORK_EXAMPLE]})

    id: int
    assignment_id: int
    student_id: int
    exercises: Annotated[list[ExerciseResponse], BeforeValidator(lambda stored: stored or [])]
    status: HomeworkStatus
    created_at: datetime
    completed_at: datetime | None
    generated_by: GeneratorKind | None
    model: str | None
    answers: list[str | None] | None
    score: int | None

    def without_solutions(self) -> Self:
        hidden = {"correct_answer": None, "explanation": None}
        return self.model_copy(
            update={"exercises": [exercise.model_copy(update=hidden) for exercise in self.exercises]}
        )


class HomeworkListResponse(BaseModel):
    """`total` counts what matches the filter, on this page and on others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"homework": [_HOMEWORK_EXAMPLE], "total": 1}]})

    homework: list[HomeworkResponse]
    total: int


class ErrorResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"detail": "Student not found"}]})

    detail: str
