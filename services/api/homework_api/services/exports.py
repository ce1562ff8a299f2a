"""Collects the written homework of an assignment into a handout."""

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries.assignments import find_assignment
from homework_api.database.queries.audit import note
from homework_api.database.queries.exports import StudentsHomework, list_students_homework
from homework_api.domain.access import NO_KEY, Reach, Signature
from homework_api.domain.audit import Action
from homework_api.domain.errors import AssignmentNotFound, EmptyClass, HomeworkNotFound, NothingToExport
from homework_api.export import Handout, Task, Worksheet
from homework_api.grading.teachers_word import as_decided
from homework_api.schemas.homework import ExerciseResponse
from homework_shared.runtime.clock import Clock


class ExportService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def handout(
        self, assignment_id: int, student_id: int | None, reach: Reach, by: Signature = NO_KEY
    ) -> Handout:
        """The handout of the whole class, or of one student.

        Raises:
            AssignmentNotFound, EmptyClass, HomeworkNotFound, NothingToExport.
        """
        now = self._clock()
        handout = await self._database.read(
            lambda connection: _handout(connection, assignment_id, student_id, reach)
        )
        await self._database.write(
            lambda connection: note(connection, Action.ASSIGNMENT_EXPORTED, assignment_id, by, now)
        )
        return handout


def _handout(connection: Connection, assignment_id: int, student_id: int | None, reach: Reach) -> Handout:
    assignment = find_assignment(connection, assignment_id, reach)
    if assignment is None:
        raise AssignmentNotFound
    homework = list_students_homework(connection, assignment_id, student_id)
    if student_id is not None and not homework:
        raise HomeworkNotFound("This student has no homework in this assignment")
    if not homework:
        raise EmptyClass
    worksheets = tuple(_worksheet(one) for one in homework if one.exercises)
    if not worksheets:
        raise NothingToExport
    return Handout(
        assignment_id=assignment_id,
        level=assignment.cefr_level,
        grammar_focus=assignment.grammar_focus,
        topic=assignment.topic,
        created_at=assignment.created_at,
        worksheets=worksheets,
        unwritten=tuple(one.student for one in homework if not one.exercises),
    )


def _worksheet(homework: StudentsHomework) -> Worksheet:
    tasks = tuple(
        _task(ExerciseResponse.model_validate(as_decided(exercise))) for exercise in homework.exercises or ()
    )
    return Worksheet(homework.student_id, homework.student, homework.homework_id, tasks)


def _task(exercise: ExerciseResponse) -> Task:
    return Task(
        type=exercise.type,
        question=exercise.question,
        # The export includes held-back homework, which only students must not see.
        answer=exercise.correct_answer or "",
        explanation=exercise.explanation or "",
        options=tuple(exercise.options or ()),
        accepted=tuple(exercise.accepted_answers),
    )
