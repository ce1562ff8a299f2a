"""Sign-in links for students: a sheet for a whole class, a link for one student, and their withdrawal."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from homework_classroom.forms import FormRefused, read_form
from homework_classroom.routes.teachers.classes import class_page
from homework_classroom.routes.teachers.common import (
    NONCE_LENGTH,
    in_order,
    member_of,
    new_nonce,
    to_class,
    unless_gone,
)
from homework_classroom.sheet import Card, Words, draw, qr_image
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import classes, student_links
from homework_client.models import ClassDetail, StudentLink
from homework_client.refusals import Refused

router = APIRouter(prefix="/teacher/classes/{class_id}")

_NOBODY = 409


@router.get("/links")
async def ask_to_make_links(class_id: int, teacher: TeacherDep) -> Response:
    found = await teacher.ask(classes.get_class(class_id))
    address = teacher.classroom.students_address()
    nonce = new_nonce()
    return teacher.page("teachers/links_ask.html", school_class=found, address=address, nonce=nonce)


@router.post("/links")
async def make_links(class_id: int, request: Request, teacher: TeacherDep) -> Response:
    """Create the links and show them once. A link's secret is not stored, so this page is what the teacher
    prints.
    """
    nonce = _nonce(await read_form(request))
    found = await teacher.ask(classes.get_class(class_id))
    try:
        made = await teacher.ask(student_links.make_links_for_class(class_id, nonce))
    except Refused as error:
        if error.status_code != _NOBODY:
            raise
        return await class_page(teacher, class_id, 409, "links_nobody")
    return _shown(teacher, found, made)


@router.post("/links/sheet")
async def print_links(class_id: int, request: Request, teacher: TeacherDep) -> Response:
    """The links of the page as a PDF. It creates none, so a second click gives the same sheet."""
    form = await read_form(request)
    found = await teacher.ask(classes.get_class(class_id))
    tokens = dict(_tokens(form.get("links", "")))
    base = teacher.classroom.students_address().url
    cards = [
        Card(student.name, _link(base, tokens[student.id]))
        for student in in_order(found)
        if student.id in tokens
    ]
    if not cards:
        raise FormRefused
    language = teacher.language
    title = language("sheet_title", name=found.name)
    words = Words(title, found.name, (language("sheet_scan"), language("sheet_press")))
    content = await run_in_threadpool(draw, cards, words, teacher.classroom.clock())
    name = quote(f"{title}.pdf", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type="application/pdf", headers=headers)


@router.post("/students/{student_id}/link")
async def make_link(class_id: int, student_id: int, request: Request, teacher: TeacherDep) -> Response:
    nonce = _nonce(await read_form(request))
    found, _ = await member_of(teacher, class_id, student_id)
    made = await teacher.ask(student_links.make_link(student_id, nonce))
    return _shown(teacher, found, [made])


@router.get("/students/{student_id}/withdraw")
async def ask_to_withdraw(class_id: int, student_id: int, teacher: TeacherDep) -> Response:
    found, student = await member_of(teacher, class_id, student_id)
    return teacher.page("teachers/link_withdraw.html", school_class=found, student=student)


@router.post("/students/{student_id}/withdraw")
async def withdraw(class_id: int, student_id: int, teacher: TeacherDep) -> Response:
    await unless_gone(teacher, student_links.withdraw_link(student_id))
    return to_class(class_id, "withdrawn")


def _shown(teacher: Teacher, found: ClassDetail, made: list[StudentLink]) -> Response:
    address = teacher.classroom.students_address()
    ordered = sorted(made, key=lambda one: (one.name.casefold(), one.student_id))
    links = [(one.name, link, qr_image(link)) for one in ordered if (link := _link(address.url, one.token))]
    return teacher.page(
        "teachers/links.html",
        school_class=found,
        links=links,
        carried="\n".join(f"{one.student_id} {one.token}" for one in ordered),
        until=made[0].expires_at,
        address=address,
    )


def _nonce(form: Mapping[str, str]) -> str | None:
    """The nonce of the form, so that a double click creates one set of links. A page of an earlier version
    has none.
    """
    nonce = form.get("nonce", "")
    return nonce if len(nonce) == NONCE_LENGTH else None


def _link(base: str, token: str) -> str:
    return f"{base}/in/{token}"


def _tokens(carried: str) -> list[tuple[int, str]]:
    """Raises FormRefused."""
    pairs = [line.split() for line in carried.splitlines()]
    if not all(len(pair) == 2 and pair[0].isdigit() and quote(pair[1], safe="") == pair[1] for pair in pairs):
        raise FormRefused
    return [(int(id_), token) for id_, token in pairs]
