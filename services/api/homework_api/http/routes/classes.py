"""The teachers' routes for classes, which are groups of students to whom homework is assigned together."""

from fastapi import APIRouter, Response

from homework_api.domain.access import Scope
from homework_api.http.dependencies import (
    COUNTED,
    OF_A_TEACHER,
    TOTAL_COUNT,
    Paging,
    PathId,
    ReachDep,
    ServicesDep,
    needs,
    responses,
)
from homework_api.schemas.classes import ClassDetail, ClassName, ClassResponse, MembersRequest

router = APIRouter(
    prefix="/api/teacher/classes",
    tags=["teacher"],
    dependencies=[needs(Scope.TEACHER)],
    responses=OF_A_TEACHER,
)

_TAKEN = "A class has this name already, in whatever case"
_UNKNOWN = responses({404: "Class not found"})


@router.post(
    "",
    status_code=201,
    summary="Create a class",
    responses=responses({409: _TAKEN}),
)
async def create_class(body: ClassName, services: ServicesDep, reach: ReachDep) -> ClassResponse:
    """The new class has no students yet."""
    return await services.classes.create(body, reach)


@router.get("", summary="List classes, newest first", responses=COUNTED)
async def list_classes(
    services: ServicesDep, page: Paging, reach: ReachDep, response: Response
) -> list[ClassResponse]:
    classes, total = await services.classes.page(page, reach)
    response.headers[TOTAL_COUNT] = str(total)
    return classes


@router.get("/{class_id}", summary="A class and its students", responses=_UNKNOWN)
async def get_class(class_id: PathId, services: ServicesDep, reach: ReachDep) -> ClassDetail:
    return await services.classes.get(class_id, reach)


@router.patch(
    "/{class_id}",
    summary="Rename a class",
    responses=responses({404: "Class not found", 409: _TAKEN}),
)
async def rename_class(
    class_id: PathId, body: ClassName, services: ServicesDep, reach: ReachDep
) -> ClassResponse:
    return await services.classes.rename(class_id, body, reach)


@router.delete(
    "/{class_id}",
    status_code=204,
    summary="Delete a class; its students and their homework stay",
    responses=_UNKNOWN,
)
async def delete_class(class_id: PathId, services: ServicesDep, reach: ReachDep) -> None:
    await services.classes.delete(class_id, reach)


@router.patch(
    "/{class_id}/students",
    summary="Add students to a class, remove others",
    responses=responses(
        {404: "The class or one of the students was not found", 409: "The class would be too large"}
    ),
)
async def change_members(
    class_id: PathId, body: MembersRequest, services: ServicesDep, reach: ReachDep
) -> ClassResponse:
    """The request is done completely or not at all. To add a student who is in the class already, or to
    remove one who is not, changes nothing. Homework that is assigned already stays as it is."""
    return await services.classes.change_members(class_id, body, reach)
