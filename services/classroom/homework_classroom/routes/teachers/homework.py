"""A teacher's homework: the list, and one assignment while it is written and worked on."""

import asyncio
from collections import Counter

from fastapi import APIRouter, Request, Response

from homework_classroom import moments
from homework_classroom.forms import read_form
from homework_classroom.routes.teachers.notices import NoticeDep, to
from homework_classroom.routes.teachers.paging import Before, PageNumber, page_of, slice_of
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import classes, requests
from homework_client.models import LateWork
from homework_client.refusals import Misused, Refused
from homework_client.requests import NewDueDate

router = APIRouter(prefix="/teacher")
PAGE = 20
STUDENTS = 50
MOST_CLASSES = 1000


@router.get("")
async def show_list(teacher: TeacherDep, notice: NoticeDep, before: Before = None) -> Response:
    found, named, students = await asyncio.gather(
        teacher.ask(requests.list_assignments(limit=PAGE + 1, before_id=before)),
        names_of_classes(teacher),
        teacher.ask(requests.list_students(limit=1)),
    )
    shown, next_before = page_of(found, PAGE)
    return teacher.page(
        "teachers/homework.html",
        assignments=shown,
        next_before=next_before,
        classes=named,
        has_students=bool(students),
        is_waiting=any(not one.status.is_final for one in shown),
        here=f"/teacher?before={before}" if before else "/teacher",
        notice=notice,
    )


@router.get("/homework/{assignment_id}")
async def watch(assignment_id: int, teacher: TeacherDep, notice: NoticeDep, page: PageNumber = 1) -> Response:
    assignment, results, named = await asyncio.gather(
        teacher.ask(requests.get_assignment(assignment_id)),
        teacher.ask(requests.get_class_results(assignment_id)),
        names_of_classes(teacher),
    )
    return teacher.page(
        "teachers/watch.html",
        assignment=assignment,
        classes=named,
        counts=Counter(one.status for one in results.students),
        students=slice_of(results.students, page, STUDENTS),
        is_waiting=not assignment.status.is_final,
        here=f"{_path(assignment_id)}?page={page}",
        notice=notice,
    )


@router.post("/homework/{assignment_id}/retry")
async def ask_again(assignment_id: int, request: Request, teacher: TeacherDep) -> Response:
    """Request the failed homework again, or also the homework that the mock generator wrote. A second click
    changes nothing.
    """
    request.state.typed = form = await read_form(request)
    replace_mock = form.get("replace_mock") == "1"
    try:
        await teacher.ask(requests.retry_assignment(assignment_id, replace_mock=replace_mock))
    except Refused as error:
        if error.status_code != 409:
            raise
        return to(_path(assignment_id))
    return to(_path(assignment_id), "asked")


@router.get("/homework/{assignment_id}/due")
async def show_due(assignment_id: int, teacher: TeacherDep) -> Response:
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    due_at = assignment.due_at
    typed = {
        "due_at": moments.typed(due_at, teacher.zone) if due_at else "",
        "late_work": assignment.late_work.value,
    }
    return _due_form(teacher, assignment_id, typed)


@router.post("/homework/{assignment_id}/due")
async def change_due(assignment_id: int, request: Request, teacher: TeacherDep) -> Response:
    request.state.typed = typed = await read_form(request)
    try:
        due_at = moments.read(typed.get("due_at", ""), teacher.zone)
        new = NewDueDate(due_at=due_at, late_work=_late_work(typed.get("late_work")))
        await teacher.ask(requests.change_due_date(assignment_id, new))
    except moments.Unclear as error:
        return _due_form(teacher, assignment_id, typed, teacher.language(error.name))
    except (Misused, Refused) as error:
        if error.status_code not in {400, 422}:
            raise
        return _due_form(teacher, assignment_id, typed, teacher.language("give_due_wrong"))
    return to(_path(assignment_id), "due")


@router.get("/homework/{assignment_id}/withdraw")
async def show_withdraw(assignment_id: int, teacher: TeacherDep) -> Response:
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    return teacher.page("teachers/withdraw.html", assignment=assignment)


@router.post("/homework/{assignment_id}/withdraw")
async def withdraw(assignment_id: int, teacher: TeacherDep) -> Response:
    try:
        await teacher.ask(requests.delete_assignment(assignment_id))
    except Refused as error:
        if error.status_code != 404:  # On a second click the assignment is already deleted.
            raise
    return to("/teacher", "withdrawn")


async def names_of_classes(teacher: Teacher) -> dict[int, str]:
    """The names of the classes, because an assignment has only the id of its class."""
    return {one.id: one.name for one in await teacher.ask(classes.list_classes(limit=MOST_CLASSES))}


def _late_work(text: str | None) -> LateWork:
    return LateWork(text) if text in set(LateWork) else LateWork.MARK


def _due_form(teacher: Teacher, assignment_id: int, typed: dict[str, str], problem: str = "") -> Response:
    return teacher.page(
        "teachers/due.html",
        400 if problem else 200,
        assignment_id=assignment_id,
        typed=typed,
        problems={"due_at": problem} if problem else {},
        zone_name=moments.zone_name(teacher.zone, teacher.classroom.clock()),
    )


def _path(assignment_id: int) -> str:
    return f"/teacher/homework/{assignment_id}"
