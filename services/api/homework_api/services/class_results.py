"""The class table: the results of an assignment, by student and by exercise."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median
from typing import Any

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries.assignments import AssignmentRecord, find_assignment
from homework_api.database.queries.audit import note
from homework_api.database.queries.class_results import StudentWork, find_work
from homework_api.database.queries.decisions import DecisionRecord, find_decisions
from homework_api.domain.access import NO_KEY, Reach, Signature
from homework_api.domain.addresses import shown
from homework_api.domain.audit import Action
from homework_api.domain.due_dates import is_late
from homework_api.domain.errors import AssignmentNotFound
from homework_api.grading.verdicts import AnswerVerdict
from homework_api.schemas.submissions import (
    ExerciseResult,
    ResultsResponse,
    ResultsSummary,
    StudentResult,
)
from homework_api.services.given_answers import questions_at
from homework_shared.exercises.exercise import ExerciseType, types_in_turn
from homework_shared.runtime.clock import Clock


class ClassResultsService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, assignment_id: int, reach: Reach, *, answers: bool = False) -> ResultsResponse:
        """The class table; with `answers`, also the answers of the class. Raises AssignmentNotFound."""

        def read(connection: Connection) -> _Found:
            assignment = find_assignment(connection, assignment_id, reach)
            if assignment is None:
                raise AssignmentNotFound
            work = find_work(connection, assignment_id, exercises=answers)
            decisions = find_decisions(connection, assignment_id) if answers else None
            return _Found(assignment, work, decisions, self._clock())

        found = await self._database.read(read)
        # Comparing the answers of a large class takes seconds, so it runs in a thread.
        return await asyncio.to_thread(_results, found) if answers else _results(found)

    async def table(self, assignment_id: int, reach: Reach, by: Signature = NO_KEY) -> ResultsResponse:
        """The class table for a file. Raises AssignmentNotFound."""
        results, now = await self.of(assignment_id, reach), self._clock()
        await self._database.write(
            lambda connection: note(connection, Action.TABLE_EXPORTED, assignment_id, by, now)
        )
        return results


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows that were read. `decisions` is None if the answers are not requested."""

    assignment: AssignmentRecord
    work: Sequence[StudentWork]
    decisions: Sequence[DecisionRecord] | None
    now: datetime


def _results(found: _Found) -> ResultsResponse:
    wanted = tuple(ExerciseType(name) for name in found.assignment.exercise_types)
    return ResultsResponse(
        assignment_id=found.assignment.id,
        students=[_student_result(one, found.assignment) for one in found.work],
        exercises=_exercise_results(types_in_turn(wanted, found.assignment.quantity), found),
        summary=_summary(found.work),
        due_at=found.assignment.due_at,
        held_back=found.assignment.is_held_back(found.now),
    )


def _student_result(work: StudentWork, assignment: AssignmentRecord) -> StudentResult:
    return StudentResult(
        student_id=work.student_id,
        name=work.name,
        email=shown(work.email),
        homework_id=work.homework_id,
        status=work.status,
        generated_by=work.generated_by,
        score=work.score,
        submitted_at=work.completed_at,
        verdicts=None if work.grade is None else [one["verdict"] for one in work.grade],
        late=is_late(work.completed_at, assignment.due_at, assignment.late_work),
    )


def _exercise_results(types: Sequence[ExerciseType], found: _Found) -> list[ExerciseResult]:
    submitted = [(one.answers, one.grade) for one in found.work if one.answers and one.grade]
    results = [
        _exercise_result(place, type_, [(answers[place], grade[place]) for answers, grade in submitted])
        for place, type_ in enumerate(types)
    ]
    if found.decisions is not None:
        for place, result in enumerate(results):
            result.questions = questions_at(place, found.work, found.decisions)
    return results


def _exercise_result(
    place: int, type_: ExerciseType, answers: Sequence[tuple[str | None, dict[str, Any]]]
) -> ExerciseResult:
    verdicts = [graded["verdict"] for _, graded in answers]
    return ExerciseResult(
        index=place + 1,
        type=type_,
        answered=sum(bool(given) for given, _ in answers),
        correct=verdicts.count(AnswerVerdict.CORRECT),
        almost=verdicts.count(AnswerVerdict.ALMOST),
        missed=verdicts.count(AnswerVerdict.WRONG),
    )


def _summary(work: Sequence[StudentWork]) -> ResultsSummary:
    scores = [one.score for one in work if one.score is not None]
    return ResultsSummary(
        students=len(work),
        submitted=len(scores),
        mean=round(mean(scores), 1) if scores else None,
        median=median(scores) if scores else None,
    )
