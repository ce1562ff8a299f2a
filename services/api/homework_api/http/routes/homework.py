"""The students' routes for homework and answers."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from homework_api.domain.statuses import HomeworkStatus
from homework_api.http.dependencies import (
    COUNTED,
    NAMED,
    OF_A_TEACHER,
    OWN_HOMEWORK,
    TOTAL_COUNT,
    Paging,
    PathId,
    ReachDep,
    ServicesDep,
    caller_of,
    responses,
    state_of,
)
from homework_api.http.plain_json import PlainJson
from homework_api.schemas.homework import HomeworkFilter, HomeworkListResponse, HomeworkResponse
from homework_api.schemas.submissions import AnswersRequest, SubmissionResponse
from homework_api.services.seen_homework import SeenHomework

router = APIRouter(
    prefix="/api/student", tags=["student"], dependencies=[OWN_HOMEWORK], responses=OF_A_TEACHER | NAMED
)

Status = Annotated[HomeworkFilter, Query(description="List only homework with this status.")]


async def _shown(request: Request) -> Callable[[SeenHomework], dict[str, Any]]:
    reveals = state_of(request).policy.reveals_to(await caller_of(request))

    def show(homework: SeenHomework) -> dict[str, Any]:
        is_open = reveals or homework.status is HomeworkStatus.COMPLETED
        return homework.answer(with_solutions=is_open)

    return show


Shown = Annotated[Callable[[SeenHomework], dict[str, Any]], Depends(_shown)]
_NAMED_AND_COUNTED = NAMED[200]["headers"] | COUNTED[200]["headers"]
NOT_FOUND = responses({404: "Homework not found"})
TAKES_ANSWERS = responses(
    {
        400: "The number of answers is not the number of exercises",
        404: "Homework not found",
        409: "The homework is not started, or was submitted already",
    }
)


@router.get(
    "/{student_id}/homework",
    response_model=HomeworkListResponse,
    summary="A student's homework, newest first",
    responses={200: {"headers": _NAMED_AND_COUNTED}, **responses({404: "Student not found"})},
)
async def list_homework(
    student_id: PathId,
    services: ServicesDep,
    page: Paging,
    reach: ReachDep,
    shown: Shown,
    response: Response,
    status: Status = "all",
) -> PlainJson:
    wanted = status if isinstance(status, HomeworkStatus) else None
    listed, total = await services.homework.page(student_id, wanted, page, reach)
    answer = {"homework": [shown(one) for one in listed], "total": total}
    response.headers[TOTAL_COUNT] = str(total)
    return PlainJson(answer, response)


@router.get(
    "/{student_id}/homework/{homework_id}",
    response_model=HomeworkResponse,
    summary="One homework",
    responses=NOT_FOUND,
)
async def get_homework(
    student_id: PathId,
    homework_id: PathId,
    services: ServicesDep,
    reach: ReachDep,
    shown: Shown,
    response: Response,
) -> PlainJson:
    """Before the submission, right answers and explanations are null for a student's key. The setting
    `REVEAL_ANSWERS` can change this for all keys."""
    return PlainJson(shown(await services.homework.get(student_id, homework_id, reach)), response)


@router.post(
    "/{student_id}/homework/{homework_id}/start",
    response_model=HomeworkResponse,
    summary="Start working on a homework",
    responses=responses({404: "Homework not found", 409: "Only available homework can be started"}),
)
async def start_homework(
    student_id: PathId,
    homework_id: PathId,
    services: ServicesDep,
    reach: ReachDep,
    shown: Shown,
    response: Response,
) -> PlainJson:
    """After the start the exercises are not replaced any more. Starting again gives the same response."""
    return PlainJson(shown(await services.homework.start(student_id, homework_id, reach)), response)


@router.put(
    "/{student_id}/homework/{homework_id}/answers",
    response_model=HomeworkResponse,
    summary="Save answers without submitting them",
    responses=TAKES_ANSWERS,
)
async def save_answers(
    student_id: PathId,
    homework_id: PathId,
    body: AnswersRequest,
    services: ServicesDep,
    reach: ReachDep,
    shown: Shown,
    response: Response,
) -> PlainJson:
    """You can save as often as you like between the start and the submission. The last answers are kept."""
    saved = await services.homework.save_answers(student_id, homework_id, body.answers, reach)
    return PlainJson(shown(saved), response)


@router.post(
    "/{student_id}/homework/{homework_id}/submission",
    summary="Submit the answers, once, and get them graded",
    responses={
        **TAKES_ANSWERS,
        **responses(
            {409: "The homework is not started, was submitted already, or is late and late work is refused"}
        ),
    },
)
async def submit_homework(
    student_id: PathId, homework_id: PathId, body: AnswersRequest, services: ServicesDep, reach: ReachDep
) -> SubmissionResponse:
    """For multiple choice, an answer is the text of an option or its letter, A to D."""
    return await services.homework.submit(student_id, homework_id, body.answers, reach)


@router.get(
    "/{student_id}/homework/{homework_id}/submission",
    summary="The graded submission",
    responses=responses({404: "Homework not found, or not submitted yet"}),
)
async def get_submission(
    student_id: PathId, homework_id: PathId, services: ServicesDep, reach: ReachDep
) -> SubmissionResponse:
    return await services.homework.get_submission(student_id, homework_id, reach)
