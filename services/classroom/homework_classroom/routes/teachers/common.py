"""Functions that several pages of teachers share."""

import re
import secrets

from fastapi import Response
from fastapi.responses import RedirectResponse

from homework_classroom.visit import Teacher
from homework_client import classes, requests
from homework_client.models import ClassDetail, File, Student
from homework_client.refusals import Refused
from homework_client.request import Request as ApiRequest

NONCE_LENGTH = 43
_MOST_AT_ONCE = 1000
_GONE = 404
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def to_class(class_id: int, notice: str = "") -> Response:
    return RedirectResponse(f"/teacher/classes/{class_id}" + (f"?notice={notice}" if notice else ""), 303)


def in_order(school_class: ClassDetail) -> list[Student]:
    """The students by name, as a teacher's own list has them."""
    return sorted(school_class.students, key=lambda one: (one.name.casefold(), one.id))


def new_nonce() -> str:
    return secrets.token_urlsafe(32)


async def member_of(teacher: Teacher, class_id: int, student_id: int) -> tuple[ClassDetail, Student]:
    """The student, who has to be in this class. Raises Refused with 404 otherwise."""
    found = await teacher.ask(classes.get_class(class_id))
    student = next((one for one in found.students if one.id == student_id), None)
    if student is None:
        raise Refused("", status_code=_GONE)
    return found, student


async def all_students(teacher: Teacher) -> list[Student]:
    """All students, newest first."""
    found: list[Student] = []
    while more := await teacher.ask(
        requests.list_students(_MOST_AT_ONCE, before_id=found[-1].id if found else None)
    ):
        found += more
    return found


async def unless_gone(teacher: Teacher, request: ApiRequest[None]) -> None:
    """Ignore that an object was already deleted, perhaps by a first click."""
    try:
        await teacher.ask(request)
    except Refused as error:
        if error.status_code != _GONE:
            raise


def as_attachment(file: File, name: str) -> Response:
    """A file as the API makes it. A browser saves it and never shows it as a page. `name`: if it has none."""
    shown = file.name if file.name and _FILE_NAME.fullmatch(file.name) else name
    headers = {"Content-Disposition": f'attachment; filename="{shown}"', "Content-Type": file.media_type}
    return Response(file.content, headers=headers)
