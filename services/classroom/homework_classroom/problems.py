"""What a person is told when something cannot be done: what happened, and what to do."""

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
from homework_client.refusals import ApiError

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

AUTOSAVE = "X-Autosave"
"""The header of what the page's script sends: it shows a sentence, and no page."""


@dataclass(frozen=True)
class Problem:
    """`name` begins the names of its sentences: NAME_title and NAME_text."""

    name: str
    status: int


NO_SESSION, SESSION_OVER = Problem("no_session", 401), Problem("session_over", 401)
GONE, ODD = Problem("gone", 404), Problem("odd", 404)
UNFIT, WRONG = Problem("unfit", 400), Problem("wrong", 500)
SENT, TOO_LATE = Problem("sent", 409), Problem("too_late", 409)
BUSY, AWAY = Problem("busy", 429), Problem("away", 503)
_OF_THE_API = {400: UNFIT, 401: SESSION_OVER, 403: SESSION_OVER, 404: GONE, 422: UNFIT, 429: BUSY, 503: AWAY}


_EXPECTED: Set[type[Exception]] = {
    NotSignedIn, ApiError, FormRefused, ClientDisconnect, RequestValidationError, HTTPException,
}  # fmt: skip


def install(app: FastAPI) -> None:
    for error in _EXPECTED | {Exception}:
        app.add_exception_handler(error, _answer)


def answer(request: Request, problem: Problem, typed: Mapping[str, str] | None = None) -> Response:
    """A page, or the sentence alone for the script of a page. `typed`: the fields that a form sent in vain,
    which the person can read there, and send again if it was not their fault."""
    visit = visit_of(request)
    title, text = (visit.language(f"{problem.name}_{part}") for part in ("title", "text"))
    if AUTOSAVE in request.headers:
        return PlainTextResponse(f"{title}. {text}", problem.status)
    again = typed if problem in {AWAY, BUSY, WRONG} else None
    response = visit.page(
        "problem.html", problem.status, title=title, text=text, typed=answers_of(typed or {}), again=again
    )
    if problem is SESSION_OVER:
        forget_session(response, visit.classroom)
    return response


async def _answer(request: Request, error: Exception) -> Response:
    problem = _problem(error)
    if problem in {AWAY, WRONG}:
        log.error("page_failed", path=request.url.path, error=type(error).__name__, reason=str(error)[:200])
    return answer(request, problem, getattr(request.state, "typed", None))


def _problem(error: Exception) -> Problem:
    match error:
        case NotSignedIn():
            return NO_SESSION
        case ApiError():
            return _OF_THE_API.get(error.status_code or 503, WRONG)
        case FormRefused() | ClientDisconnect():  # a phone that is gone reads no answer, and it is no fault
            return UNFIT
        case RequestValidationError() | HTTPException():
            return ODD
        case _:
            return WRONG
