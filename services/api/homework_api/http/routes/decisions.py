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
    summary="Accept or refuse an answer, and grade all homework with it again",
    responses={
        200: {"model": DecisionMade, "description": "The same decision exists already"},
        **responses(
            {
                400: "There is no answer to decide about, or this student gave another answer",
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
    """The decision applies to all answers that grading treats as the same: differences in capitals, spaces
    and typography are ignored. It also applies to answers that are submitted later. The same request again
    changes nothing. With the opposite `right` it replaces the earlier decision."""
    done = await services.decisions.decide(assignment_id, body, Signature.of(caller), reach)
    if not done.changed:
        response.status_code = 200
    return done.response


@router.get(
    "",
    summary="List decisions, with those that were withdrawn, newest first",
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
    summary="Withdraw a decision",
    responses=responses({404: "No such assignment, or it has no such decision"}),
)
async def withdraw_decision(
    assignment_id: PathId, decision_id: PathId, services: ServicesDep, caller: CallerDep, reach: ReachDep
) -> DecisionMade:
    """The answer is graded again by the rules, or by a decision for the whole class. The decision stays in
    the list. Withdrawing it again changes nothing."""
    done = await services.decisions.withdraw(assignment_id, decision_id, Signature.of(caller), reach)
    return done.response
