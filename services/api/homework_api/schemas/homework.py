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

    type: ExerciseType = Field(description="The type of the exercise.")
    question: str = Field(description="The question to the student, in which a gap is written as `___`.")
    correct_answer: str | None = Field(
        description="The right answer, or null while right answers are hidden from the student."
    )
    accepted_answers: list[str] = Field(
        default=[],
        description="Other answers that are as right as `correct_answer`. The list is empty while that is "
        "hidden.",
    )
    options: list[str] | None = Field(
        default=None, description="The four options of a multiple choice. It is null for other types."
    )
    explanation: str | None = Field(
        default=None,
        description="Why the answer is right, or null while right answers are hidden from the student.",
    )
    generated_by: GeneratorKind | None = Field(
        default=None,
        description="The generator that wrote this exercise. The mock generator writes those that another "
        "generator could not write. It is null if a teacher wrote the exercise.",
    )


class HomeworkResponse(BaseModel):
    """One student's homework, as the student sees it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOMEWORK_EXAMPLE]})

    id: int
    assignment_id: int
    student_id: int
    exercises: list[ExerciseResponse] = Field(
        description="The exercises, in order. The list is empty until the homework is written."
    )
    status: HomeworkStatus = Field(
        description="`pending` until it is written, then `available`; `in_progress` from the student's start "
        "on, `completed` once it was submitted, and `failed` if it could not be written.",
    )
    created_at: datetime
    completed_at: datetime | None = Field(description="When the student submitted it.")
    generated_by: GeneratorKind | None = Field(
        description="The generator that wrote it: `vllm` is a language model. It is null until it is written."
    )
    model: str | None = Field(description="The name of the model that wrote it, or of the mock generator.")
    answers: list[str | None] | None = Field(
        description="The student's answers so far, one for each exercise. It is null until answers were "
        "saved.",
    )
    score: int | None = Field(description="Between 0 and 100. It is null until the homework is submitted.")
    due_at: datetime | None = Field(
        description="The time by which it has to be submitted, or null if there is none."
    )
    late_work: LateWork = Field(description="What happens to homework that is submitted after `due_at`.")
    late: bool = Field(description="Whether it was submitted after its due date and is marked as late.")
    grammar_focus: str | None = Field(description="The grammar, in the teacher's words.")
    topic: str | None = Field(description="What the exercises are about, in the teacher's words.")


class HomeworkListResponse(BaseModel):
    """A page of homework."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"homework": [_HOMEWORK_EXAMPLE], "total": 1}]})

    homework: list[HomeworkResponse] = Field(description="The homework of this page, newest first.")
    total: int = Field(description="How much homework matches the filter, on all pages.")
