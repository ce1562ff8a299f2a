"""Requests and responses about homework that a teacher reviews and changes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.domain.review import Writer
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.assignments import MAX_DEADLINE_SECONDS, MIN_DEADLINE_SECONDS
from homework_api.schemas.homework import ExerciseResponse
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GeneratorKind

_WRITTEN: JsonDict = {
    "type": "fill_in_blank",
    "question": "Ieri noi ___ al mare. (andare)",
    "correct_answer": "siamo andati",
    "accepted_answers": ["siamo andate"],
    "options": None,
    "explanation": "Andare takes essere in the passato prossimo.",
}
_EXERCISE_EXAMPLE: JsonDict = {
    **_WRITTEN,
    "generated_by": None,
    "written_by": "teacher",
    "version": "5b0c3f2a9d1e77aa",
    "asked_anew": False,
}
_HOMEWORK_EXAMPLE: JsonDict = {
    "id": 12,
    "assignment_id": 7,
    "student_id": 1,
    "name": "Giulia Bianchi",
    "status": "available",
    "held_back": True,
    "exercises": [_EXERCISE_EXAMPLE],
    "generated_by": "vllm",
    "model": "italian-3b",
    "edited_at": "2026-11-23T09:05:00Z",
    "anew_by": None,
    "error_message": None,
}
_WARNING_EXAMPLE: JsonDict = {"check": "unknown_word", "detail": "a word is in no list of Italian words"}


ExerciseVersion = Annotated[str, Field(max_length=64, description="That of the exercise as you read it.")]


class ReviewedExercise(ExerciseResponse):
    """`generated_by` is null where a teacher wrote it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXERCISE_EXAMPLE]})

    written_by: Writer | None = Field(description="Who wrote this exercise, a teacher among them.")
    version: str = Field(description="Changes with the exercise: send it when you change it.")
    asked_anew: bool = Field(description="It stays until another one is written in its place.")


class ReviewedHomework(BaseModel):
    """One student's homework as it really is. `exercises` is empty until it is written."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOMEWORK_EXAMPLE]})

    id: int
    assignment_id: int
    student_id: int
    name: str = Field(description="The student's.")
    status: HomeworkStatus
    held_back: bool = Field(description="Its student does not see it yet.")
    exercises: list[ReviewedExercise]
    generated_by: GeneratorKind | None
    model: str | None
    edited_at: datetime | None = Field(
        description="When a teacher last changed it; from then on no generator replaces it."
    )
    anew_by: datetime | None = Field(
        description="Until when a GPU has time to write what is asked for anew; then the mock generator does."
    )
    error_message: str | None = Field(
        description="Why it could not be written, or an exercise of it not anew."
    )


class ExerciseEdit(BaseModel):
    """A complete exercise that replaces another one, of the same or of another type."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "0f3c…", "exercise": _WRITTEN}]})

    version: ExerciseVersion
    exercise: Exercise


class AnewRequest(BaseModel):
    """An unknown field is refused, as in `RetryRequest`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": "0f3c…"}, {"version": "0f3c…", "deadline_seconds": 300}]},
    )

    version: ExerciseVersion
    deadline_seconds: int | None = Field(
        default=None,
        ge=MIN_DEADLINE_SECONDS,
        le=MAX_DEADLINE_SECONDS,
        description="As for a new assignment. While others of this homework are on their way, it comes with "
        "them, by their deadline.",
    )


class ExerciseWarning(BaseModel):
    """A warning of the language checks about an exercise. It may be wrong, and the teacher decides."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WARNING_EXAMPLE]})

    check: str
    detail: str


class EditedHomework(ReviewedHomework):
    """The homework with the new exercise, and the warnings of the language checks about it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_HOMEWORK_EXAMPLE, "warnings": [_WARNING_EXAMPLE]}]}
    )

    warnings: list[ExerciseWarning]
