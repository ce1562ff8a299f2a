"""The list of a student's homework, and the page of one homework in each of its states."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from homework_classroom.urgency import sent, to_do
from homework_classroom.visit import Student, StudentDep
from homework_client import requests
from homework_client.models import Homework, HomeworkStatus

router = APIRouter()

NEWEST = 50
"""Looked at for the first page. Of a student who has more, what is still open is asked for as well."""
EARLIER = 10
_OPEN = (HomeworkStatus.PENDING, HomeworkStatus.AVAILABLE, HomeworkStatus.IN_PROGRESS)
_TEMPLATES = {
    HomeworkStatus.PENDING: "students/waiting.html",
    HomeworkStatus.FAILED: "students/failed.html",
    HomeworkStatus.AVAILABLE: "students/ready.html",
    HomeworkStatus.IN_PROGRESS: "students/work.html",
}


@router.get("/")
async def show_list(student: StudentDep) -> Response:
    newest = await student.ask(requests.list_homework(student.id, limit=NEWEST))
    found = list(newest.homework)
    if newest.total > len(found):
        found += await _open_homework(student)
    earlier = sent(newest.homework)[:EARLIER]
    return student.page(
        "students/list.html",
        to_do=to_do(found),
        earlier=earlier,
        has_older=newest.total > len(to_do(newest.homework)) + len(earlier),
        is_waiting=any(one.status is HomeworkStatus.PENDING for one in found),
        now=student.classroom.clock(),
    )


@router.get("/earlier")
async def show_earlier(student: StudentDep, before: int | None = None) -> Response:
    wanted = requests.list_homework(student.id, HomeworkStatus.COMPLETED, limit=NEWEST, before_id=before)
    found = (await student.ask(wanted)).homework
    next_before = found[-1].id if len(found) == NEWEST else None
    return student.page("students/earlier.html", earlier=found, next_before=next_before)


@router.get("/homework/{homework_id}")
async def show_homework(homework_id: int, student: StudentDep, notice: str = "") -> Response:
    homework = await student.ask(requests.get_homework(student.id, homework_id))
    shown: dict[str, Any] = {"homework": homework, "notice": notice, "now": student.classroom.clock()}
    if homework.status is HomeworkStatus.COMPLETED:
        submission = await student.ask(requests.get_submission(student.id, homework_id))
        exercises = list(zip(homework.exercises, submission.exercises, strict=True))
        return student.page("students/result.html", **shown, submission=submission, exercises=exercises)
    return student.page(_TEMPLATES[homework.status], **shown)


async def _open_homework(student: Student) -> list[Homework]:
    wanted = [student.ask(requests.list_homework(student.id, status)) for status in _OPEN]
    return [one for listed in await asyncio.gather(*wanted) for one in listed.homework]
