"""The teachers' routes for the links with which their students sign in."""

from fastapi import APIRouter

from homework_api.domain.access import Scope
from homework_api.http.dependencies import OF_A_TEACHER, PathId, ReachDep, ServicesDep, needs, responses
from homework_api.schemas.student_links import LinkResponse, LinksCreate

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=OF_A_TEACHER
)


@router.post(
    "/students/{student_id}/link",
    status_code=201,
    summary="Make a sign-in link for a student",
    responses=responses({404: "Student not found"}),
)
async def make_link(
    student_id: PathId, services: ServicesDep, reach: ReachDep, body: LinksCreate | None = None
) -> LinkResponse:
    """The student's earlier link becomes invalid. Browsers that are signed in stay signed in."""
    return await services.student_links.make(student_id, reach, body.nonce if body else None)


@router.delete(
    "/students/{student_id}/link",
    status_code=204,
    summary="Withdraw a student's link, and sign the student out everywhere",
    responses=responses({404: "Student not found"}),
)
async def withdraw_link(student_id: PathId, services: ServicesDep, reach: ReachDep) -> None:
    await services.student_links.withdraw(student_id, reach)


@router.post(
    "/classes/{class_id}/links",
    status_code=201,
    summary="Make sign-in links for a class",
    responses=responses({404: "Class not found", 409: "Nobody is in this class"}),
)
async def make_links_for_class(
    class_id: PathId, services: ServicesDep, reach: ReachDep, body: LinksCreate | None = None
) -> list[LinkResponse]:
    """The links are for a sheet of QR codes, in the order in which the students were added. Earlier links of
    these students become invalid."""
    return await services.student_links.make_for_class(class_id, reach, body.nonce if body else None)
