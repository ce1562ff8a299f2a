"""Computes the effect of a teacher's request on the decisions that apply, and validates the request against
the class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from homework_api.database.queries.decisions import Classwork, DecisionRecord, find_decision, find_one
from homework_api.domain.access import Signature
from homework_api.domain.errors import (
    DecisionNotFound,
    ExerciseNotFound,
    HomeworkNotFound,
    NoAnswer,
    NothingToDecide,
    NotTheirAnswer,
    TooManyDecisions,
)
from homework_api.domain.statuses import HomeworkStatus
from homework_api.grading.same_answer import is_blank, key_of, meant_by
from homework_api.grading.teachers_word import exercise_of
from homework_api.schemas.decisions import DecisionRequest, DecisionScope
from homework_shared.exercises.exercise import Exercise

MAX_DECISIONS = 50
"""In force about one question: each costs time whenever an answer to it is graded."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do: `withdrawn` are withdrawn, and `decision` is stored if it is new. The response contains
    `decision`; a decision that is neither new nor withdrawn stays as it is.
    """

    decision: DecisionRecord
    is_new: bool = False
    withdrawn: DecisionRecord | None = None

    @property
    def changes(self) -> bool:
        return self.is_new or self.withdrawn is not None

    def after(self, decisions: Sequence[DecisionRecord]) -> list[DecisionRecord]:
        """The decisions that apply after this step."""
        left = [each for each in decisions if self.withdrawn is None or each.id != self.withdrawn.id]
        return [*left, self.decision] if self.is_new else left


class Order(Protocol):
    """A teacher's request. Both methods raise an error if it is not possible."""

    def question(self, connection: Connection) -> str:
        """The question that the request is about."""

    def step(self, connection: Connection, decisions: Sequence[DecisionRecord]) -> Step:
        """What to do, given the decisions about the assignment that are in force."""


@dataclass(frozen=True, slots=True)
class Decide:
    """A request to accept or reject an answer."""

    assignment_id: int
    request: DecisionRequest
    by: Signature
    now: datetime

    def question(self, connection: Connection) -> str:
        exercise, _ = self._exercise(self._homework(connection))
        return exercise.question

    def step(self, connection: Connection, decisions: Sequence[DecisionRecord]) -> Step:
        """The new decision takes the place of the opposite one."""
        homework = self._homework(connection)
        exercise, theirs = self._exercise(homework)
        new = self._new(homework.id, exercise, theirs)
        about = [each for each in decisions if each.question == new.question]
        same = [each for each in about if _is_same(exercise, each, new)]
        if same and same[0].is_right == new.is_right:
            return Step(same[0])
        if not same and len(about) >= MAX_DECISIONS:
            raise TooManyDecisions
        return Step(new, is_new=True, withdrawn=same[0] if same else None)

    def _homework(self, connection: Connection) -> Classwork:
        homework = find_one(connection, self.assignment_id, self.request.homework_id)
        if homework is None:
            raise HomeworkNotFound(
                f"Assignment {self.assignment_id} has no homework {self.request.homework_id}: "
                "GET …/results lists those that it has"
            )
        if homework.status is not HomeworkStatus.COMPLETED:
            raise NothingToDecide
        return homework

    def _exercise(self, homework: Classwork) -> tuple[Exercise, str]:
        """The exercise that is meant, and its student's answer."""
        exercises, answers = homework.exercises or (), homework.answers or ()
        if self.request.index > len(exercises):
            raise ExerciseNotFound(
                f"This homework has {len(exercises)} exercises: `index` is 1 to {len(exercises)}"
            )
        place = self.request.index - 1
        return exercise_of(exercises[place]), answers[place] or ""

    def _new(self, homework_id: int, exercise: Exercise, theirs: str) -> DecisionRecord:
        answer = self.request.answer if self.request.answer is not None else theirs
        if is_blank(answer):
            raise NoAnswer
        is_for_one = self.request.scope is DecisionScope.STUDENT
        if is_for_one and key_of(exercise, answer) != key_of(exercise, theirs):
            raise NotTheirAnswer(
                f"This student wrote “{theirs}”: leave `answer` out to decide about that, "
                "or decide for the whole class"
            )
        return DecisionRecord(
            id=0,
            assignment_id=self.assignment_id,
            homework_id=homework_id if is_for_one else None,
            question=exercise.question,
            answer=meant_by(exercise, answer),
            is_right=self.request.right,
            decided_by=self.by.name,
            decided_by_key=self.by.key_id,
            decided_at=self.now,
        )


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A request to withdraw a decision."""

    assignment_id: int
    decision_id: int

    def question(self, connection: Connection) -> str:
        return self._decision(connection).question

    def step(self, connection: Connection, _decisions: Sequence[DecisionRecord]) -> Step:
        decision = self._decision(connection)
        return Step(decision, withdrawn=None if decision.withdrawn_at else decision)

    def _decision(self, connection: Connection) -> DecisionRecord:
        decision = find_decision(connection, self.assignment_id, self.decision_id)
        if decision is None:
            raise DecisionNotFound
        return decision


def _is_same(exercise: Exercise, one: DecisionRecord, other: DecisionRecord) -> bool:
    """Whether two decisions are about the same answer, and for the same homework or the class."""
    return one.homework_id == other.homework_id and (
        key_of(exercise, one.answer) == key_of(exercise, other.answer)
    )
