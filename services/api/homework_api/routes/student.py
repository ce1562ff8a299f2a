"""Students: their homework."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from homework_api.routes.deps import COUNTED, TOTAL_COUNT, Paging, PathId, Service, refuses
from homework_api.schemas import HomeworkFilter, HomeworkListResponse, HomeworkResponse
from homework_api.statuses import HomeworkStatus

router = APIRouter(prefix="/api/student", tags=["student"])

Status = Annotated[HomeworkFilter, Query(description="Only homework in this state.")]


@router.get(
    "/{student_id}/homework",
    summary="A student's homework, newest first",
    responses={**COUNTED, **refuses(s404="Student not found")},
)
async def list_homework(
    student_id: PathId, service: Service, page: Paging, response: Response, status: Status = "all"
) -> HomeworkListResponse:
    wanted = status if isinstance(status, HomeworkStatus) else None
    listed = await service.list_homework(student_id, wanted, page)
    response.headers[TOTAL_COUNT] = str(listed.total)
    return listed


@router.get(
    "/{student_id}/homework/{homework_id}",
    summary="One homework",
    responses=refuses(s404="Homework not found"),
)
async def get_homework(student_id: PathId, homework_id: PathId, service: Service) -> HomeworkResponse:
    return await service.get_homework(student_id, homework_id)


@router.post(
    "/{student_id}/homework/{homework_id}/start",
    summary="Start working on a homework",
    responses=refuses(s404="Homework not found", s409="Only available homework can be started"),
)
async def start_homework(student_id: PathId, homework_id: PathId, service: Service) -> HomeworkResponse:
    """From here on nothing replaces the exercises. Starting again gives the same answer."""
    return await service.start_homework(student_id, homework_id)
