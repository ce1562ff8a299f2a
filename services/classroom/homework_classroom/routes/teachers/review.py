"""A teacher reviews homework: edits an exercise, requests another one, and releases the homework."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response

from homework_classroom import moments
from homework_classroom.findings import findings_about
from homework_classroom.forms import FormRefused, read_form
from homework_classroom.routes.teachers.notices import NoticeDep, to
from homework_classroom.routes.teachers.paging import Before, page_of
from homework_classroom.visit import Teacher, TeacherDep
from homework_client import requests, review
from homework_client.models import Assignment, HomeworkStatus, ReviewedExercise, ReviewedHomework
from homework_client.refusals import Refused

router = APIRouter(prefix="/teacher/homework/{assignment_id}")
PAGE = 5
"""Students on a page, each of whom has up to twenty exercises."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One student's homework, with the warnings for each of its exercises."""

    homework: ReviewedHomework
    exercises: list[tuple[ReviewedExercise, tuple[str, ...]]]

    @property
    def is_waiting(self) -> bool:
        asked = any(exercise.asked_anew for exercise, _ in self.exercises)
        return asked or self.homework.status is HomeworkStatus.PENDING

    @property
    def may_change(self) -> bool:
        return self.homework.status is HomeworkStatus.AVAILABLE


@router.get("/review")
async def look_through(
    assignment_id: int, teacher: TeacherDep, notice: NoticeDep, before: Before = None, since: str = ""
) -> Response:
    """The review page. `since` is when the homework that is held back had last changed, as its first page was
    read.
    """
    # Homework that is written between the two responses is newer than what the page says it has shown.
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    wanted = review.list_reviewed_homework(assignment_id, limit=PAGE + 1, before_id=before)
    found = await teacher.ask(wanted)
    shown, next_before = page_of(found, PAGE)
    looked = await asyncio.to_thread(_look, shown, assignment)
    since = since or (assignment.changed_at or assignment.created_at).isoformat()
    return teacher.page(
        "teachers/review.html",
        assignment=assignment,
        students=looked,
        next_before=next_before,
        is_waiting=any(one.is_waiting for one in looked),
        since=since,
        here=f"/teacher/homework/{assignment_id}/review{f'?before={before}' if before else ''}",
        notice=notice,
    )


@router.get("/release")
async def show_release(assignment_id: int, teacher: TeacherDep, since: str = "") -> Response:
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    release_at = assignment.release_at
    typed = {"since": since, "release_at": moments.typed(release_at, teacher.zone) if release_at else ""}
    return _release_form(teacher, assignment, typed)


@router.post("/release")
async def release(assignment_id: int, request: Request, teacher: TeacherDep) -> Response:
    """Release the homework, at once or at the given time. Homework that has changed since the teacher saw it
    stays held back.
    """
    request.state.typed = typed = await read_form(request)
    seen = _moment(typed.get("since", ""))
    try:
        when = moments.read(typed.get("release_at", ""), teacher.zone) if "later" in typed else None
        if "later" in typed and when is None:
            raise moments.Unclear("moment_unread")
        await teacher.ask(review.release_assignment(assignment_id, when, seen))
    except moments.Unclear as error:
        problem = error.name
    except Refused as error:
        problem = {400: "release_wrong_time", 409: "release_changed"}.get(error.status_code or 0, "")
        if not problem:
            raise
    else:
        return to(f"/teacher/homework/{assignment_id}", "released_later" if when else "released")
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    if not assignment.held_back:  # This is a second click, or the homework was released on another page.
        return to(f"/teacher/homework/{assignment_id}", "released")
    return _release_form(teacher, assignment, typed, problem)


@router.post("/take-back")
async def take_back(assignment_id: int, teacher: TeacherDep) -> Response:
    await teacher.ask(review.take_back_release(assignment_id))
    return to(f"/teacher/homework/{assignment_id}", "taken_back")


@router.post("/review/{homework_id}/{index}/anew")
async def write_anew(
    assignment_id: int, homework_id: int, index: int, request: Request, teacher: TeacherDep
) -> Response:
    """Request another exercise. The old one stays until the new one is written. A second click changes
    nothing.
    """
    request.state.typed = form = await read_form(request)
    notice = "anew"
    try:
        await teacher.ask(review.replace_exercise(homework_id, index, form.get("version", "")))
    except Refused as error:
        if error.status_code != 409:
            raise
        notice = "changed"
    return to(page_with(assignment_id, homework_id), notice, f"homework-{homework_id}")


def page_with(assignment_id: int, homework_id: int) -> str:
    """The page that begins with this homework."""
    return f"/teacher/homework/{assignment_id}/review?before={homework_id + 1}"


def _look(found: Sequence[ReviewedHomework], assignment: Assignment) -> list[Looked]:
    return [
        Looked(one, [(exercise, findings_about(exercise, assignment)) for exercise in one.exercises])
        for one in found
    ]


def _release_form(
    teacher: Teacher, assignment: Assignment, typed: dict[str, str], problem: str = ""
) -> Response:
    field = "since" if problem == "release_changed" else "release_at"
    return teacher.page(
        "teachers/release.html",
        (409 if field == "since" else 400) if problem else 200,
        assignment=assignment,
        typed=typed,
        problems={field: teacher.language(problem)} if problem else {},
        zone_name=moments.zone_name(teacher.zone, teacher.classroom.clock()),
    )


def _moment(text: str) -> datetime:
    """The moment that our page put into the form. Raises FormRefused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FormRefused from error
    if moment.tzinfo is None:
        raise FormRefused
    return moment
