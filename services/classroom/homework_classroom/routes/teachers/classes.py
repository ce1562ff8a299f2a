"""A teacher's classes: create, rename and delete them, and show one with its students."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from homework_classroom.enrolment import key_of
from homework_classroom.forms import read_form
from homework_classroom.routes.teachers.common import in_order, new_nonce, to_class, unless_gone
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import classes
from homework_client.models import SchoolClass
from homework_client.refusals import Misused, Refused

router = APIRouter(prefix="/teacher/classes")

ON_A_PAGE = 50
MEMBERS_ON_A_PAGE = 100
_MOST_AT_ONCE = 1000
_NOTICES = {"made", "there", "renamed", "added", "removed", "deleted", "withdrawn"}
_TAKEN = 409


@router.get("")
async def list_classes(teacher: TeacherDep, before: int | None = None, notice: str = "") -> Response:
    return await _list(teacher, before, notice=notice)


@router.post("")
async def create_class(request: Request, teacher: TeacherDep) -> Response:
    name = (await read_form(request)).get("name", "").strip()
    try:
        made = await teacher.ask(classes.create_class(name))
    except Misused:
        return await _list(teacher, None, 422, "class_bad_name")
    except Refused as error:
        if error.status_code != _TAKEN:
            raise
        there = await _named(teacher, name)  # by a first click, perhaps
        return to_class(there.id, "there") if there else RedirectResponse("/teacher/classes", 303)
    return to_class(made.id, "made")


@router.get("/{class_id}")
async def show_class(class_id: int, teacher: TeacherDep, page: int = 1, notice: str = "") -> Response:
    return await class_page(teacher, class_id, page=page, notice=notice)


@router.post("/{class_id}/rename")
async def rename_class(class_id: int, request: Request, teacher: TeacherDep) -> Response:
    name = (await read_form(request)).get("name", "").strip()
    try:
        await teacher.ask(classes.rename_class(class_id, name))
    except Misused:
        return await class_page(teacher, class_id, 422, "class_bad_name")
    except Refused as error:
        if error.status_code != _TAKEN:
            raise
        return await class_page(teacher, class_id, 409, "class_name_taken")
    return to_class(class_id, "renamed")


@router.get("/{class_id}/delete")
async def ask_to_delete_class(class_id: int, teacher: TeacherDep) -> Response:
    found = await teacher.ask(classes.get_class(class_id))
    return teacher.page("teachers/class_delete.html", school_class=found)


@router.post("/{class_id}/delete")
async def delete_class(class_id: int, teacher: TeacherDep) -> Response:
    await unless_gone(teacher, classes.delete_class(class_id))
    return RedirectResponse("/teacher/classes?notice=deleted", 303)


async def class_page(
    teacher: Teacher, class_id: int, status: int = 200, problem: str = "", *, page: int = 1, notice: str = ""
) -> Response:
    """The page of a class with one page of its students. `problem` is the name of the sentence about an error
    in a form.
    """
    found = await teacher.ask(classes.get_class(class_id))
    pages = max(1, -(-found.size // MEMBERS_ON_A_PAGE))
    shown = min(max(page, 1), pages)
    first = (shown - 1) * MEMBERS_ON_A_PAGE
    return teacher.page(
        "teachers/class.html",
        status,
        school_class=found,
        students=in_order(found)[first : first + MEMBERS_ON_A_PAGE],
        page=shown,
        pages=pages,
        problem=problem,
        notice=notice if notice in _NOTICES else "",
        nonce=new_nonce(),
    )


async def _list(
    teacher: Teacher, before: int | None, status: int = 200, problem: str = "", notice: str = ""
) -> Response:
    found = await teacher.ask(classes.list_classes(ON_A_PAGE, before_id=before))
    return teacher.page(
        "teachers/classes.html",
        status,
        classes=found,
        next_before=found[-1].id if len(found) == ON_A_PAGE else None,
        problem=problem,
        notice=notice if notice in _NOTICES else "",
    )


async def _named(teacher: Teacher, name: str) -> SchoolClass | None:
    before: int | None = None
    while found := await teacher.ask(classes.list_classes(_MOST_AT_ONCE, before_id=before)):
        for each in found:
            if key_of(each.name) == key_of(name):
                return each
        before = found[-1].id
    return None
