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

    answers: Annotated[list[AnswerText | None], Field(max_length=MAX_EXERCISES)] = Field(
        description="The answers, in the order of the exercises."
    )


class GradedExercise(BaseModel):
    """The grade of one answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_GRADED_EXAMPLE]})

    correct: bool = Field(description="Whether the verdict is `correct`.")
    verdict: AnswerVerdict = Field(description="The verdict on the answer. `almost` counts a half.")
    given: str | None = Field(description="The student's answer, or null if it was left out.")
    expected: str = Field(description="The right answer that the feedback names.")
    accepted_answers: list[str] = Field(description="Other answers that are as right as `expected`.")
    feedback: str = Field(description="What to correct. It may be empty.")
    by_teacher: bool = Field(
        default=False, description="Whether a teacher's decision gave the verdict, and not the rules."
    )


class SubmissionResponse(BaseModel):
    """A graded homework. A correct answer counts one, and an almost correct answer counts a half."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUBMISSION_EXAMPLE]})

    homework_id: int
    assignment_id: int
    student_id: int
    status: HomeworkStatus = Field(description="The status of the homework.")
    score: int = Field(description="Between 0 and 100.")
    submitted_at: datetime = Field(description="When the answers arrived.")
    exercises: list[GradedExercise] = Field(
        description="The grade of each answer, in the order of the exercises."
    )
    late: bool = Field(description="Whether it was submitted after its due date and is marked as late.")


class StudentResult(BaseModel):
    """One row of the class table. Score, time and verdicts are null until the homework is submitted."""

    student_id: int
    name: str
    email: str = Field(description="The address, or an empty text if there is none.")
    homework_id: int
    status: HomeworkStatus = Field(description="The status of the student's homework.")
    generated_by: GeneratorKind | None = Field(
        description="The generator that wrote it. It is null until it is written."
    )
    score: int | None = Field(description="Between 0 and 100. It is null until the homework is submitted.")
    submitted_at: datetime | None = Field(description="When the answers arrived.")
    verdicts: list[AnswerVerdict] | None = Field(
        description="The verdict on each answer, in the order of the exercises."
    )
    late: bool = Field(description="Whether it was submitted after the due date and is marked as late.")


class GivenAnswer(BaseModel):
    """An answer to a question, and its verdict."""

    answer: str | None = Field(description="The answer, or null if it was left out.")
    verdict: AnswerVerdict = Field(description="The verdict on the answer.")
    feedback: str = Field(description="What to correct. It may be empty.")
    homework_ids: list[int] = Field(description="The homework of the students who gave this answer.")
    decision_id: int | None = Field(
        description="The teacher's decision that gave the verdict, or null if the rules gave it."
    )


class QuestionResult(BaseModel):
    """One question and the answers to it. Answers that differ in typing only, such as in capitals or spaces,
    are listed once.
    """

    question: str = Field(description="The question, in which a gap is written as `___`.")
    options: list[str] | None = Field(
        description="The four options of a multiple choice. It is null for other types."
    )
    expected: str = Field(description="The right answer.")
    accepted_answers: list[str] = Field(description="Other answers that are as right as `expected`.")
    answers: list[GivenAnswer] = Field(description="The answers to this question.")


class ExerciseResult(BaseModel):
    """The exercises at one position of all students' homework. They have the same type, but each student has
    a different exercise.
    """

    index: int = Field(description="The position of the exercise, counted from 1.")
    type: ExerciseType = Field(description="The type of the exercises at this position.")
    answered: int = Field(description="Answers that were not left out.")
    correct: int = Field(description="Correct answers.")
    almost: int = Field(description="Almost correct answers.")
    missed: int = Field(description="Wrong answers, and those that were left out.")
    questions: list[QuestionResult] | None = Field(
        default=None,
        description="The questions with their answers. It is null unless the request has `answers=true`.",
    )


class ResultsSummary(BaseModel):
    students: int = Field(description="How many students got the homework.")
    submitted: int = Field(description="How many of them have submitted it.")
    mean: float | None = Field(description="The mean of the scores, or null if nobody has submitted.")
    median: float | None = Field(description="The median of the scores, or null if nobody has submitted.")


class ResultsResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_RESULTS_EXAMPLE]})

    assignment_id: int
    students: list[StudentResult] = Field(description="One row for each student.")
    exercises: list[ExerciseResult] = Field(description="The figures for each position.")
    summary: ResultsSummary = Field(description="The figures of the whole assignment.")
    due_at: datetime | None = Field(
        description="The time by which students have to submit the homework, or null if there is none."
    )
    held_back: bool = Field(description="Whether the homework is held back, so that students do not see it.")
