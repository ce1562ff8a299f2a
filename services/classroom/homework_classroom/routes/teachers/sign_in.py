"""Signs teachers in with a link or a key, and out again."""

import contextlib
import secrets

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from homework_classroom.forms import read_form
from homework_classroom.visit import NotSignedIn, TeacherDep, Visit, VisitDep, forget_session, keep_session
from homework_client import teacher_sessions
from homework_client.models import NewTeacherSession, TeacherSession
from homework_client.refusals import ApiError, Misused, Refused
from homework_client.request import Request as ApiRequest

router = APIRouter(prefix="/teacher")

HOME = "/teacher"
_USED = 409
_LINK_REFUSED = {404: "unknown", _USED: "used", 410: "expired", 429: "busy"}
_KEY_REFUSED = {401: "wrong_key", 403: "no_teachers_key", 404: "wrong_key", 409: "no_keys", 429: "busy"}


@router.get("/sign-in")
async def show_sign_in(visit: VisitDep, notice: str = "") -> Response:
    return _page(visit, notice="signed_out" if notice == "signed_out" else "")


@router.post("/sign-in")
async def sign_in_with_key(request: Request, visit: VisitDep) -> Response:
    form = await read_form(request)
    key = form.get("key", "").strip()
    if not (key and key.isascii() and key.isprintable()):
        return _page(visit, 401, "wrong_key")
    begin = teacher_sessions.begin_session_with_key(key, form.get("nonce", ""))
    return await _begin(visit, begin, _KEY_REFUSED)


@router.get("/in/{token}")
async def show_link(token: str, visit: VisitDep) -> Response:
    """Show the link's button. As with students' links, opening it does not use it up."""
    known = await _signed_in(visit)
    return visit.page(
        "teachers/link.html",
        token=token,
        nonce=secrets.token_urlsafe(32),
        known=known.name if known else None,
        signed_in=known is not None,
    )


@router.post("/in/{token}")
async def sign_in_with_link(token: str, request: Request, visit: VisitDep) -> Response:
    form = await read_form(request)
    begin = teacher_sessions.begin_session(token, form.get("nonce", ""))
    return await _begin(visit, begin, _LINK_REFUSED)


@router.post("/sign-out")
async def sign_out(visit: VisitDep) -> Response:
    await _end_session(visit)
    response = RedirectResponse("/teacher/sign-in?notice=signed_out", 303)
    forget_session(response, visit)
    return response


@router.get("/sign-out-everywhere")
async def ask_to_sign_out_everywhere(teacher: TeacherDep) -> Response:
    return teacher.page("teachers/sign_out.html")


@router.post("/sign-out-everywhere")
async def sign_out_everywhere(teacher: TeacherDep) -> Response:
    await teacher.ask(teacher_sessions.end_all_sessions())
    response = RedirectResponse("/teacher/sign-in?notice=signed_out", 303)
    forget_session(response, teacher)
    return response


async def _begin(visit: Visit, begin: ApiRequest[NewTeacherSession], refused: dict[int, str]) -> Response:
    try:
        session = await visit.classroom.api.send(begin)
    except Misused:
        return _page(visit, 404, refused[404])
    except Refused as error:
        if error.status_code not in refused:
            raise
        # The link that signed in this browser finds the teacher still signed in.
        if error.status_code == _USED and await _signed_in(visit):
            return RedirectResponse(HOME, 303)
        return _page(visit, error.status_code, refused[error.status_code])
    if session.secret != visit.secret:
        await _end_session(visit)  # End the session of the previous user of this browser.
    response = RedirectResponse(HOME, 303)
    keep_session(response, visit, session.secret, session.expires_at)
    return response


def _page(visit: Visit, status: int = 200, problem: str = "", notice: str = "") -> Response:
    nonce = secrets.token_urlsafe(32)
    return visit.page("teachers/sign_in.html", status, problem=problem, notice=notice, nonce=nonce)


async def _signed_in(visit: Visit) -> TeacherSession | None:
    try:
        return await visit.ask(teacher_sessions.get_session())
    except (ApiError, NotSignedIn):
        return None


async def _end_session(visit: Visit) -> None:
    # The cookie is deleted even if the API does not answer, because the browser is what matters.
    with contextlib.suppress(ApiError, NotSignedIn):
        await visit.ask(teacher_sessions.end_session())
