"""Answers and grades, for students and for their teacher."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.domain.statuses import HomeworkStatus
from homework_api.grading.verdicts import AnswerVerdict
from homework_shared.exercises.exercise import MAX_EXERCISES, AnswerText, ExerciseType
from homework_shared.exercises.messages import GeneratorKind

_GRADED_EXAMPLE: JsonDict = {
    "correct": False,
    "verdict": "almost",
    "given": "Il libro e sul tavolo",
    "expected": "Il libro è sul tavolo.",
    "accepted_answers": ["Sul tavolo c'è il libro."],
    "feedback": "“e” means “and”, “è” means “is”: two different words.",
    "by_teacher": False,
}
_SUBMISSION_EXAMPLE: JsonDict = {
    "homework_id": 12,
    "assignment_id": 7,
    "student_id": 1,
    "status": "completed",
    "score": 50,
    "submitted_at": "2026-11-23T09:20:00Z",
    "exercises": [_GRADED_EXAMPLE],
    "late": False,
}
_RESULTS_EXAMPLE: JsonDict = {
    "assignment_id": 7,
    "students": [
        {
            "student_id": 1,
            "name": "Giulia Bianchi",
            "email": "giulia@example.com",
            "homework_id": 12,
            "status": "completed",
            "generated_by": "vllm",
            "score": 75,
            "submitted_at": "2026-11-23T09:20:00Z",
            "verdicts": ["correct", "almost"],
            "late": False,
        },
        {
            "student_id": 2,
            "name": "Luca Rossi",
            "email": "luca@example.com",
            "homework_id": 13,
            "status": "available",
            "generated_by": "vllm",
            "score": None,
            "submitted_at": None,
            "verdicts": None,
            "late": False,
        },
    ],
    "exercises": [
        {
            "index": 1,
            "type": "fill_in_blank",
            "answered": 1,
            "correct": 1,
            "almost": 0,
            "missed": 0,
            "questions": [
                {
                    "question": "Ieri noi ___ al mare. (andare)",
                    "options": None,
                    "expected": "siamo andati",
                    "accepted_answers": ["siamo andate"],
                    "answers": [
                        {
                            "answer": "siamo andate",
                            "verdict": "correct",
                            "feedback": "Your teacher accepts this answer.",
                            "homework_ids": [12],
                            "decision_id": 3,
                        }
                    ],
                }
            ],
        },
        {
            "index": 2,
            "type": "translation",
            "answered": 1,
            "correct": 0,
            "almost": 1,
            "missed": 0,
            "questions": None,
        },
    ],
    "summary": {"students": 2, "submitted": 1, "mean": 75.0, "median": 75.0},
    "due_at": "2026-11-27T17:00:00Z",
    "held_back": False,
}


class AnswersRequest(BaseModel):
    """One answer for each exercise, in the order of the exercises. Send `null` or "" where the student left
    an answer out.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"answers": ["siamo andati", "B", None]}]})

    answers: Annotated[list[AnswerText | None], Field(max_length=MAX_EXERCISES)]


class GradedExercise(BaseModel):
    """The grade of one answer. `expected` is the right answer that the feedback names, and `accepted_answers`
    are others that are as right.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_GRADED_EXAMPLE]})

    correct: bool
    verdict: AnswerVerdict
    given: str | None
    expected: str
    accepted_answers: list[str]
    feedback: str
    by_teacher: bool = Field(
        default=False, description="Whether a teacher's decision gave the verdict, and not the rules."
    )


class SubmissionResponse(BaseModel):
    """`score` is between 0 and 100. A correct answer counts one, and an almost correct answer a half."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUBMISSION_EXAMPLE]})

    homework_id: int
    assignment_id: int
    student_id: int
    status: HomeworkStatus
    score: int
    submitted_at: datetime
    exercises: list[GradedExercise]
    late: bool = Field(description="Whether it was submitted after its due date and is marked as late.")


class StudentResult(BaseModel):
    """One row of the class table. `verdicts` are in the order of the exercises, and null until the homework
    is submitted.
    """

    student_id: int
    name: str
    email: str
    homework_id: int
    status: HomeworkStatus
    generated_by: GeneratorKind | None
    score: int | None
    submitted_at: datetime | None
    verdicts: list[AnswerVerdict] | None
    late: bool = Field(description="Whether it was submitted after the due date and is marked as late.")


class GivenAnswer(BaseModel):
    """An answer, the homework in which it was given, and its verdict. `answer` is null if students left it
    out. `decision_id` is the teacher's decision that gave the verdict, or null.
    """

    answer: str | None
    verdict: AnswerVerdict
    feedback: str
    homework_ids: list[int]
    decision_id: int | None


class QuestionResult(BaseModel):
    """One question and the answers to it. Answers that differ in typing only, such as in capitals or spaces,
    are listed once.
    """

    question: str
    options: list[str] | None
    expected: str
    accepted_answers: list[str]
    answers: list[GivenAnswer]


class ExerciseResult(BaseModel):
    """The exercises at one position of all students' homework. They have the same type, but each student has
    a different exercise.

    `answered` does not count answers that were left out. `missed` counts wrong answers and those that were
    left out. `questions` is null unless the request has `answers=true`.
    """

    index: int
    type: ExerciseType
    answered: int
    correct: int
    almost: int
    missed: int
    questions: list[QuestionResult] | None = None


class ResultsSummary(BaseModel):
    students: int
    submitted: int
    mean: float | None
    median: float | None


class ResultsResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_RESULTS_EXAMPLE]})

    assignment_id: int
    students: list[StudentResult]
    exercises: list[ExerciseResult]
    summary: ResultsSummary
    due_at: datetime | None
    held_back: bool = Field(description="Whether the homework is held back, so that students do not see it.")
