"""Dependencies that routes declare as parameters, such as `services: ServicesDep` and `page: Paging`.

Every dependency is a coroutine, because FastAPI runs a plain function in a thread, which costs more than most
routes do. A dependency that needs another one calls it. If it declared it, FastAPI would resolve it each time
it is named, even where its value is already known (docs/adr/0056).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from pydantic import WithJsonSchema

from homework_api.domain.access import Caller, Reach, Scope
from homework_api.domain.errors import NotAllowed
from homework_api.http.policy import HttpPolicy
from homework_api.schemas.fields import MAX_NUMBER, ErrorResponse, Id
from homework_api.schemas.paging import Page
from homework_api.services.registry import Services

MAX_PAGE = 1000
PathId = Annotated[Id, Path()]
_CALLER = "homework.caller"


@dataclass(frozen=True)
class HttpState:
    """The arguments of `create_app`. `stop` is set when the process is about to end."""

    services: Services
    policy: HttpPolicy
    stop: asyncio.Event


def state_of(request: Request) -> HttpState:
    """The application's state. Dependencies call this instead of declaring a dependency on a part of it."""
    state: HttpState = request.app.state.http
    return state


async def caller_of(request: Request) -> Caller:
    """The caller, who is looked up once for each request. Raises the errors of `ApiKeys.caller`."""
    caller: Caller | None = request.scope.get(_CALLER)
    if caller is None:
        keys = state_of(request).services.api_keys
        caller = request.scope[_CALLER] = await keys.caller(request.headers.get("Authorization"))
    return caller


class _Bearer(SecurityBase):
    """A dependency whose value is the caller. In the OpenAPI document it is the security scheme, for the
    "Authorize" button. `ApiKeys` reads and checks the header."""

    def __init__(self) -> None:
        self.model = HTTPBearer(description="An API key. Requests need one as soon as a key exists.")
        self.scheme_name = "HTTPBearer"


class _AnyKey(_Bearer):
    async def __call__(self, request: Request) -> Caller:
        return await caller_of(request)


class _KeyWith(_Bearer):
    """Refuses a caller who does not have this right."""

    def __init__(self, right: Scope) -> None:
        super().__init__()
        self._right = right

    async def __call__(self, request: Request) -> Caller:
        caller = await caller_of(request)
        if not caller.may(self._right):
            raise NotAllowed(f"This API key may not do that: it needs the right `{self._right}`")
        return caller


class _KeyForStudent(_Bearer):
    """Refuses a caller who may not act for the student of the path."""

    async def __call__(self, request: Request, student_id: PathId, response: Response) -> Caller:
        caller = await caller_of(request)
        if not caller.may_act_for(student_id):
            raise NotAllowed("This API key may not do that: it is not this student's, nor a teacher's")
        if caller.session and caller.student_id is not None:
            # The lookup of the session has read the name already, so pages need no request for it.
            response.headers[STUDENT_NAME] = quote(caller.name)
        return caller


async def _services(request: Request) -> Services:
    return state_of(request).services


async def _policy(request: Request) -> HttpPolicy:
    return state_of(request).policy


async def _stop(request: Request) -> asyncio.Event:
    return state_of(request).stop


BeforeId = Annotated[
    Id | None,
    Query(
        description="List only entries with a smaller id, which are older. Send the last id of one page to "
        "get the next page. Unlike `offset`, this neither skips nor repeats entries when others are added or "
        "deleted in between."
    ),
]


LIMIT_MEANING = "The greatest number of entries."
OFFSET_MEANING = "The number of newest entries to skip."


async def _page(
    limit: Annotated[
        int | None, Query(ge=1, le=MAX_PAGE, description=f"{LIMIT_MEANING} Without it, all are listed.")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=MAX_NUMBER, description=OFFSET_MEANING)] = 0,
    before_id: BeforeId = None,
) -> Page:
    return Page(limit, offset, before_id)


ServicesDep = Annotated[Services, Depends(_services)]
PolicyDep = Annotated[HttpPolicy, Depends(_policy)]
StopDep = Annotated[asyncio.Event, Depends(_stop)]
CallerDep = Annotated[Caller, Depends(_AnyKey())]
Paging = Annotated[Page, Depends(_page)]

TeacherId = Annotated[
    Id | None,
    # The schema has no null: None means that the header is not sent, and the text `null` is not valid.
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_NUMBER}),
    Header(
        alias="Teacher-Id",
        description="For administrators: the teacher on whose behalf they send the request. The request "
        "reaches only this teacher's data, and what it creates belongs to this teacher. Without the header, "
        "it reaches all teachers' data, and what it creates belongs to the first teacher.",
    ),
]


async def _reach(request: Request, teacher_id: TeacherId = None) -> Reach:
    return await state_of(request).services.teachers.reach_of(await caller_of(request), teacher_id)


ReachDep = Annotated[Reach, Depends(_reach)]
"""The teachers whose data this request may see and change. Pass it to the service."""

STUDENT_NAME = "Student-Name"
NAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            STUDENT_NAME: {
                "description": "For a student's session: the student's current name, percent-encoded",
                "schema": {"type": "string"},
            }
        }
    }
}
TOTAL_COUNT = "X-Total-Count"
COUNTED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            TOTAL_COUNT: {"description": "The number of entries on all pages", "schema": {"type": "integer"}}
        }
    }
}


def responses(details: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of error responses, as in `responses({404: "Student not found"})`."""
    return {status: {"model": ErrorResponse, "description": detail} for status, detail in details.items()}


UNAUTHORIZED = responses(
    {401: "No API key, or an invalid one", 403: "The API key lacks the right to do this"}
)

OF_A_TEACHER = UNAUTHORIZED | responses({404: "No teacher has the id in `Teacher-Id`"})
"""The error responses of routers whose routes take `ReachDep`."""


def needs(right: Scope) -> Any:
    """A dependency for a router or a route. It answers 401 without a valid key and 403 without this scope."""
    return Depends(_KeyWith(right))


async def _may_still(request: Request) -> Callable[[Scope], Awaitable[bool]]:
    keys, sent = state_of(request).services.api_keys, request.headers.get("Authorization")
    return lambda right: keys.may(right, sent)


MayStill = Annotated[Callable[[Scope], Awaitable[bool]], Depends(_may_still)]
"""Checks whether the caller has a right at the moment of the call. It is for streams, during which a key may
be revoked, and for routes that show more to callers with a right."""

OWN_HOMEWORK = Depends(_KeyForStudent())
