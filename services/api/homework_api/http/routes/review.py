"""The teachers' routes for homework that they review and change before a student starts it."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

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
from homework_api.schemas.review import AnewRequest, EditedHomework, ExerciseEdit, ReviewedHomework
from homework_shared.exercises.exercise import MAX_EXERCISES
from homework_shared.observability.tracing import traceparent

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=OF_A_TEACHER
)

Index = Annotated[
    int, Path(ge=1, le=MAX_EXERCISES, description="The position of the exercise, counted from 1.")
]


@router.get(
    "/assignments/{assignment_id}/homework",
    summary="List an assignment's homework for review, newest first",
    responses={**COUNTED, **responses({404: "Assignment not found"})},
)
async def list_reviewed_homework(
    assignment_id: PathId, services: ServicesDep, page: Paging, reach: ReachDep, response: Response
) -> list[ReviewedHomework]:
    """Each student has different exercises. Homework that is held back is listed too."""
    found, total = await services.review.page(assignment_id, page, reach)
    response.headers[TOTAL_COUNT] = str(total)
    return found


@router.get(
    "/homework/{homework_id}",
    summary="One homework for review, with its right answers",
    responses=responses({404: "Homework not found"}),
)
async def get_reviewed_homework(
    homework_id: PathId, services: ServicesDep, reach: ReachDep
) -> ReviewedHomework:
    """The homework is shown with its actual status, also while it is held back from its student."""
    return await services.review.get(homework_id, reach)


@router.put(
    "/homework/{homework_id}/exercises/{index}",
    summary="Replace an exercise by one of your own",
    responses=responses(
        {
            400: "Students could not work with this exercise",
            404: "No such homework or exercise",
            409: "It is not written yet, its student has started it, or you have read an older version of it",
        }
    ),
)
async def edit_exercise(
    homework_id: PathId,
    index: Index,
    body: ExerciseEdit,
    services: ServicesDep,
    caller: CallerDep,
    reach: ReachDep,
) -> EditedHomework:
    """Only this student's homework changes, because each student has different exercises. The exercise needs
    the form of a generated one. It is stored even if the language checks find faults, which are in the
    response as warnings. From then on no generator replaces this homework.
    """
    return await services.review.edit(homework_id, index, body, Signature.of(caller), reach)


@router.post(
    "/homework/{homework_id}/exercises/{index}/replace",
    status_code=202,
    summary="Request a new exercise in place of one",
    responses=responses(
        {
            404: "No such homework or exercise",
            409: "It is not written yet, its student has started it, or you have read an older version of it",
        }
    ),
)
async def replace_exercise(
    homework_id: PathId,
    index: Index,
    body: AnewRequest,
    services: ServicesDep,
    caller: CallerDep,
    reach: ReachDep,
) -> ReviewedHomework:
    """A GPU writes it, or the mock generator does at the deadline. The old exercise stays until one with a
    different question arrives. If none can be written, the old one stays and `error_message` says why. The
    request ends if you edit the exercise yourself or the student starts. Repeating it before then changes
    nothing.
    """
    return await services.review.ask_anew(
        homework_id, index, body, Signature.of(caller), reach, traceparent()
    )
