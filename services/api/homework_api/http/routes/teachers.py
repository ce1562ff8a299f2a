"""The operators' routes for teachers."""

from fastapi import APIRouter

from homework_api.domain.access import Scope, Signature
from homework_api.http.dependencies import UNAUTHORIZED, CallerDep, PathId, ServicesDep, needs, responses
from homework_api.schemas.teachers import TeacherName, TeacherResponse

router = APIRouter(
    prefix="/api/ops/teachers", tags=["operators"], dependencies=[needs(Scope.OPS)], responses=UNAUTHORIZED
)

_TAKEN = "A teacher has this name already, in whatever case"


@router.post("", status_code=201, summary="Create a teacher", responses=responses({409: _TAKEN}))
async def create_teacher(body: TeacherName, services: ServicesDep, caller: CallerDep) -> TeacherResponse:
    """The new teacher has no students yet. To sign in they need a key with the right `teacher` and this
    `teacher_id`."""
    return await services.teachers.create(body, Signature.of(caller))


@router.get("", summary="List teachers, oldest first")
async def list_teachers(services: ServicesDep) -> list[TeacherResponse]:
    return await services.teachers.all()


@router.patch(
    "/{teacher_id}",
    summary="Rename a teacher",
    responses=responses({404: "Teacher not found", 409: _TAKEN}),
)
async def rename_teacher(teacher_id: PathId, body: TeacherName, services: ServicesDep) -> TeacherResponse:
    return await services.teachers.rename(teacher_id, body)


@router.delete(
    "/{teacher_id}",
    status_code=204,
    summary="Delete a teacher who has no students, classes or assignments, and their API keys",
    responses=responses(
        {
            404: "Teacher not found",
            409: "They still have students, classes or assignments, or they are the first teacher",
        }
    ),
)
async def delete_teacher(teacher_id: PathId, services: ServicesDep, caller: CallerDep) -> None:
    await services.teachers.delete(teacher_id, Signature.of(caller))
