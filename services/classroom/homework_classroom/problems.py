"""The error pages: each says what happened and what to do next."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from homework_classroom.forms import FormRefused, answers_of
from homework_classroom.visit import NotSignedIn, forget_session, visit_of
from homework_client.refusals import ApiError, Refused

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

AUTOSAVE = "X-Autosave"
"""The header of what the page's script sends: it shows a sentence, and no page."""


@dataclass(frozen=True)
class Problem:
    """A kind of error page. The names of its sentences begin with `name`: NAME_title and NAME_text, and on
    teachers' pages teacher_NAME_title and teacher_NAME_text.
    """

    name: str
    status: int


NO_SESSION, SESSION_OVER = Problem("no_session", 401), Problem("session_over", 401)
GONE, ODD = Problem("gone", 404), Problem("odd", 404)
UNFIT, WRONG = Problem("unfit", 400), Problem("wrong", 500)
SENT, TOO_LATE = Problem("sent", 409), Problem("too_late", 409)
BUSY, AWAY = Problem("busy", 429), Problem("away", 503)
CONFLICT = Problem("conflict", 409)
"""On teachers' pages only: those of students look at what a homework is now, and say that."""
_WORTH_ANOTHER_TRY = {AWAY, BUSY, WRONG}
_OF_THE_API = {400: UNFIT, 401: SESSION_OVER, 403: SESSION_OVER, 404: GONE, 422: UNFIT, 429: BUSY, 503: AWAY}
_OF_THE_API_TO_TEACHERS = _OF_THE_API | {409: CONFLICT, 410: CONFLICT}


_EXPECTED: Set[type[Exception]] = {
    NotSignedIn, ApiError, FormRefused, ClientDisconnect, RequestValidationError, HTTPException,
}  # fmt: skip


def install(app: FastAPI) -> None:
    for error in _EXPECTED | {Exception}:
        app.add_exception_handler(error, _answer)


def answer(request: Request, problem: Problem, typed: Mapping[str, str] | None = None) -> Response:
    """The error as a page, or as one sentence for the script of a page. `typed` are the fields of the form
    that failed: the page shows them, so that the person can read them and send them again.
    """
    visit = visit_of(request)
    title, text = (visit.language(f"{problem.name}_{part}") for part in ("title", "text"))
    if AUTOSAVE in request.headers:
        return PlainTextResponse(f"{title}. {text}", problem.status)
    again = typed if problem in _WORTH_ANOTHER_TRY else None
    response = visit.page(
        "problem.html", problem.status, title=title, text=text, typed=answers_of(typed or {}), again=again
    )
    if problem is SESSION_OVER:
        forget_session(response, visit)
    return response


def answer_teacher(
    request: Request, problem: Problem, typed: Mapping[str, str] | None = None, said: str = ""
) -> Response:
    """The error page for a teacher. `said` is the API's own sentence, which names what was wrong with the
    request.
    """
    visit = visit_of(request)
    title, text = (visit.language(f"teacher_{problem.name}_{part}") for part in ("title", "text"))
    again = typed if problem in _WORTH_ANOTHER_TRY else None
    shown: dict[str, object] = {"title": title, "text": text, "said": said, "again": again}
    is_out = problem.status == NO_SESSION.status
    shown |= {"signed_in": visit.secret is not None and not is_out, "is_out": is_out}
    response = visit.page("teachers/problem.html", problem.status, **shown)
    if problem is SESSION_OVER:
        forget_session(response, visit)
    return response


async def _answer(request: Request, error: Exception) -> Response:
    is_teachers = visit_of(request).is_teachers
    problem = _problem(error, _OF_THE_API_TO_TEACHERS if is_teachers else _OF_THE_API)
    if problem in {AWAY, WRONG}:
        log.error("page_failed", path=request.url.path, error=type(error).__name__, reason=str(error)[:200])
    typed = getattr(request.state, "typed", None)
    if is_teachers:
        said = str(error) if isinstance(error, Refused) else ""
        return answer_teacher(request, problem, typed, said)
    return answer(request, problem, typed)


def _problem(error: Exception, of_the_api: Mapping[int, Problem]) -> Problem:
    match error:
        case NotSignedIn():
            return NO_SESSION
        case ApiError():
            return of_the_api.get(error.status_code or 503, WRONG)
        # The browser has closed the connection, so no response can reach it; this is not an error.
        case FormRefused() | ClientDisconnect():
            return UNFIT
        case RequestValidationError() | HTTPException():
            return ODD
        case _:
            return WRONG
