"""A teacher gives homework. Each form creates one assignment: sent again, it leads to the one that it
created.
"""

import asyncio
import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from homework_classroom import moments
from homework_classroom.forms import read_form
from homework_classroom.routes.teachers import assignment_form as form
from homework_classroom.routes.teachers.homework import MOST_CLASSES
from homework_classroom.routes.teachers.notices import to
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import classes, requests
from homework_client.models import CefrLevel, ExerciseType, LateWork
from homework_client.refusals import ApiError, Misused, Refused
from homework_shared.exercises.curriculum import curriculum

router = APIRouter(prefix="/teacher/give")
MOST_STUDENTS = 200
"""Boxes to tick on one page: whoever has more students has classes."""
_MOST_FIELDS = MOST_STUDENTS + 100
# The API names the time that cannot be kept, in its sentence.
_TIMES = {"ready_by": "give_ready_wrong", "release_at": "give_release_wrong", "due_at": "give_due_wrong"}


@router.get("")
async def show(teacher: TeacherDep, whom: str = "") -> Response:
    return await _page(teacher, None, {}, chosen=whom)


@router.post("")
async def give(request: Request, teacher: TeacherDep) -> Response:
    request.state.typed = typed = await read_form(request, _MOST_FIELDS)
    try:
        everybody = await _everybody(teacher) if typed.get("whom") == form.ALL else []
        new = form.read(typed, teacher.zone, everybody)
        made = await teacher.ask(requests.create_assignment(new, _key(typed)))
    except form.FormWrong as error:
        problems = {name: teacher.language(sentence) for name, sentence in error.problems.items()}
        return await _page(teacher, typed, problems)
    except (Misused, Refused) as error:
        return await _refused(teacher, typed, error)
    return to(f"/teacher/homework/{made.id}", "given")


async def _refused(teacher: Teacher, typed: Mapping[str, str], error: ApiError) -> Response:
    """The form again, with what was typed and with each error beside its field."""
    said = {form.FIELD_OF.get(name, name): text for name, text in getattr(error, "fields", {}).items()}
    match error.status_code:
        case 422 if said:
            return await _page(teacher, typed, {}, said=said)
        case 400:
            name = next((each for each in _TIMES if f"`{each}`" in error.reason), "ready_by")
            return await _page(teacher, typed, {name: teacher.language(_TIMES[name])})
        case 404:
            return await _page(teacher, typed, {"whom": teacher.language("give_whom_gone")})
        case 409 if "Idempotency-Key" in error.reason:
            return await _page(teacher, typed, {"form": teacher.language("give_used")})
        case 409:
            return await _page(teacher, typed, {"whom": teacher.language("give_whom_empty")})
    raise error


def _key(typed: Mapping[str, str]) -> str:
    """The form's idempotency key, which is sent again with it; a new key for a form without one."""
    key = typed.get("key", "")
    return key if key.isascii() and key.isalnum() else secrets.token_hex(16)


async def _everybody(teacher: Teacher) -> list[int]:
    return [student.id for student in await teacher.ask(requests.list_students())]


async def _page(
    teacher: Teacher,
    typed: Mapping[str, str] | None,
    problems: Mapping[str, str],
    *,
    said: Mapping[str, str] | None = None,
    chosen: str = "",
) -> Response:
    """The form. With `typed` None it is a new one. `problems` are our sentences and `said` the API's, each
    for a field. A form that was refused keeps its key, unless the key was used.
    """
    groups, students = await asyncio.gather(
        teacher.ask(classes.list_classes(limit=MOST_CLASSES)),
        teacher.ask(requests.list_students(limit=MOST_STUDENTS + 1)),
    )
    if typed is None:
        whom = chosen or (f"{form.CLASS}{groups[0].id}" if groups else form.ALL)
        typed = form.defaults(teacher.classroom.clock(), teacher.zone, whom)
    key = secrets.token_hex(16) if "form" in problems else _key(typed)
    return teacher.page(
        "teachers/give.html",
        400 if problems or said else 200,
        key=key,
        typed=typed,
        problems=problems,
        said=said or {},
        classes=groups,
        students=students[:MOST_STUDENTS],
        has_more_students=len(students) > MOST_STUDENTS,
        levels=list(CefrLevel),
        kinds=list(ExerciseType),
        late_works=list(LateWork),
        grammars=form.suggestions(),
        topics=list(curriculum().topics),
        zone_name=moments.zone_name(teacher.zone, teacher.classroom.clock()),
    )
