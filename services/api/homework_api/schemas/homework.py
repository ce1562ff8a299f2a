"""Requests and responses about homework, for its student."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.domain.due_dates import LateWork
from homework_api.domain.statuses import HomeworkStatus
from homework_shared.exercises.exercise import ExerciseType
from homework_shared.exercises.messages import GeneratorKind

HomeworkFilter = Literal["all"] | HomeworkStatus

_EXERCISE_EXAMPLE: JsonDict = {
    "type": "fill_in_blank",
    "question": "Ieri noi ___ al mare. (andare)",
    "correct_answer": "siamo andati",
    "accepted_answers": ["siamo andate"],
    "options": None,
    "explanation": "Andare takes essere in the passato prossimo.",
    "generated_by": "vllm",
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
    "due_at": "2026-11-27T17:00:00Z",
    "late_work": "mark",
    "late": False,
    "grammar_focus": "passato prossimo",
    "topic": "daily life",
}


class ExerciseResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXERCISE_EXAMPLE]})

    type: ExerciseType
    question: str
    correct_answer: str | None
    accepted_answers: list[str] = Field(
        default=[],
        description="Other answers that are as right as `correct_answer`. The list is empty while that is "
        "hidden.",
    )
    options: list[str] | None = None
    explanation: str | None = None
    generated_by: GeneratorKind | None = Field(
        default=None,
        description="The generator that wrote this exercise. The mock generator writes those that another "
        "generator could not write. It is null if a teacher wrote the exercise.",
    )


class HomeworkResponse(BaseModel):
    """`exercises` is empty until the homework is written."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOMEWORK_EXAMPLE]})

    id: int
    assignment_id: int
    student_id: int
    exercises: list[ExerciseResponse]
    status: HomeworkStatus
    created_at: datetime
    completed_at: datetime | None
    generated_by: GeneratorKind | None
    model: str | None
    answers: list[str | None] | None
    score: int | None
    due_at: datetime | None = Field(
        description="The time by which it has to be submitted, or null if there is none."
    )
    late_work: LateWork
    late: bool = Field(description="Whether it was submitted after its due date and is marked as late.")
    grammar_focus: str | None
    topic: str | None


class HomeworkListResponse(BaseModel):
    """A page of homework. `total` counts what matches the filter on all pages."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"homework": [_HOMEWORK_EXAMPLE], "total": 1}]})

    homework: list[HomeworkResponse]
    total: int
