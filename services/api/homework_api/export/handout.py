"""What is exported: an assignment with one worksheet per student whose homework is written."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Self

from homework_shared.exercises.exercise import ExerciseType


@dataclass(frozen=True, slots=True)
class Task:
    """One exercise. `options` is empty unless it is a multiple choice; `accepted` are the other right
    answers.
    """

    type: ExerciseType
    question: str
    answer: str
    explanation: str = ""
    options: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def right_answers(self) -> tuple[str, ...]:
        return (self.answer, *self.accepted)


@dataclass(frozen=True, slots=True)
class Worksheet:
    student_id: int
    student: str
    homework_id: int
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Handout:
    """The content of an export. `unwritten` names the students whose homework is not written: they have no
    worksheet. The day of `created_at` is printed as it is, so it has to be in the reader's time zone
    (`in_zone`).
    """

    assignment_id: int
    level: str
    grammar_focus: str | None
    topic: str | None
    created_at: datetime
    worksheets: tuple[Worksheet, ...]
    unwritten: tuple[str, ...] = ()

    def in_zone(self, zone: tzinfo | None) -> Self:
        """The same handout with times of `zone`; None means this machine's zone."""
        return replace(self, created_at=self.created_at.astimezone(zone))

    @property
    def subjects(self) -> tuple[str, ...]:
        """The topic and grammar in readable form: grammar may be stored as "past_tense"."""
        named = (self.grammar_focus, self.topic)
        return tuple(subject.replace("_", " ") for subject in named if subject)

    @property
    def title(self) -> str:
        return " · ".join((f"Assignment {self.assignment_id}", self.level, *self.subjects))
