"""The operators' routes for jobs and for the latencies of the last hour."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from homework_api.domain.access import Scope
from homework_api.domain.statuses import HomeworkStatus
from homework_api.http.dependencies import (
    COUNTED,
    LIMIT_MEANING,
    MAX_PAGE,
    OFFSET_MEANING,
    TOTAL_COUNT,
    UNAUTHORIZED,
    BeforeId,
    ServicesDep,
    needs,
)
from homework_api.schemas.fields import Id
from homework_api.schemas.jobs import JobFilter, JobsResponse, LatencyResponse
from homework_api.schemas.paging import Page
from homework_shared.exercises.messages import GeneratorKind

router = APIRouter(
    prefix="/api/ops", tags=["operators"], dependencies=[needs(Scope.OPS)], responses=UNAUTHORIZED
)


async def _wanted(
    status: Annotated[
        HomeworkStatus | None, Query(description="List only homework with this status.")
    ] = None,
    generator: Annotated[
        GeneratorKind | None, Query(description="List only homework that this generator wrote.")
    ] = None,
    assignment_id: Annotated[Id | None, Query(description="List only homework of this assignment.")] = None,
) -> JobFilter:
    return JobFilter(status, generator, assignment_id)


async def _page(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description=LIMIT_MEANING)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**63 - 1, description=OFFSET_MEANING)] = 0,
    before_id: BeforeId = None,
) -> Page:
    return Page(limit, offset, before_id)


@router.get("/jobs", summary="List homework as jobs, newest first, with the steps of each", responses=COUNTED)
async def list_jobs(
    services: ServicesDep,
    wanted: Annotated[JobFilter, Depends(_wanted)],
    page: Annotated[Page, Depends(_page)],
    response: Response,
) -> JobsResponse:
    """A job has no student's name. `before_id` is compared with `homework_id`."""
    jobs = await services.operations.list_jobs(wanted, page)
    response.headers[TOTAL_COUNT] = str(jobs.total)
    return jobs


@router.get("/latency", summary="The last hour, minute by minute")
async def latency(services: ServicesDep) -> LatencyResponse:
    return await services.operations.read_latency()
