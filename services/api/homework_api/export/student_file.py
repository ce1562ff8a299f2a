"""The data that is stored about one student, as a file for the student or the parents."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeptExercise:
    """One exercise with the student's answer and its grade. `verdict` is None until the homework is
    submitted.
    """

    type: str
    question: str
    options: list[str]
    correct_answer: str
    accepted_answers: list[str]
    explanation: str
    given: str | None = None
    verdict: str | None = None
    feedback: str | None = None
    by_teacher: bool = False


@dataclass(frozen=True, slots=True)
class KeptHomework:
    """One homework. `exercises` is empty until it is written. A time is None if the event
    has not happened.
    """

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
    edited_at: datetime | None
    generated_by: str | None
    model: str | None
    score: int | None
    exercises: list[KeptExercise]


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A teacher's decision about an answer that this student wrote. `homework_id` is None if it applies to
    the whole class.
    """

    id: int
    assignment_id: int
    homework_id: int | None
    question: str
    answer: str
    right: bool
    decided_by: str | None
    decided_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeptAccess:
    """A credential of the student: a `link`, a `session` of a browser or a `key`, without its secret. Only a
    key has a name.
    """

    kind: str
    name: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class StudentFile:
    """The data about one student. `email` is empty for a student without an address. Each list begins with
    the oldest entry.
    """

    student_id: int
    name: str
    email: str
    created_at: datetime
    teacher: str
    classes: list[str]
    homework: list[KeptHomework]
    decisions: list[KeptDecision]
    access: list[KeptAccess]
    exported_at: datetime
