"""The teachers' routes for decisions about answers, which take precedence over the grading by rules."""

from fastapi import APIRouter, Response

from homework_api.domain.access import Scope, Signature
from homework_api.http.dependencies import (
    COUNTED,
    OF_A_TEACHER,
    TOTAL_COUNT,
    CallerDep,
    Paging,
    PathId,
    ReachDep,
    ServicesDep,
    needs,
    responses,
)
from homework_api.schemas.decisions import DecisionMade, DecisionRequest, DecisionResponse

router = APIRouter(
    prefix="/api/teacher/assignments/{assignment_id}/decisions",
    tags=["teacher"],
    dependencies=[needs(Scope.TEACHER)],
    responses=OF_A_TEACHER,
)


@router.post(
    "",
    status_code=201,
    summary="Accept or refuse an answer, and grade whoever wrote it anew",
    responses={
        200: {"model": DecisionMade, "description": "It is decided so already"},
        **responses(
            {
                400: "There is no answer to decide about, or this student wrote another",
                404: "No such assignment, homework or exercise",
                409: "The homework is not submitted, or there are too many decisions about its question",
            }
        ),
    },
)
async def decide(
    assignment_id: PathId,
    body: DecisionRequest,
    services: ServicesDep,
    caller: CallerDep,
    reach: ReachDep,
    response: Response,
) -> DecisionMade:
    """The same answer is the one that grading does not tell apart: capitals, spaces and typography do not
    count. Who sends it later is graded by it too. Asked again it changes nothing; asked with the opposite
    `right`, it takes the place of the earlier decision."""
    done = await services.decisions.decide(assignment_id, body, Signature.of(caller), reach)
    if not done.changed:
        response.status_code = 200
    return done.response


@router.get(
    "",
    summary="What is decided and what was taken back, newest first",
    responses={**COUNTED, **responses({404: "Assignment not found"})},
)
async def list_decisions(
    assignment_id: PathId, services: ServicesDep, page: Paging, reach: ReachDep, response: Response
) -> list[DecisionResponse]:
    decisions, total = await services.decisions.page(assignment_id, page, reach)
    response.headers[TOTAL_COUNT] = str(total)
    return decisions


@router.delete(
    "/{decision_id}",
    summary="Take a decision back",
    responses=responses({404: "No such assignment, or it has no such decision"}),
)
async def withdraw_decision(
    assignment_id: PathId, decision_id: PathId, services: ServicesDep, caller: CallerDep, reach: ReachDep
) -> DecisionMade:
    """The verdict is again what the rules say, or what is decided for the whole class. The decision stays
    listed. Taken back again, it stays as it is."""
    done = await services.decisions.withdraw(assignment_id, decision_id, Signature.of(caller), reach)
    return done.response
