"""Collects the data that is stored about one student into a file for the student."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries import student_files as queries
from homework_api.database.queries.audit import note
from homework_api.database.queries.student_files import WorkRecord
from homework_api.domain.access import NO_KEY, Reach, Signature
from homework_api.domain.addresses import shown
from homework_api.domain.audit import Action
from homework_api.domain.errors import StudentNotFound
from homework_api.export.student_file import KeptDecision, KeptExercise, KeptHomework, StudentFile
from homework_api.grading.same_answer import is_blank, key_of
from homework_api.grading.teachers_word import as_decided, exercise_of
from homework_shared.runtime.clock import Clock


class StudentFileService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, student_id: int, reach: Reach, by: Signature = NO_KEY) -> StudentFile:
        """The student's data as it is at one moment. Raises StudentNotFound."""
        now = self._clock()
        file = await self._database.read(lambda connection: self._gather(connection, student_id, reach))
        # The audit entry is committed first: a file without an entry is not handed out.
        await self._database.write(
            lambda connection: note(connection, Action.STUDENT_EXPORTED, student_id, by, now)
        )
        return file

    def _gather(self, connection: Connection, student_id: int, reach: Reach) -> StudentFile:
        person = queries.find_person(connection, student_id, reach)
        if person is None:
            raise StudentNotFound
        work = queries.list_work(connection, student_id)
        decisions = queries.list_decisions_near(connection, student_id)
        return StudentFile(
            student_id=person.id,
            name=person.name,
            email=shown(person.email),
            created_at=person.created_at,
            teacher=person.teacher,
            classes=queries.list_class_names(connection, student_id),
            homework=[_homework(one) for one in work],
            decisions=[one for one in decisions if _is_about(one, work)],
            access=queries.list_access(connection, student_id),
            exported_at=self._clock(),
        )


def _homework(one: WorkRecord) -> KeptHomework:
    return KeptHomework(
        id=one.id,
        assignment_id=one.assignment_id,
        cefr_level=one.cefr_level,
        grammar_focus=one.grammar_focus,
        topic=one.topic,
        status=one.status.value,
        created_at=one.created_at,
        available_at=one.available_at,
        due_at=one.due_at,
        completed_at=one.completed_at,
        edited_at=one.edited_at,
        generated_by=one.generated_by and one.generated_by.value,
        model=one.model,
        score=one.score,
        exercises=list(_exercises(one)),
    )


def _exercises(one: WorkRecord) -> Iterator[KeptExercise]:
    stored = one.exercises or []
    answers: Sequence[str | None] = one.answers or [None] * len(stored)
    grades = one.grade or [{}] * len(stored)
    for exercise, given, graded in zip(map(as_decided, stored), answers, grades, strict=True):
        yield KeptExercise(
            type=exercise["type"],
            question=exercise["question"],
            options=exercise.get("options") or [],
            correct_answer=exercise["correct_answer"],
            accepted_answers=exercise.get("accepted_answers", []),
            explanation=exercise.get("explanation") or "",
            given=given,
            verdict=graded.get("verdict"),
            feedback=graded.get("feedback"),
            by_teacher=graded.get("by_teacher", False),
        )


def _is_about(decision: KeptDecision, work: Sequence[WorkRecord]) -> bool:
    """Whether the decision is about what this student wrote. A decision for a class may quote a classmate."""
    if decision.homework_id is not None:
        return True
    return any(
        _wrote(one, decision) for one in work if one.assignment_id == decision.assignment_id and one.answers
    )


def _wrote(one: WorkRecord, decision: KeptDecision) -> bool:
    for stored, given in zip(one.exercises or (), one.answers or (), strict=True):
        if stored["question"] == decision.question and given and not is_blank(given):
            exercise = exercise_of(stored)
            if key_of(exercise, given) == key_of(exercise, decision.answer):
                return True
    return False
