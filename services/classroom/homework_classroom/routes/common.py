"""The routes that every page needs: static files and the language switch."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException

from homework_classroom.forms import read_form
from homework_classroom.gate import HEALTH
from homework_classroom.language import LANGUAGES
from homework_classroom.visit import VisitDep
from homework_classroom.wishes import LANGUAGE_COOKIE

router = APIRouter()
_A_YEAR = 365 * 24 * 3600
_KEPT = {"Cache-Control": f"public, max-age={_A_YEAR}, immutable", "Vary": "Accept-Encoding"}


@router.get(HEALTH)
async def health() -> PlainTextResponse:
    return PlainTextResponse("ok")


@router.get("/static/{name}")
async def static_file(name: str, request: Request, visit: VisitDep) -> Response:
    wanted = f"/static/{name}"
    file = next((each for each in visit.classroom.static.values() if each.path == wanted), None)
    if file is None:
        raise HTTPException(404)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media_type, headers=_KEPT | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=_KEPT)


@router.post("/language")
async def choose_language(request: Request, visit: VisitDep) -> Response:
    form = await read_form(request)
    response = RedirectResponse(_own_path(form.get("back", "/")), 303)
    if form.get("language") in LANGUAGES:
        secure = visit.classroom.address.is_secure
        response.set_cookie(
            LANGUAGE_COOKIE, form["language"], max_age=_A_YEAR, secure=secure, httponly=True, samesite="lax"
        )
    return response


def _own_path(path: str) -> str:
    """A path on this host: `//other.example` and `/\\other.example` would lead a browser to another site."""
    is_ours = path.startswith("/") and path[1:2] not in {"/", "\\"}
    return path if is_ours and path.isprintable() else "/"
