"""A teacher replaces one exercise of one student by her own."""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from homework_classroom.findings import findings_about
from homework_classroom.forms import one_line, read_form
from homework_classroom.routes.teachers.notices import to
from homework_classroom.routes.teachers.review import page_with
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import requests, review
from homework_client.models import ExerciseType, HomeworkStatus, ReviewedExercise, ReviewedHomework
from homework_client.refusals import ApiError, Misused, Refused

router = APIRouter(prefix="/teacher/homework/{assignment_id}/review/{homework_id}/{index}")
OPTIONS = 4


@router.get("")
async def show(assignment_id: int, homework_id: int, index: int, teacher: TeacherDep) -> Response:
    homework, exercise = await _read(teacher, assignment_id, homework_id, index)
    return await _page(teacher, homework, index, _typed(exercise))


@router.post("")
async def store(
    assignment_id: int, homework_id: int, index: int, request: Request, teacher: TeacherDep
) -> Response:
    """Store the exercise. The language checks prevent nothing: their warnings appear on the next page."""
    request.state.typed = typed = await read_form(request)
    try:
        edit = review.edit_exercise(homework_id, index, _exercise(typed), typed.get("version", ""))
        await teacher.ask(edit)
    except (Misused, Refused) as error:
        if error.status_code not in {400, 409, 422}:
            raise
        homework, _ = await _read(teacher, assignment_id, homework_id, index)
        return await _page(teacher, homework, index, typed, error)
    return to(page_with(assignment_id, homework_id), "edited", f"homework-{homework_id}")


async def _read(
    teacher: Teacher, assignment_id: int, homework_id: int, index: int
) -> tuple[ReviewedHomework, ReviewedExercise]:
    homework = await teacher.ask(review.get_reviewed_homework(homework_id))
    if homework.assignment_id != assignment_id or not 1 <= index <= len(homework.exercises):
        raise HTTPException(404)
    return homework, homework.exercises[index - 1]


async def _page(
    teacher: Teacher,
    homework: ReviewedHomework,
    index: int,
    typed: Mapping[str, str],
    error: ApiError | None = None,
) -> Response:
    """The form with the current exercise and with what was typed: after an error the page shows both."""
    exercise = homework.exercises[index - 1]
    assignment = await teacher.ask(requests.get_assignment(homework.assignment_id))
    is_stale = error is not None and error.status_code == 409
    return teacher.page(
        "teachers/exercise.html",
        (error and error.status_code) or 200,
        homework=homework,
        index=index,
        exercise=exercise,
        findings=await asyncio.to_thread(findings_about, exercise, assignment),
        # Sent again, the typed exercise replaces the one that the page shows as current.
        version=exercise.version if is_stale or error is None else typed.get("version", ""),
        typed=typed,
        is_stale=is_stale,
        said=error.reason if error and not is_stale else "",
        may_change=homework.status is HomeworkStatus.AVAILABLE,
        back=page_with(homework.assignment_id, homework.id),
    )


def _typed(exercise: ReviewedExercise) -> dict[str, str]:
    """The fields of the form, filled from the exercise."""
    options = {f"option-{number}": text for number, text in enumerate(exercise.options or [])}
    return {
        "type": exercise.type.value, "question": exercise.question,
        "correct_answer": exercise.correct_answer or "", "explanation": exercise.explanation or "",
        "accepted_answers": "\n".join(exercise.accepted_answers), **options,
    }  # fmt: skip


def _exercise(typed: Mapping[str, str]) -> dict[str, object]:
    """The exercise of the form as the API's request has it. The API validates it."""
    texts = {
        name: one_line(typed.get(name, "")) or "" for name in ("question", "correct_answer", "explanation")
    }
    accepted = [line for each in typed.get("accepted_answers", "").splitlines() if (line := one_line(each))]
    kind = typed.get("type", "")
    options = None
    if kind == ExerciseType.MULTIPLE_CHOICE:
        options = [one_line(typed.get(f"option-{number}", "")) or "" for number in range(OPTIONS)]
    return {"type": kind, **texts, "accepted_answers": accepted, "options": options}
