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
    """An exercise, the student's answer to it, and its grade. The verdict is null until it is submitted."""

    type: str = Field(description="The type of the exercise.")
    question: str = Field(description="The question to the student, in which a gap is written as `___`.")
    options: list[str] = Field(description="The options of a multiple choice. It is empty for other types.")
    correct_answer: str = Field(description="The right answer.")
    accepted_answers: list[str] = Field(description="Other answers that are as right as `correct_answer`.")
    explanation: str = Field(description="Why the answer is right.")
    given: str | None = Field(description="The student's answer, or null if it was left out.")
    verdict: str | None = Field(description="`correct`, `almost` or `wrong`.")
    feedback: str | None = Field(description="What the student was told to correct.")
    by_teacher: bool = Field(description="Whether a teacher's decision gave the verdict, and not the rules.")


class KeptHomeworkResponse(_Read):
    """A homework of the student. Its list of exercises is empty until it is written."""

    id: int
    assignment_id: int
    cefr_level: str = Field(description="The level of the exercises.")
    grammar_focus: str | None = Field(description="The grammar, in the teacher's words.")
    topic: str | None = Field(description="What the exercises are about, in the teacher's words.")
    status: str = Field(description="The status of the homework.")
    created_at: datetime
    available_at: datetime | None = Field(description="When it was written.")
    due_at: datetime | None = Field(description="The time by which it had to be submitted.")
    completed_at: datetime | None = Field(description="When the student submitted it.")
    edited_at: datetime | None = Field(description="When a teacher last changed an exercise.")
    generated_by: str | None = Field(description="`vllm` for a language model, or `mock`.")
    model: str | None = Field(description="The name of the model that wrote it, or of the mock generator.")
    score: int | None = Field(description="Between 0 and 100. It is null until the homework is submitted.")
    exercises: list[KeptExerciseResponse] = Field(description="The exercises with the answers, in order.")


class KeptDecisionResponse(_Read):
    """A decision about an answer of this student."""

    id: int
    assignment_id: int
    homework_id: int | None = Field(
        description="The homework that it applies to, or null for the whole class."
    )
    question: str = Field(description="The question that the answer belongs to.")
    answer: str = Field(description="The answer that it is about.")
    right: bool = Field(description="Whether it accepts the answer or refuses it.")
    decided_by: str | None = Field(
        description="The name of the API key, or of the teacher who was signed in."
    )
    decided_at: datetime = Field(description="When it was made.")
    withdrawn_at: datetime | None = Field(
        description="When it was withdrawn. It is null while the decision is in force."
    )


class KeptAccessResponse(_Read):
    """A credential: a link, the session of a browser, or an API key. Only a key has a name. Secrets are
    stored as hashes, and the file contains nothing of them.
    """

    kind: str = Field(description="`link`, `session` or `key`.")
    name: str | None
    created_at: datetime
    expires_at: datetime | None = Field(description="When it stops working.")
    last_used_at: datetime | None = Field(description="When it was last used.")
    revoked_at: datetime | None = Field(description="When it was revoked.")


class StudentFileResponse(_Read):
    """All data that is stored about one student. Each list begins with the oldest."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    student_id: int
    name: str
    email: str = Field(description="The address, or an empty text if there is none.")
    created_at: datetime
    teacher: str = Field(description="The name of the student's teacher.")
    classes: list[str] = Field(description="The names of the student's classes.")
    homework: list[KeptHomeworkResponse] = Field(description="All homework of the student.")
    decisions: list[KeptDecisionResponse] = Field(
        description="Decisions of teachers about answers of the student."
    )
    access: list[KeptAccessResponse] = Field(description="With what the student can sign in.")
    exported_at: datetime = Field(description="When this file was made.")
