"""Gathers what is written of an assignment into a handout."""

from sqlalchemy.ext.asyncio import AsyncSession

from homework_api.database.queries import exports as repository_export
from homework_api.database.queries.exports import StudentsHomework
from homework_api.domain.errors import AssignmentNotFound, HomeworkNotFound, NothingToExport
from homework_api.export import Handout, Task, Worksheet
from homework_api.schemas.assignments import ExerciseResponse


async def gather_handout(session: AsyncSession, assignment_id: int, student_id: int | None) -> Handout:
    assignment = await repository_export.find_assignment_row(session, assignment_id)
    if assignment is None:
        raise AssignmentNotFound
    homework = await repository_export.list_students_homework(session, assignment_id, student_id)
    if student_id is not None and not homework:
        raise HomeworkNotFound("This student has no homework in this assignment")
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
    tasks = tuple(_task(ExerciseResponse.model_validate(exercise)) for exercise in homework.exercises or ())
    return Worksheet(homework.student_id, homework.student, homework.homework_id, tasks)


def _task(exercise: ExerciseResponse) -> Task:
    return Task(
        type=exercise.type,
        question=exercise.question,
        answer=exercise.correct_answer or "",  # hidden from students only
        explanation=exercise.explanation or "",
        options=tuple(exercise.options or ()),
    )
