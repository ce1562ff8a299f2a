"""The teachers' routes for assignments."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from homework_api.domain.access import Scope, Signature
from homework_api.http.dependencies import (
    COUNTED,
    OF_A_TEACHER,
    TOTAL_COUNT,
    CallerDep,
    MayStill,
    Paging,
    PathId,
    ReachDep,
    ServicesDep,
    StopDep,
    needs,
    responses,
)
from homework_api.schemas.assignments import (
    AssignmentCreate,
    AssignmentResponse,
    DueDateRequest,
    ReleaseRequest,
    RetryRequest,
)
from homework_shared.observability.tracing import traceparent

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=OF_A_TEACHER
)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[ -~]+$",
        description="Any text, a new one for each assignment. If a response was lost, send the request again "
        "with the same text: for 48 hours it returns the existing assignment and creates no second one.",
    ),
]


@router.post(
    "/assignments",
    status_code=201,
    summary="Assign homework to students, or to a class",
    responses={
        201: {
            "headers": {
                "Idempotency-Replayed": {
                    "description": "`true` if an earlier request with this Idempotency-Key created it",
                    "schema": {"type": "string"},
                }
            }
        },
        **responses(
            {
                400: "A time in the request is too early or too late",
                404: "One or more students, or the class, not found",
                409: "Nobody is in the class, or the Idempotency-Key was used for a different request, or "
                "its assignment was deleted",
            }
        ),
    },
)
async def create_assignment(
    body: AssignmentCreate,
    services: ServicesDep,
    reach: ReachDep,
    response: Response,
    key: Key = None,
) -> AssignmentResponse:
    """The response does not wait for the homework. It is written in the background, at the latest two seconds
    after its deadline."""
    created = await services.assignments.create(body, reach, key=key, traceparent=traceparent())
    if created.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return created.assignment


@router.get("/assignments", summary="List assignments, newest first", responses=COUNTED)
async def list_assignments(
    services: ServicesDep, page: Paging, reach: ReachDep, response: Response
) -> list[AssignmentResponse]:
    assignments, total = await services.assignments.page(page, reach)
    response.headers[TOTAL_COUNT] = str(total)
    return assignments


async def _assignment(assignment_id: PathId, services: ServicesDep, reach: ReachDep) -> AssignmentResponse:
    return await services.assignments.get(assignment_id, reach)


Found = Annotated[AssignmentResponse, Depends(_assignment)]
NOT_FOUND = responses({404: "Assignment not found"})


@router.get("/assignments/{assignment_id}", summary="One assignment and its progress", responses=NOT_FOUND)
async def get_assignment(assignment: Found) -> AssignmentResponse:
    return assignment


@router.get(
    "/assignments/{assignment_id}/events",
    summary="Follow an assignment until it is final",
    response_class=EventSourceResponse,
    responses=NOT_FOUND,
)
async def follow_assignment(
    assignment: Found, services: ServicesDep, reach: ReachDep, stop: StopDep, may: MayStill
) -> AsyncIterator[ServerSentEvent]:
    """The stream sends server-sent events named `progress`, each with the assignment as JSON: one at once,
    and one at each change. It ends after the event with a final status. Close the EventSource then, because
    otherwise it connects again. The stream also ends soon after the key is revoked or expires.
    """
    # The dependency answers 404, because the status cannot change once a stream has begun.
    may_go_on = partial(may, Scope.TEACHER)
    async with aclosing(services.assignments.watch(assignment, reach, stop, may_go_on)) as states:
        async for state in states:
            yield ServerSentEvent(event="progress", data=state)


@router.patch(
    "/assignments/{assignment_id}",
    summary="Change the due date, and the rule for late homework",
    responses=responses({400: "The date is not in the future", 404: "Assignment not found"}),
)
async def change_due_date(
    assignment_id: PathId, body: DueDateRequest, services: ServicesDep, caller: CallerDep, reach: ReachDep
) -> AssignmentResponse:
    """The new date has to be in the future, so all homework that is submitted already is in time by it. A
    student who was late by the old date is not marked as late any more."""
    return await services.assignments.change_due_date(assignment_id, body, Signature.of(caller), reach)


@router.post(
    "/assignments/{assignment_id}/release",
    summary="Release homework to the students, now or at a given time",
    responses=responses(
        {
            400: "The time is in the past, or not before the due date",
            404: "Assignment not found",
            409: "It has changed since you read it, or it was released already at another time",
        }
    ),
)
async def release_assignment(
    assignment_id: PathId,
    services: ServicesDep,
    caller: CallerDep,
    reach: ReachDep,
    body: ReleaseRequest | None = None,
) -> AssignmentResponse:
    """Without a body, or without `release_at`, the homework is released at once. Until the release, a new
    time replaces the earlier one. Releasing it again changes nothing. Homework that is still being written
    at the release is shown to its student as soon as it is available."""
    return await services.assignments.release(
        assignment_id, body or ReleaseRequest(), Signature.of(caller), reach
    )


@router.delete(
    "/assignments/{assignment_id}/release",
    summary="Cancel a planned release",
    responses=responses({404: "Assignment not found", 409: "It was released already"}),
)
async def take_back_release(
    assignment_id: PathId, services: ServicesDep, caller: CallerDep, reach: ReachDep
) -> AssignmentResponse:
    """The homework is then held back until POST …/release releases it."""
    return await services.assignments.take_back_release(assignment_id, Signature.of(caller), reach)


@router.delete(
    "/assignments/{assignment_id}",
    status_code=204,
    summary="Cancel and delete an assignment with its homework",
    responses=NOT_FOUND,
)
async def delete_assignment(
    assignment_id: PathId, services: ServicesDep, caller: CallerDep, reach: ReachDep
) -> None:
    await services.assignments.delete(assignment_id, reach, Signature.of(caller))


@router.post(
    "/assignments/{assignment_id}/retry",
    summary="Request homework again that failed, or that the mock generator wrote",
    responses=responses(
        {404: "Assignment not found", 409: "No homework of this assignment can be requested again"}
    ),
)
async def retry_assignment(
    assignment_id: PathId,
    services: ServicesDep,
    reach: ReachDep,
    body: RetryRequest | None = None,
) -> AssignmentResponse:
    """Failed homework becomes pending again. With `replace_mock`, homework by the mock generator stays
    available until a GPU has written another. That replaces it, unless the student has started by then.
    """
    return await services.assignments.retry(
        assignment_id, body or RetryRequest(), reach, traceparent=traceparent()
    )
