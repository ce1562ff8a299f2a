"""The students of a class: added by hand or from a list, and removed from it."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from homework_classroom.enrolment import Entry, Fate, plan
from homework_classroom.forms import FormRefused, read_form, read_upload
from homework_classroom.pasted import TooLong, decode, read, written
from homework_classroom.routes.teachers.classes import class_page
from homework_classroom.routes.teachers.common import all_students, in_order, new_nonce, to_class
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import classes, requests
from homework_client.models import Student
from homework_client.refusals import Misused, Refused
from homework_client.request import Request as ApiRequest

router = APIRouter(prefix="/teacher/classes/{class_id}")

ON_A_PAGE = 50
_SHORTEST_NONCE = 22
_EMAIL_TAKEN = 400


@router.post("/list")
async def look_over_list(class_id: int, request: Request, teacher: TeacherDep) -> Response:
    """Show what the list would do, without doing it."""
    form, content = await read_upload(request, "file")
    text = decode(content) if content else form.get("list", "")
    return await _preview(teacher, class_id, text)


@router.post("/students")
async def add_list(class_id: int, request: Request, teacher: TeacherDep) -> Response:
    """Do what was shown. Sent again with the same nonce, the form creates no student twice."""
    form = await read_form(request)
    request.state.typed = form
    nonce = _nonce_of(form)
    entries = await _entries(teacher, class_id, form.get("list", ""))
    refused = await _enrol(teacher, class_id, entries, nonce)
    if refused:
        return await _preview(teacher, class_id, written(refused), 422, "roster_refused")
    return to_class(class_id, "added")


@router.post("/student")
async def add_one(class_id: int, request: Request, teacher: TeacherDep) -> Response:
    """Add one student by hand. A line that is not clear is shown for confirmation first, as a list is."""
    form = await read_form(request)
    request.state.typed = form
    name, email = (" ".join(form.get(field, "").split()) for field in ("name", "email"))
    text = written([(name, email)])
    entries = await _entries(teacher, class_id, text)
    nonce = _nonce_of(form)
    if [entry.fate for entry in entries] != [Fate.NEW] or await _enrol(teacher, class_id, entries, nonce):
        return await _preview(teacher, class_id, text)
    return to_class(class_id, "added")


@router.get("/others")
async def show_others(class_id: int, teacher: TeacherDep, before: int | None = None) -> Response:
    found = await teacher.ask(classes.get_class(class_id))
    page = await teacher.ask(requests.list_students(ON_A_PAGE, before_id=before))
    members = {one.id for one in found.students}
    return teacher.page(
        "teachers/class_others.html",
        school_class=found,
        students=[one for one in page if one.id not in members],
        next_before=page[-1].id if len(page) == ON_A_PAGE else None,
    )


@router.post("/others")
async def add_others(class_id: int, request: Request, teacher: TeacherDep) -> Response:
    chosen = [name.removeprefix("student-") for name in await read_form(request)]
    ids = [int(id_) for id_ in chosen if id_.isascii() and id_.isdigit() and len(id_) < 16]
    if ids:
        await teacher.ask(classes.change_members(class_id, add=ids))
    return to_class(class_id, "added" if ids else "")


@router.post("/students/{student_id}/remove")
async def take_out(class_id: int, student_id: int, teacher: TeacherDep) -> Response:
    try:
        await teacher.ask(classes.change_members(class_id, remove=[student_id]))
    except Refused as error:
        if error.status_code != 404:
            raise
    return to_class(class_id, "removed")


async def _preview(
    teacher: Teacher, class_id: int, text: str, status: int = 200, problem: str = ""
) -> Response:
    try:
        entries = await _entries(teacher, class_id, text)
    except TooLong:
        return await class_page(teacher, class_id, 422, "roster_too_long")
    if not entries:
        return await class_page(teacher, class_id, 422, "roster_empty")
    coming = [entry for entry in entries if entry.fate in {Fate.NEW, Fate.KNOWN}]
    found = await teacher.ask(classes.get_class(class_id))
    return teacher.page(
        "teachers/list_preview.html",
        status,
        school_class=found,
        entries=entries,
        coming=len(coming),
        carried=written((each.line.name, each.line.email) for each in coming),
        problem=problem,
        nonce=new_nonce(),
    )


async def _entries(teacher: Teacher, class_id: int, text: str) -> list[Entry]:
    """Raises TooLong."""
    lines = read(text)
    members = in_order(await teacher.ask(classes.get_class(class_id)))
    return plan(lines, await all_students(teacher), members)


async def _enrol(
    teacher: Teacher, class_id: int, entries: Sequence[Entry], nonce: str
) -> list[tuple[str, str]]:
    """Add the students. Returns the names and addresses that the API refused."""
    ids = [entry.student.id for entry in entries if entry.fate is Fate.KNOWN and entry.student]
    refused: list[tuple[str, str]] = []
    met = False
    for entry in (each for each in entries if each.fate is Fate.NEW):
        line = entry.line
        try:
            ids.append((await teacher.ask(_create(entry, nonce))).id)
        except Misused:
            refused.append((line.name, line.email))
        except Refused as error:
            if error.status_code != _EMAIL_TAKEN:
                raise
            met = True  # A second click or another tab has created this student meanwhile.
    if met:
        emails = {entry.line.email.casefold() for entry in entries if entry.line.email}
        ids += [one.id for one in await all_students(teacher) if one.email.casefold() in emails]
    if ids:
        await teacher.ask(classes.change_members(class_id, add=sorted(set(ids))))
    return refused


def _create(entry: Entry, nonce: str) -> ApiRequest[Student]:
    line = entry.line
    return requests.create_student(line.name, line.email or None, f"{nonce}-{line.number}")


def _nonce_of(form: dict[str, str]) -> str:
    nonce = form.get("nonce", "")
    if not (_SHORTEST_NONCE <= len(nonce) <= 100 and nonce.isascii() and nonce.isprintable()):
        raise FormRefused
    return nonce
