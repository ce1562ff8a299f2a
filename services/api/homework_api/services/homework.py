"""What students do with their homework. Each method is one transaction, closed before it returns."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from statistics import mean, median
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from homework_api.database.engine import Database
from homework_api.database.models import Assignment, Homework
from homework_api.database.queries import assignments as repository
from homework_api.database.queries.class_results import StudentWork, find_work
from homework_api.domain.errors import (
    AlreadySubmitted,
    AssignmentNotFound,
    HomeworkNotFound,
    NotInProgress,
    NotStarted,
    NotSubmitted,
    WrongAnswerCount,
)
from homework_api.domain.statuses import HomeworkStatus
from homework_api.grading.grade import AnswerVerdict, grade
from homework_api.schemas.assignments import HomeworkResponse
from homework_api.schemas.submissions import (
    ExerciseResult,
    GradedExercise,
    ResultsResponse,
    ResultsSummary,
    StudentResult,
    SubmissionResponse,
)
from homework_api.services import metrics
from homework_shared.exercises.exercise import Exercise, ExerciseType, types_in_turn

Answers = Sequence[str | None]

_EXERCISES: TypeAdapter[list[Exercise]] = TypeAdapter(list[Exercise])


class Submissions:
    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock

    async def save_answers(self, student_id: int, homework_id: int, answers: Answers) -> HomeworkResponse:
        """Keep answers that are not sent yet; the last ones saved are kept."""
        async with self._db.write() as session:
            homework = await _open_homework(session, student_id, homework_id, answers)
            homework.answers = list(answers)
        return HomeworkResponse.model_validate(homework)

    async def submit(self, student_id: int, homework_id: int, answers: Answers) -> SubmissionResponse:
        """Grade the answers and close the homework: what is sent is final."""
        async with self._db.write() as session:
            homework = await _open_homework(session, student_id, homework_id, answers)
            graded = grade(_EXERCISES.validate_python(homework.exercises), answers)
            homework.answers = list(answers)
            homework.grade = [asdict(answer) for answer in graded.answers]
            homework.score = graded.score
            homework.status = HomeworkStatus.COMPLETED
            homework.completed_at = self._clock()
        for answer in graded.answers:
            metrics.answers.labels(answer.verdict).inc()
        return _submission(homework)

    async def get_submission(self, student_id: int, homework_id: int) -> SubmissionResponse:
        async with self._db.read() as session:
            homework = await repository.find_homework(session, student_id, homework_id)
        if homework is None:
            raise HomeworkNotFound
        if homework.score is None:
            raise NotSubmitted
        return _submission(homework)

    async def class_results(self, assignment_id: int) -> ResultsResponse:
        async with self._db.read() as session:
            assignment = await session.get(Assignment, assignment_id)
            if assignment is None:
                raise AssignmentNotFound
            work = await find_work(session, assignment_id)
        wanted = tuple(ExerciseType(name) for name in assignment.exercise_types)
        return ResultsResponse(
            assignment_id=assignment_id,
            students=[_student_result(one) for one in work],
            exercises=_exercise_results(types_in_turn(wanted, assignment.quantity), work),
            summary=_summary(work),
        )


async def _open_homework(
    session: AsyncSession, student_id: int, homework_id: int, answers: Answers
) -> Homework:
    """The student's homework, locked, if it can take these answers."""
    homework = await repository.find_homework(session, student_id, homework_id, lock=True)
    if homework is None:
        raise HomeworkNotFound
    match HomeworkStatus(homework.status):
        case HomeworkStatus.IN_PROGRESS:
            _check_count(homework.exercises or [], answers)
            return homework
        case HomeworkStatus.COMPLETED:
            raise AlreadySubmitted
        case HomeworkStatus.AVAILABLE:
            raise NotStarted
        case status:
            raise NotInProgress(f"Only homework in progress takes answers; this one is {status}")


def _check_count(exercises: Sequence[Any], answers: Answers) -> None:
    if len(answers) != len(exercises):
        raise WrongAnswerCount(
            f"This homework has {len(exercises)} exercises and you sent {len(answers)} answers: "
            "send one for each, in their order, and null for one left out"
        )


def _submission(homework: Homework) -> SubmissionResponse:
    rows = zip(homework.exercises or (), homework.answers or (), homework.grade or (), strict=True)
    return SubmissionResponse.model_validate(
        {
            **homework.model_dump(include={"assignment_id", "student_id", "status", "score"}, warnings=False),
            "homework_id": homework.id,
            "submitted_at": homework.completed_at,
            "exercises": [_graded(*row) for row in rows],
        }
    )


def _graded(exercise: dict[str, Any], given: str | None, graded: dict[str, Any]) -> GradedExercise:
    return GradedExercise(
        correct=graded["verdict"] == AnswerVerdict.CORRECT,
        given=given,
        expected=exercise["correct_answer"],
        **graded,
    )


def _student_result(work: StudentWork) -> StudentResult:
    return StudentResult(
        student_id=work.student_id,
        name=work.name,
        homework_id=work.homework_id,
        status=work.status,
        generated_by=work.generated_by,
        score=work.score,
        submitted_at=work.completed_at,
        verdicts=None if work.grade is None else [one["verdict"] for one in work.grade],
    )


def _exercise_results(types: Sequence[ExerciseType], work: Sequence[StudentWork]) -> list[ExerciseResult]:
    submitted = [(one.answers, one.grade) for one in work if one.answers and one.grade]
    return [
        _exercise_result(place, type_, [(answers[place], grade[place]) for answers, grade in submitted])
        for place, type_ in enumerate(types)
    ]


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
