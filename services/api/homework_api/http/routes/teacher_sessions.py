"""The routes with which a teacher's browser signs in with a link or a key, and out again."""

from fastapi import APIRouter, Request

from homework_api.domain.access import Scope
from homework_api.domain.errors import TeacherLinkNotFound
from homework_api.http.dependencies import (
    OF_A_TEACHER,
    UNAUTHORIZED,
    CallerDep,
    PolicyDep,
    ReachDep,
    ServicesDep,
    needs,
    responses,
)
from homework_api.http.guesses import count_guess
from homework_api.schemas.teacher_sessions import (
    NewTeacherSessionResponse,
    TeacherLinkResponse,
    TeacherSessionCreate,
    TeacherSessionResponse,
)

router = APIRouter(tags=["teacher"])

_SESSION = "/api/teacher-session"


@router.post(
    "/api/teacher/link",
    status_code=201,
    summary="Make a sign-in link for a teacher",
    dependencies=[needs(Scope.TEACHER)],
    responses=OF_A_TEACHER,
)
async def make_link(services: ServicesDep, caller: CallerDep, reach: ReachDep) -> TeacherLinkResponse:
    """The link is for the teacher whose key is sent. Their earlier link becomes invalid, and browsers that
    are signed in stay signed in."""
    return await services.teacher_sessions.make_link(caller, reach)


@router.delete(
    "/api/teacher/sessions",
    status_code=204,
    summary="Sign a teacher out everywhere",
    dependencies=[needs(Scope.TEACHER)],
    responses=OF_A_TEACHER,
)
async def end_all_sessions(services: ServicesDep, reach: ReachDep) -> None:
    """All sessions of the teacher whose key or session is sent end, and their link becomes invalid. Their
    keys stay valid."""
    await services.teacher_sessions.end_all(reach)


@router.post(
    _SESSION,
    status_code=201,
    summary="Begin a teacher's session with a link or a key",
    responses=UNAUTHORIZED
    | responses(
        {
            404: "The link is not valid, or a newer one has replaced it",
            409: "The link was used already, or no key is in use",
            410: "The link was not used in time",
        }
    ),
)
async def begin_session(
    body: TeacherSessionCreate, services: ServicesDep, policy: PolicyDep, request: Request
) -> NewTeacherSessionResponse:
    """With `token`, the link signs the teacher in. Without it, the key in `Authorization` does."""
    sessions = services.teacher_sessions
    if body.token is None:
        return await sessions.begin_with_key(request.headers.get("Authorization"), body.nonce)
    try:
        return await sessions.begin_with_link(body.token, body.nonce)
    except TeacherLinkNotFound:
        await count_guess(policy, request)
        raise


@router.get(_SESSION, summary="The teacher who is signed in", responses=UNAUTHORIZED)
async def get_session(services: ServicesDep, caller: CallerDep) -> TeacherSessionResponse:
    return await services.teacher_sessions.session_of(caller)


@router.delete(
    _SESSION, status_code=204, summary="Sign out: end this teacher's session", responses=UNAUTHORIZED
)
async def end_session(services: ServicesDep, caller: CallerDep) -> None:
    await services.teacher_sessions.end_session(caller)
