"""Signs students in with a link, and out again."""

import contextlib
import secrets

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from homework_classroom.forms import read_form
from homework_classroom.problems import Problem, answer
from homework_classroom.visit import (
    NotSignedIn,
    Student,
    Visit,
    VisitDep,
    forget_session,
    keep_session,
    signed_in_student,
)
from homework_client import student_links
from homework_client.refusals import ApiError, Misused, Refused

router = APIRouter()
_USED = 409
_REFUSED = {
    404: Problem("link_unknown", 404),
    _USED: Problem("link_used", 409),
    410: Problem("link_expired", 410),
    429: Problem("busy", 429),
}


@router.get("/in/{token}")
async def show_link(token: str, visit: VisitDep) -> Response:
    """Show the link's button. Messengers open a link to draw a preview of it, so opening it must not use it
    up.
    """
    shown = await _signed_in(visit) or visit
    return shown.page("students/link.html", token=token, nonce=secrets.token_urlsafe(32))


@router.post("/in/{token}")
async def sign_in(token: str, request: Request, visit: VisitDep) -> Response:
    form = await read_form(request)
    try:
        begin = student_links.begin_session(token, form.get("nonce", ""))
        session = await visit.classroom.api.send(begin)
    except Misused:
        return answer(request, _REFUSED[404])
    except Refused as error:
        if error.status_code not in _REFUSED:
            raise
        # Many students open the same message each time. If this link has signed in this browser, its student
        # is still signed in.
        if error.status_code == _USED and await _signed_in(visit):
            return RedirectResponse("/", 303)
        return answer(request, _REFUSED[error.status_code])
    if session.secret != visit.secret:
        await _end_session(visit)  # End the session of the previous user of this browser.
    response = RedirectResponse("/", 303)
    keep_session(response, visit, session.secret, session.expires_at, session.student_id)
    return response


@router.post("/sign-out")
async def sign_out(visit: VisitDep) -> Response:
    await _end_session(visit)
    response = RedirectResponse("/signed-out", 303)
    forget_session(response, visit)
    return response


@router.get("/signed-out")
async def signed_out(visit: VisitDep) -> Response:
    return visit.page("students/signed_out.html")


async def _signed_in(visit: Visit) -> Student | None:
    try:
        return await signed_in_student(visit)
    except (ApiError, NotSignedIn):
        return None


async def _end_session(visit: Visit) -> None:
    # The cookie is deleted even if the API does not answer, because the browser is what matters.
    with contextlib.suppress(ApiError, NotSignedIn):
        await visit.ask(student_links.end_session())
