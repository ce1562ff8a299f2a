"""What is kept of one student: shown, corrected, handed out as a file, deleted."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from homework_classroom.forms import read_form
from homework_classroom.routes.teachers.common import (
    as_attachment,
    member_of,
    new_nonce,
    to_class,
    unless_gone,
)
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import requests, student_records
from homework_client.refusals import Misused, Refused

router = APIRouter(prefix="/teacher/classes/{class_id}/students/{student_id}")

_EMAIL_TAKEN = 400
_KINDS = {"json", "pdf"}
_NOTICES = {"corrected"}


@router.get("")
async def show_student(class_id: int, student_id: int, teacher: TeacherDep, notice: str = "") -> Response:
    return await _page(teacher, class_id, student_id, notice=notice if notice in _NOTICES else "")


@router.post("/correct")
async def correct_student(class_id: int, student_id: int, request: Request, teacher: TeacherDep) -> Response:
    """A field for the address that is left empty means that there is none."""
    form = await read_form(request)
    request.state.typed = form
    await member_of(teacher, class_id, student_id)
    name, email = (" ".join(form.get(field, "").split()) for field in ("name", "email"))
    details = student_records.StudentDetails(name=name, email=email or None)
    try:
        await teacher.ask(student_records.correct_student(student_id, details))
    except Misused:
        return await _page(teacher, class_id, student_id, 422, "student_wrong", form)
    except Refused as error:
        if error.status_code != _EMAIL_TAKEN:
            raise
        return await _page(teacher, class_id, student_id, 409, "student_email_taken", form)
    return RedirectResponse(f"/teacher/classes/{class_id}/students/{student_id}?notice=corrected", 303)


@router.get("/files/{kind}")
async def download(class_id: int, student_id: int, kind: str, teacher: TeacherDep) -> Response:
    """All that the service keeps of the student. The API notes who saved it."""
    if kind not in _KINDS:
        raise HTTPException(404)
    await member_of(teacher, class_id, student_id)
    file = await teacher.ask(student_records.export_student(student_id, kind))
    return as_attachment(file, f"student-{student_id}.{kind}")


@router.get("/delete")
async def ask_to_delete_student(class_id: int, student_id: int, teacher: TeacherDep) -> Response:
    found, student = await member_of(teacher, class_id, student_id)
    return teacher.page("teachers/student_delete.html", school_class=found, student=student)


@router.post("/delete")
async def delete_student(class_id: int, student_id: int, teacher: TeacherDep) -> Response:
    await unless_gone(teacher, requests.delete_student(student_id))
    return to_class(class_id, "deleted")


async def _page(
    teacher: Teacher,
    class_id: int,
    student_id: int,
    status: int = 200,
    problem: str = "",
    typed: Mapping[str, str] | None = None,
    *,
    notice: str = "",
) -> Response:
    """`problem` names the sentence about what was `typed` in vain."""
    found, student = await member_of(teacher, class_id, student_id)
    return teacher.page(
        "teachers/class_student.html",
        status,
        school_class=found,
        student=student,
        typed=typed or {"name": student.name, "email": student.email},
        problem=problem,
        notice=notice,
        nonce=new_nonce(),
    )
