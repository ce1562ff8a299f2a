"""What routes ask for, as names: `service: Service`, `page: Paging`."""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request

from homework_api.dead_letters import DeadLetters
from homework_api.probes import Probe
from homework_api.repository import Page
from homework_api.schemas import MAX_NUMBER, ErrorResponse, Id
from homework_api.service import HomeworkService
from homework_api.settings import RevealAnswers
from homework_api.submissions import Submissions

MAX_PAGE = 1000
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Parts:
    """What `create_app` was given. `stop` is set when the process is about to end."""

    service: HomeworkService
    submissions: Submissions
    probe: Probe
    dead: DeadLetters
    stop: asyncio.Event
    reveal: RevealAnswers


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


def _stop(parts: Annotated[Parts, Depends(_parts)]) -> asyncio.Event:
    return parts.stop


def _page(
    limit: Annotated[
        int | None, Query(ge=1, le=MAX_PAGE, description="At most so many; default: all.")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=MAX_NUMBER, description="Leave out the newest so many.")] = 0,
) -> Page:
    return Page(limit, offset)


def _traceparent(traceparent: Annotated[str | None, Header(include_in_schema=False)] = None) -> str | None:
    # W3C: a header that is not valid is as good as none.
    return traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else None


Service = Annotated[HomeworkService, Depends(_service)]
TheSubmissions = Annotated[Submissions, Depends(_submissions)]
Reveal = Annotated[RevealAnswers, Depends(_reveal)]
TheProbe = Annotated[Probe, Depends(_probe)]
TheDeadLetters = Annotated[DeadLetters, Depends(_dead)]
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
