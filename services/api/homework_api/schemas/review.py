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


ExerciseVersion = Annotated[
    str, Field(max_length=64, description="The `version` of the exercise that you have read.")
]


class ReviewedExercise(ExerciseResponse):
    """An exercise for review. `generated_by` is null if a teacher wrote it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXERCISE_EXAMPLE]})

    written_by: Writer | None = Field(description="Who wrote this exercise: a generator or a teacher.")
    version: str = Field(
        description="It changes with the exercise. Send it with a request to change the exercise."
    )
    asked_anew: bool = Field(
        description="Whether another exercise was requested in its place. It stays until that is written."
    )


class ReviewedHomework(BaseModel):
    """One student's homework, as the teacher sees it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOMEWORK_EXAMPLE]})

    id: int
    assignment_id: int
    student_id: int
    name: str = Field(description="The student's name.")
    status: HomeworkStatus = Field(description="The actual status, also while the homework is held back.")
    held_back: bool = Field(description="Whether it is held back, so that its student does not see it.")
    exercises: list[ReviewedExercise] = Field(
        description="The exercises, in order. The list is empty until the homework is written."
    )
    generated_by: GeneratorKind | None = Field(
        description="The generator that wrote it: `vllm` is a language model. It is null until it is written."
    )
    model: str | None = Field(description="The name of the model that wrote it, or of the mock generator.")
    edited_at: datetime | None = Field(
        description="When a teacher last changed it. From then on no generator replaces the homework."
    )
    anew_by: datetime | None = Field(
        description="The deadline of the exercises that were requested in place of others. After it the mock "
        "generator writes them. It is null if none were requested."
    )
    error_message: str | None = Field(
        description="Why the homework, or an exercise that was requested in place of another, could not be "
        "written."
    )


class ExerciseEdit(BaseModel):
    """A complete exercise that replaces another one, of the same or of another type."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "0f3c…", "exercise": _WRITTEN}]})

    version: ExerciseVersion
    exercise: Exercise = Field(description="The exercise that takes the place of the earlier one.")


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
        description="As for a new assignment. If other exercises of this homework were requested already, "
        "this one is written with them, by their deadline.",
    )


class ExerciseWarning(BaseModel):
    """A warning of the language checks about an exercise. It may be wrong, and the teacher decides."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WARNING_EXAMPLE]})

    check: str = Field(description="The name of the check.")
    detail: str = Field(description="What the check has found.")


class EditedHomework(ReviewedHomework):
    """The homework with the new exercise, and the warnings of the language checks about it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_HOMEWORK_EXAMPLE, "warnings": [_WARNING_EXAMPLE]}]}
    )

    warnings: list[ExerciseWarning] = Field(
        description="What the language checks have found in the new exercise."
    )
