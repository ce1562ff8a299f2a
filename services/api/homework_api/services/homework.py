"""Students' operations on their homework. Each change is one transaction, committed before its method
returns.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries import homework as queries
from homework_api.database.queries.decisions import find_decisions
from homework_api.database.queries.homework import HomeworkRecord
from homework_api.database.queries.students import student_exists
from homework_api.domain.access import Reach
from homework_api.domain.due_dates import LateWork, is_late
from homework_api.domain.errors import (
    AlreadySubmitted,
    HomeworkNotFound,
    NotInProgress,
    NotStartable,
    NotStarted,
    NotSubmitted,
    StudentNotFound,
    TooLate,
    WrongAnswerCount,
)
from homework_api.domain.statuses import TRANSITIONS, HomeworkStatus
from homework_api.grading.teachers_word import Stored, StoredGrade, as_decided, grade_stored
from homework_api.grading.verdicts import AnswerVerdict
from homework_api.schemas.paging import Page
from homework_api.schemas.submissions import GradedExercise, SubmissionResponse
from homework_api.services import metrics
from homework_api.services.seen_homework import SeenHomework
from homework_api.services.teachers_word import with_decisions
from homework_api.services.times import written
from homework_shared.runtime.clock import Clock

Answers = Sequence[str | None]


class HomeworkService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, student_id: int, status: HomeworkStatus | None, page: Page, reach: Reach
    ) -> tuple[list[SeenHomework], int]:
        """Newest first, and how many there are on all pages. Raises StudentNotFound."""

        def read(connection: Connection) -> tuple[list[HomeworkRecord], int]:
            if not student_exists(connection, student_id, reach):
                raise StudentNotFound
            return queries.page_homework(connection, student_id, status, page, now)

        now = self._clock()
        found, total = await self._database.read(read)
        return [SeenHomework(one.as_its_student_sees_it(now)) for one in found], total

    async def get(self, student_id: int, homework_id: int, reach: Reach) -> SeenHomework:
        """Raises HomeworkNotFound."""
        return SeenHomework(await self._read(student_id, homework_id, reach))

    async def start(self, student_id: int, homework_id: int, reach: Reach) -> SeenHomework:
        """Start the homework: from then on no generator replaces its exercises. Starting again changes
        nothing.

        Raises:
            HomeworkNotFound, NotStartable.
        """

        def start(connection: Connection) -> HomeworkRecord:
            homework = _locked(connection, student_id, homework_id, reach, self._clock())
            if homework.status is HomeworkStatus.IN_PROGRESS:
                return homework
            if HomeworkStatus.IN_PROGRESS not in TRANSITIONS[homework.status]:
                raise NotStartable(f"Only available homework can be started; this one is {homework.status}")
            # A GPU's exercises may have replaced those that carried the decisions.
            decisions = find_decisions(connection, homework.assignment_id)
            exercises = with_decisions(homework.exercises or (), decisions, homework.id)
            return queries.start_homework(connection, homework, exercises)

        return SeenHomework(await self._database.write(start))

    async def save_answers(
        self, student_id: int, homework_id: int, answers: Answers, reach: Reach
    ) -> SeenHomework:
        """Save a draft of the answers; the last draft is kept.

        Raises:
            HomeworkNotFound, NotStarted, NotInProgress, AlreadySubmitted, WrongAnswerCount.
        """

        def save(connection: Connection) -> HomeworkRecord:
            homework = _open_homework(connection, student_id, homework_id, answers, reach, self._clock())
            return queries.save_answers(connection, homework, answers)

        return SeenHomework(await self._database.write(save))

    async def submit(
        self, student_id: int, homework_id: int, answers: Answers, reach: Reach
    ) -> SubmissionResponse:
        """Grade the answers and close the homework. A submission is final.

        Raises:
            TooLate: the homework was due earlier, and late work is refused.
            As `save_answers`.
        """
        now = self._clock()  # The time of submission is now, however long grading takes.
        while True:
            seen = await self._read(student_id, homework_id, reach)
            _check_open(seen, answers)
            _check_time(seen, now)
            exercises = seen.exercises or []
            # Grading runs before the transaction, because it takes longer than storing.
            graded = await asyncio.to_thread(grade_stored, exercises, answers)
            homework = await self._store(seen, answers, graded, now, reach)
            if homework is not None:
                break
        for answer in graded.answers:
            metrics.answers.labels(answer["verdict"]).inc()
        return _submission(homework)

    async def _store(
        self, seen: HomeworkRecord, answers: Answers, graded: StoredGrade, now: datetime, reach: Reach
    ) -> HomeworkRecord | None:
        """Store the grade. None if a teacher has decided about an answer since the homework was read, so that
        it has to be graded again.
        """

        def store(connection: Connection) -> HomeworkRecord | None:
            homework = _open_homework(connection, seen.student_id, seen.id, answers, reach, now)
            _check_time(homework, now)  # The teacher may have changed the due date since.
            if homework.exercises != seen.exercises:
                return None
            return queries.save_submission(connection, homework, answers, graded.answers, graded.score, now)

        return await self._database.write(store)

    async def get_submission(self, student_id: int, homework_id: int, reach: Reach) -> SubmissionResponse:
        """Raises HomeworkNotFound, NotSubmitted."""
        homework = await self._read(student_id, homework_id, reach)
        if homework.score is None:
            raise NotSubmitted
        return _submission(homework)

    async def _read(self, student_id: int, homework_id: int, reach: Reach) -> HomeworkRecord:
        found = await self._database.read(
            lambda connection: queries.find_homework(connection, student_id, homework_id, reach)
        )
        if found is None:
            raise HomeworkNotFound
        return found.as_its_student_sees_it(self._clock())


def _locked(
    connection: Connection, student_id: int, homework_id: int, reach: Reach, now: datetime
) -> HomeworkRecord:
    homework = queries.find_homework(connection, student_id, homework_id, reach, lock=True)
    if homework is None:
        raise HomeworkNotFound
    return homework.as_its_student_sees_it(now)


def _open_homework(
    connection: Connection, student_id: int, homework_id: int, answers: Answers, reach: Reach, now: datetime
) -> HomeworkRecord:
    """The student's homework, locked, if it can take these answers."""
    homework = _locked(connection, student_id, homework_id, reach, now)
    _check_open(homework, answers)
    return homework


def _check_open(homework: HomeworkRecord, answers: Answers) -> None:
    """Raises NotStarted, NotInProgress, AlreadySubmitted, WrongAnswerCount."""
    match homework.status:
        case HomeworkStatus.IN_PROGRESS:
            _check_count(homework.exercises or [], answers)
        case HomeworkStatus.COMPLETED:
            raise AlreadySubmitted
        case HomeworkStatus.AVAILABLE:
            raise NotStarted
        case status:
            raise NotInProgress(f"Only homework in progress takes answers; this one is {status}")


def _check_time(homework: HomeworkRecord, now: datetime) -> None:
    """Raises TooLate."""
    late = is_late(now, homework.due_at, homework.late_work)
    if late and homework.due_at and homework.late_work is LateWork.REFUSE:
        raise TooLate(
            f"This homework was due at {written(homework.due_at)} and late work is refused: what you saved "
            "is kept, ask your teacher for a later date"
        )


def _check_count(exercises: Sequence[Any], answers: Answers) -> None:
    if len(answers) != len(exercises):
        raise WrongAnswerCount(
            f"This homework has {len(exercises)} exercises and you sent {len(answers)} answers: "
            "send one for each, in their order, and null for one left out"
        )


def _submission(homework: HomeworkRecord) -> SubmissionResponse:
    rows = zip(homework.exercises or (), homework.answers or (), homework.grade or (), strict=True)
    return SubmissionResponse.model_validate(
        {
            "homework_id": homework.id,
            "assignment_id": homework.assignment_id,
            "student_id": homework.student_id,
            "status": homework.status,
            "score": homework.score,
            "submitted_at": homework.completed_at,
            "exercises": [_graded(*row) for row in rows],
            "late": homework.late,
        }
    )


def _graded(exercise: Stored, given: str | None, graded: dict[str, Any]) -> GradedExercise:
    decided = as_decided(exercise)
    return GradedExercise(
        correct=graded["verdict"] == AnswerVerdict.CORRECT,
        given=given,
        expected=decided["correct_answer"],
        # Homework that an older version stored has none.
        accepted_answers=decided.get("accepted_answers", []),
        **graded,
    )
