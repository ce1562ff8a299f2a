"""One student's progress over weeks: the marks of each homework as a table and as bars."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from homework_classroom.marks import scored, weakest_grammars
from homework_classroom.routes.teachers.paging import LARGEST, Before, page_of
from homework_classroom.visit import TeacherDep
from homework_client import requests

router = APIRouter(prefix="/teacher/students/{student_id}")
HOMEWORK = 30
WEAKEST = 5


@router.get("")
async def show(student_id: int, teacher: TeacherDep, before: Before = None) -> Response:
    if not 1 <= student_id < LARGEST:
        raise HTTPException(404)
    # The newest student of those before the next one is this one, if there is such a student of this teacher.
    found = await teacher.ask(requests.list_students(limit=1, before_id=student_id + 1))
    if not found or found[0].id != student_id:
        raise HTTPException(404)
    wanted = requests.list_homework(student_id, limit=HOMEWORK + 1, before_id=before)
    shown, next_before = page_of((await teacher.ask(wanted)).homework, HOMEWORK)
    return teacher.page(
        "teachers/student.html",
        student=found[0],
        homework=shown,
        bars=scored(shown)[::-1],
        weakest=weakest_grammars(shown, WEAKEST),
        next_before=next_before,
    )
