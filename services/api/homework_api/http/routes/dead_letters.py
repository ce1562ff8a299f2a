"""The operators' routes for dead letters."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from homework_api.domain.access import Scope
from homework_api.http.dead_letter_responses import (
    DeadLetterDetail,
    DeadLetterResponse,
    DeadLettersResponse,
    SentAgainResponse,
)
from homework_api.http.dependencies import UNAUTHORIZED, ServicesDep, needs, responses
from homework_api.services.dead_letters import MAX_LOOKED_AT, DeadLetterAction
from homework_shared.messaging.topology import queue_of

router = APIRouter(
    prefix="/api/ops/dead", tags=["operators"], dependencies=[needs(Scope.OPS)], responses=UNAUTHORIZED
)

LetterId = Annotated[
    str,
    Path(alias="id", description="The `id` in the list of dead letters. It is not the id of the message."),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LOOKED_AT, description="The greatest number of letters.")]
AWAY = (
    "The broker cannot be used now, or another request reads the letters; try again after Retry-After seconds"
)
MAY_FAIL = responses({404: "No dead letter has this id", 503: AWAY})
MAY_BE_REFUSED = MAY_FAIL | responses({409: "It cannot be sent again, because no consumer could process it"})


@router.get("", summary="Messages that could not be processed", responses=responses({503: AWAY}))
async def list_dead(services: ServicesDep, limit: Limit = 100) -> DeadLettersResponse:
    """The letter with the latest death comes first. Reading changes nothing, but the broker counts each
    reading as a delivery, and removes a letter at its millionth delivery. So do not poll this route: the
    overview has the length of the queue.
    """
    letters = await services.dead_letters.list_letters()
    shown = [DeadLetterResponse.of(letter) for letter in letters[:limit]]
    return DeadLettersResponse(letters=shown, total=len(letters))


@router.get("/{id}", summary="One dead letter with its body and its deaths", responses=MAY_FAIL)
async def get_dead(id_: LetterId, services: ServicesDep) -> DeadLetterDetail:
    return DeadLetterDetail.of(await services.dead_letters.get_letter(id_))


@router.post("/{id}/replay", summary="Send a dead letter to its queue again", responses=MAY_BE_REFUSED)
async def replay_dead(id_: LetterId, services: ServicesDep) -> SentAgainResponse:
    """Before its deadline, a job goes to the GPUs' queue. After it, the job goes to the mock generator's
    queue. A result goes to the results queue. A second replay is harmless because of the job id.
    """
    return await _send_again(id_, DeadLetterAction.REPLAY, services)


@router.post("/{id}/mock", summary="Send a dead letter's job to the mock generator", responses=MAY_BE_REFUSED)
async def mock_dead(id_: LetterId, services: ServicesDep) -> SentAgainResponse:
    return await _send_again(id_, DeadLetterAction.MOCK, services)


@router.delete("/{id}", status_code=204, summary="Delete a dead letter", responses=MAY_FAIL)
async def drop_dead(id_: LetterId, services: ServicesDep) -> None:
    await services.dead_letters.drop(id_)


async def _send_again(id_: str, action: DeadLetterAction, services: ServicesDep) -> SentAgainResponse:
    route = await services.dead_letters.send_again(id_, action)
    return SentAgainResponse(id=id_, sent_to=queue_of(route))
