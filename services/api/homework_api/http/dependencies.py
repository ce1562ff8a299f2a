"""What routes ask for, as names: `service: Service`, `page: Paging`.

All are coroutines: FastAPI sends a plain function to a thread, which costs more than most routes do.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPBearer

from homework_api.domain.access import Caller, Scope
from homework_api.domain.errors import NotAllowed
from homework_api.pipeline.probes import Probe
from homework_api.schemas.assignments import MAX_NUMBER, ErrorResponse, Id
from homework_api.schemas.paging import Page
from homework_api.services.api_keys import ApiKeys
from homework_api.services.assignments import HomeworkService
from homework_api.services.dead_letters import DeadLetters
from homework_api.services.homework import Submissions
from homework_api.services.tunnel_file import TunnelFile
from homework_api.settings import RevealAnswers
from homework_shared.observability.tracing import traceparent

MAX_PAGE = 1000
# Only for the OpenAPI document and its "Authorize" button; `ApiKeys` reads and judges the header.
_BEARER = HTTPBearer(auto_error=False, description="An API key; none is needed while there is none.")


@dataclass(frozen=True)
class Parts:
    """What `create_app` was given. `stop` is set when the process is about to end."""

    service: HomeworkService
    submissions: Submissions
    probe: Probe
    dead: DeadLetters
    stop: asyncio.Event
    reveal: RevealAnswers
    tunnel: TunnelFile
    keys: ApiKeys
    open_metrics: bool


def _parts(request: Request) -> Parts:
    # No dependency itself: FastAPI takes longer to resolve one than most of them take.
    parts: Parts = request.app.state.parts
    return parts


async def _service(request: Request) -> HomeworkService:
    return _parts(request).service


async def _submissions(request: Request) -> Submissions:
    return _parts(request).submissions


async def _reveal(request: Request) -> RevealAnswers:
    return _parts(request).reveal


async def _probe(request: Request) -> Probe:
    return _parts(request).probe


async def _dead(request: Request) -> DeadLetters:
    return _parts(request).dead


async def _tunnel(request: Request) -> TunnelFile:
    return _parts(request).tunnel


async def _keys(request: Request) -> ApiKeys:
    return _parts(request).keys


async def _stop(request: Request) -> asyncio.Event:
    return _parts(request).stop


async def _page(
    limit: Annotated[
        int | None, Query(ge=1, le=MAX_PAGE, description="At most so many; default: all.")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=MAX_NUMBER, description="Leave out the newest so many.")] = 0,
) -> Page:
    return Page(limit, offset)


async def _traceparent() -> str | None:
    # Of the request's own span; without tracing, the caller's header as it came.
    return traceparent()


async def _caller(request: Request, _shown: Annotated[Any, Depends(_BEARER)]) -> Caller:
    return await _parts(request).keys.caller(request.headers.get("Authorization"))


Service = Annotated[HomeworkService, Depends(_service)]
SubmissionsDep = Annotated[Submissions, Depends(_submissions)]
Reveal = Annotated[RevealAnswers, Depends(_reveal)]
ProbeDep = Annotated[Probe, Depends(_probe)]
DeadLettersDep = Annotated[DeadLetters, Depends(_dead)]
Tunnel = Annotated[TunnelFile, Depends(_tunnel)]
ApiKeysDep = Annotated[ApiKeys, Depends(_keys)]
CallerDep = Annotated[Caller, Depends(_caller)]
Stop = Annotated[asyncio.Event, Depends(_stop)]
Paging = Annotated[Page, Depends(_page)]
Traceparent = Annotated[str | None, Depends(_traceparent)]
PathId = Annotated[Id, Path()]

TOTAL_COUNT = "X-Total-Count"
COUNTED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {TOTAL_COUNT: {"description": "How many there are", "schema": {"type": "integer"}}}}
}


def refuses(**details: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI for error answers: `refuses(s404="Student not found")`."""
    return {
        int(status.removeprefix("s")): {"model": ErrorResponse, "description": detail}
        for status, detail in details.items()
    }


UNAUTHORIZED = refuses(s401="No API key, or one that is not good", s403="A key that may not do this")


def needs(right: Scope) -> Any:
    """A router's or a route's dependency: 401 without a good key, 403 without this right."""

    async def check(caller: CallerDep) -> None:
        _must_have(right, caller)

    return Depends(check)


def _must_have(right: Scope, caller: Caller) -> None:
    if not caller.may(right):
        raise NotAllowed(f"This API key may not do that: it needs the right `{right}`")


async def _own_homework(student_id: PathId, caller: CallerDep) -> None:
    if not caller.may_act_for(student_id):
        raise NotAllowed("This API key may not do that: it is not this student's, nor a teacher's")


async def _metrics(request: Request, shown: Annotated[Any, Depends(_BEARER)]) -> None:
    if not _parts(request).open_metrics:
        _must_have(Scope.OPS, await _caller(request, shown))


OWN_HOMEWORK = Depends(_own_homework)
METRICS = Depends(_metrics)
