"""The routes with which a student's browser signs in with a link, and out again."""

from fastapi import APIRouter, Request

from homework_api.domain.errors import LinkNotFound
from homework_api.http.dependencies import UNAUTHORIZED, CallerDep, PolicyDep, ServicesDep, responses
from homework_api.http.guesses import count_guess
from homework_api.schemas.student_links import NewSessionResponse, SessionCreate, SessionResponse

router = APIRouter(prefix="/api/session", tags=["student"])


@router.post(
    "",
    status_code=201,
    summary="Begin a student's session with a link",
    responses=responses(
        {
            404: "The link is not valid, or a newer one has replaced it",
            409: "The link was used already",
            410: "The link was not used in time",
        }
    ),
)
async def begin_session(
    body: SessionCreate, services: ServicesDep, policy: PolicyDep, request: Request
) -> NewSessionResponse:
    """The link is enough, and no API key is needed."""
    try:
        return await services.student_links.begin_session(body.token, body.nonce)
    except LinkNotFound:
        await count_guess(policy, request)
        raise


@router.get("", summary="The student who is signed in", responses=UNAUTHORIZED)
async def get_session(services: ServicesDep, caller: CallerDep) -> SessionResponse:
    return await services.student_links.session_of(caller)


@router.delete("", status_code=204, summary="Sign out: end this student's session", responses=UNAUTHORIZED)
async def end_session(services: ServicesDep, caller: CallerDep) -> None:
    await services.student_links.end_session(caller)
