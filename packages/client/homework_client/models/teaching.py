"""The responses for teachers and students."""

import re
from datetime import datetime
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict

from homework_client.models.base import Model
from homework_client.models.values import (
    AnswerVerdict,
    AssignmentStatus,
    CefrLevel,
    DecisionScope,
    ExerciseType,
    GeneratorKind,
    HomeworkStatus,
    LateWork,
)


class Student(Model):
    id: int
    name: str
    email: str
    created_at: datetime


class SchoolClass(Model):
    """A group of students; `size` is how many are in it."""

    id: int
    name: str
    created_at: datetime
    size: int


class ClassDetail(SchoolClass):
    students: list[Student]


class GeneratorCounts(Model):
    vllm: int
    mock: int

    def of(self, kind: GeneratorKind) -> int:
        return self.vllm if kind is GeneratorKind.VLLM else self.mock


class Progress(Model):
    """The counts of an assignment's homework. `available` are written, and `submitted` of these were sent; an
    older API does not count the latter.
    """

    total: int
    available: int
    failed: int
    by_generator: GeneratorCounts
    submitted: int = 0


class Assignment(Model):
    """An assignment. `class_id` is None if it was made for individual students. `due_at` is the date for the
    students, and `deadline_at` the deadline for the generators. `held_back`: students do not see it before
    `release_at`, or before a teacher releases it. An older API has no classes, no due dates and no review.
    """

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
    class_id: int | None = None
    due_at: datetime | None = None
    late_work: LateWork = LateWork.MARK
    review: bool = False
    release_at: datetime | None = None
    held_back: bool = False
    changed_at: datetime | None = None


class Exercise(Model):
    """An exercise. While the API withholds the solution, `correct_answer` and `explanation` are None and
    `accepted_answers`, the other right answers, are empty. `generated_by` may be the mock generator in a
    GPU's homework, for an exercise that the GPU could not write. An older API sends neither.
    """

    type: ExerciseType
    question: str
    correct_answer: str | None
    accepted_answers: tuple[str, ...] = ()
    options: list[str] | None
    explanation: str | None
    generated_by: GeneratorKind | None = None


class Homework(Model):
    """A homework. `exercises` is empty until the homework is written. `late` means that the student sent it
    after `due_at`.
    """

    id: int
    assignment_id: int
    student_id: int
    exercises: list[Exercise]
    status: HomeworkStatus
    created_at: datetime
    completed_at: datetime | None
    generated_by: GeneratorKind | None
    model: str | None
    answers: list[str | None] | None
    score: int | None
    due_at: datetime | None = None
    late_work: LateWork = LateWork.MARK
    late: bool = False
    grammar_focus: str | None = None
    topic: str | None = None


class HomeworkList(Model):
    homework: list[Homework]
    total: int


class GradedExercise(Model):
    correct: bool
    verdict: AnswerVerdict
    given: str | None
    expected: str
    accepted_answers: tuple[str, ...] = ()
    feedback: str
    by_teacher: bool = False

    @property
    def right_answers(self) -> list[str]:
        return [self.expected, *self.accepted_answers]


class Submission(Model):
    homework_id: int
    assignment_id: int
    student_id: int
    status: HomeworkStatus
    score: int
    submitted_at: datetime
    exercises: list[GradedExercise]
    late: bool = False


class StudentResult(Model):
    """A student's row of the class table. `verdicts` are in the order of the exercises; None until the
    student has sent the answers.
    """

    student_id: int
    name: str
    email: str = ""  # An API of the previous version does not send it.
    homework_id: int
    status: HomeworkStatus
    generated_by: GeneratorKind | None
    score: int | None
    submitted_at: datetime | None
    verdicts: list[AnswerVerdict] | None
    late: bool = False


class GivenAnswer(Model):
    """An answer that some of the class wrote, or None if they left it out, and the teacher's decision about
    it.
    """

    answer: str | None
    verdict: AnswerVerdict
    feedback: str
    homework_ids: list[int]
    decision_id: int | None


class QuestionResult(Model):
    question: str
    options: list[str] | None
    expected: str
    accepted_answers: list[str]
    answers: list[GivenAnswer]


class ExerciseResult(Model):
    """A question of the class table. `questions` is None unless the answers were requested; an older API
    never sends them.
    """

    index: int
    type: ExerciseType
    answered: int
    correct: int
    almost: int
    missed: int
    questions: list[QuestionResult] | None = None


class ResultsSummary(Model):
    students: int
    submitted: int
    mean: float | None
    median: float | None


class ClassResults(Model):
    assignment_id: int
    students: list[StudentResult]
    exercises: list[ExerciseResult]
    summary: ResultsSummary
    due_at: datetime | None = None
    held_back: bool = False


class Decision(Model):
    """A teacher's decision about an answer. `homework_id` is None if it is for the whole class. The names of
    who decided are None while no API keys are in use.
    """

    id: int
    assignment_id: int
    scope: DecisionScope
    homework_id: int | None
    question: str
    answer: str
    right: bool
    decided_by: str | None
    decided_by_key: str | None
    decided_at: datetime
    withdrawn_by: str | None
    withdrawn_by_key: str | None
    withdrawn_at: datetime | None


class Regraded(Model):
    """A homework whose verdict has changed."""

    homework_id: int
    student_id: int
    name: str
    index: int
    verdict: AnswerVerdict
    score: int


class DecisionMade(Decision):
    regraded: list[Regraded]


class File(BaseModel):
    """A file that the API made. `name` is the name that the API proposes, without any folder."""

    model_config = ConfigDict(frozen=True)

    name: str | None
    media_type: str
    content: bytes

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        offered = re.search(r'filename="([^"]+)"', response.headers.get("Content-Disposition", ""))
        # The server must not choose the folder into which the file is written.
        name = offered.group(1).replace("\\", "/").rpartition("/")[2] if offered else None
        return cls(
            name=name or None,
            media_type=response.headers.get("Content-Type", "application/octet-stream"),
            content=response.content,
        )
