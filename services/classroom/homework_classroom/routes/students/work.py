"""A student starts a homework, saves answers, checks them and submits them once."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from homework_classroom.forms import answers_of, read_form
from homework_classroom.problems import AUTOSAVE, SENT, TOO_LATE, answer
from homework_classroom.visit import Student, StudentDep, VisitDep, student_of
from homework_client import requests
from homework_client.models import HomeworkStatus, LateWork
from homework_client.refusals import Refused, Unauthorized

router = APIRouter(prefix="/homework/{homework_id}")


@router.post("/start")
async def start(homework_id: int, student: StudentDep) -> Response:
    try:
        await student.ask(requests.start_homework(student.id, homework_id))
    except Refused as error:
        # The homework was submitted or replaced meanwhile: its page shows the current state.
        _unless_its_state_forbids(error)
    return _to(homework_id)


@router.post("/answers")
async def save(homework_id: int, request: Request, visit: VisitDep) -> Response:
    """Save a draft. The page's script saves what is typed; without the script the page's buttons do."""
    form = await read_form(request)
    request.state.typed = form  # This comes first, so that every error page can show the typed answers again.
    student = await student_of(visit)
    try:
        await student.ask(requests.save_answers(student.id, homework_id, answers_of(form)))
    except Refused as error:
        _unless_its_state_forbids(error)
        return await _as_it_is_now(request, student, homework_id)
    if AUTOSAVE in request.headers:
        return Response(status_code=204)
    return _to(homework_id, "/check") if form.get("then") == "check" else _to(homework_id, "?notice=saved")


@router.get("/check")
async def check(homework_id: int, student: StudentDep) -> Response:
    homework = await student.ask(requests.get_homework(student.id, homework_id))
    if homework.status is not HomeworkStatus.IN_PROGRESS:
        return _to(homework_id)
    answers = homework.answers or [None] * len(homework.exercises)
    return student.page(
        "students/check.html",
        homework=homework,
        answers=answers,
        unanswered=sum(not given for given in answers),
        is_overdue=homework.due_at is not None and homework.due_at < student.classroom.clock(),
        takes_late_work=homework.late_work is not LateWork.REFUSE,
    )


@router.post("/send")
async def send(homework_id: int, request: Request, visit: VisitDep) -> Response:
    """Submit the answers that the confirmation page showed, whatever another tab has saved since."""
    form = await read_form(request)
    request.state.typed = form
    student = await student_of(visit)
    try:
        await student.ask(requests.submit_homework(student.id, homework_id, answers_of(form)))
    except Refused as error:
        _unless_its_state_forbids(error)
        return await _as_it_is_now(request, student, homework_id)
    return _to(homework_id)


async def _as_it_is_now(request: Request, student: Student, homework_id: int) -> Response:
    """The page for a homework that takes no answers: it was already submitted, perhaps by a first click, or
    it is too late.
    """
    form = request.state.typed
    homework = await student.ask(requests.get_homework(student.id, homework_id))
    if homework.status is HomeworkStatus.IN_PROGRESS:
        return answer(request, TOO_LATE, form)
    if AUTOSAVE in request.headers:
        return answer(request, SENT)
    same = homework.answers is not None and [given or None for given in homework.answers] == answers_of(form)
    return _to(homework_id, "" if same else "?notice=sent")


def _unless_its_state_forbids(error: Refused) -> None:
    """Raises the error unless it is about the homework's state."""
    if isinstance(error, Unauthorized) or error.status_code != 409:
        raise error


def _to(homework_id: int, more: str = "") -> Response:
    return RedirectResponse(f"/homework/{homework_id}{more}", 303)
