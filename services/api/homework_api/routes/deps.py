"""What routes ask for, as names: `service: Service`, `page: Paging`."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from homework_api.dead_letters import DeadLetters
from homework_api.probes import Probe
from homework_api.repository import Page
from homework_api.schemas import MAX_NUMBER, ErrorResponse, Id
from homework_api.service import HomeworkService
from homework_api.settings import RevealAnswers
from homework_api.submissions import Submissions
from homework_api.tunnel import TunnelFile
from homework_shared.tracing import traceparent

MAX_PAGE = 1000


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


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _service(parts: Annotated[Parts, Depends(_parts)]) -> HomeworkService:
    return parts.service


def _submissions(parts: Annotated[Parts, Depends(_parts)]) -> Submissions:
    return parts.submissions


def _reveal(parts: Annotated[Parts, Depends(_parts)]) -> RevealAnswers:
    return parts.reveal


def _probe(parts: Annotated[Parts, Depends(_parts)]) -> Probe:
    return parts.probe


def _dead(parts: Annotated[Parts, Depends(_parts)]) -> DeadLetters:
    return parts.dead


def _tunnel(parts: Annotated[Parts, Depends(_parts)]) -> TunnelFile:
    return parts.tunnel


def _stop(parts: Annotated[Parts, Depends(_parts)]) -> asyncio.Event:
    return parts.stop


def _page(
    limit: Annotated[
        int | None, Query(ge=1, le=MAX_PAGE, description="At most so many; default: all.")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=MAX_NUMBER, description="Leave out the newest so many.")] = 0,
) -> Page:
    return Page(limit, offset)


def _traceparent() -> str | None:
    # Of the request's own span; without tracing, the caller's header as it came.
    return traceparent()


Service = Annotated[HomeworkService, Depends(_service)]
TheSubmissions = Annotated[Submissions, Depends(_submissions)]
Reveal = Annotated[RevealAnswers, Depends(_reveal)]
TheProbe = Annotated[Probe, Depends(_probe)]
TheDeadLetters = Annotated[DeadLetters, Depends(_dead)]
Tunnel = Annotated[TunnelFile, Depends(_tunnel)]
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
