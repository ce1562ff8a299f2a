"""The data that is stored about one student, as the student's file shows it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

_EXAMPLE: JsonDict = {
    "student_id": 1,
    "name": "Giulia Bianchi",
    "email": "giulia@example.com",
    "created_at": "2026-11-23T09:00:00Z",
    "teacher": "Anna",
    "classes": ["2B"],
    "homework": [],
    "decisions": [],
    "access": [
        {
            "kind": "link",
            "name": None,
            "created_at": "2026-11-23T09:00:00Z",
            "expires_at": "2026-12-23T09:00:00Z",
            "last_used_at": None,
            "revoked_at": None,
        }
    ],
    "exported_at": "2026-11-30T09:00:00Z",
}


class StudentFileFormat(StrEnum):
    JSON = "json"
    PDF = "pdf"


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class KeptExerciseResponse(_Read):
    """An exercise, the student's answer to it, and its grade. `verdict` is null until it is submitted."""

    type: str
    question: str
    options: list[str]
    correct_answer: str
    accepted_answers: list[str]
    explanation: str
    given: str | None
    verdict: str | None
    feedback: str | None
    by_teacher: bool


class KeptHomeworkResponse(_Read):
    """`exercises` is empty until the homework is written."""

    id: int
    assignment_id: int
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    status: str
    created_at: datetime
    available_at: datetime | None
    due_at: datetime | None
    completed_at: datetime | None
    edited_at: datetime | None = Field(description="When a teacher last changed an exercise.")
    generated_by: str | None
    model: str | None
    score: int | None
    exercises: list[KeptExerciseResponse]


class KeptDecisionResponse(_Read):
    """A decision about an answer of this student. `homework_id` is null if it applies to the whole class."""

    id: int
    assignment_id: int
    homework_id: int | None
    question: str
    answer: str
    right: bool
    decided_by: str | None
    decided_at: datetime
    withdrawn_at: datetime | None


class KeptAccessResponse(_Read):
    """A credential: a `link`, a `session` of a browser, or a `key`. Only a key has a name. Secrets are stored
    as hashes, and the file contains nothing of them.
    """

    kind: str
    name: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class StudentFileResponse(_Read):
    """`email` is empty for a student without an address. Each list begins with the oldest."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    student_id: int
    name: str
    email: str
    created_at: datetime
    teacher: str
    classes: list[str]
    homework: list[KeptHomeworkResponse]
    decisions: list[KeptDecisionResponse]
    access: list[KeptAccessResponse]
    exported_at: datetime
