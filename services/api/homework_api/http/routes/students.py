"""The teachers' routes for students."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

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
from homework_api.schemas.students import StudentCorrection, StudentCreate, StudentResponse

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=OF_A_TEACHER
)

StudentKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[ -~]+$",
        description="For a student without an e-mail address. The same text again returns the existing "
        "student and creates no second one. Students with an address do not need it, because the address is "
        "unique.",
    ),
]

_FROM_A_STUDENT = {
    "assign": {
        "operationId": "create_assignment_api_teacher_assignments_post",
        "requestBody": {"cefr_level": "A2", "deadline_seconds": 5, "student_ids": ["$response.body#/id"]},
    }
}


@router.post(
    "/students",
    status_code=201,
    summary="Create a student",
    responses={201: {"links": _FROM_A_STUDENT}, **responses({400: "Student with this email already exists"})},
)
async def create_student(
    body: StudentCreate, services: ServicesDep, reach: ReachDep, idempotency_key: StudentKey = None
) -> StudentResponse:
    return await services.students.create(body, reach, idempotency_key)


@router.get("/students", summary="List students, newest first", responses=COUNTED)
async def list_students(
    services: ServicesDep, page: Paging, reach: ReachDep, response: Response
) -> list[StudentResponse]:
    students, total = await services.students.page(page, reach)
    response.headers[TOTAL_COUNT] = str(total)
    return students


@router.patch(
    "/students/{student_id}",
    summary="Correct a student's name or e-mail address",
    responses=responses({400: "Student with this email already exists", 404: "Student not found"}),
)
async def correct_student(
    student_id: PathId, body: StudentCorrection, services: ServicesDep, caller: CallerDep, reach: ReachDep
) -> StudentResponse:
    """Fields that are not sent do not change. `email: null` removes the address. Homework, links and sessions
    stay as they are."""
    return await services.students.correct(student_id, body, reach, Signature.of(caller))


@router.delete(
    "/students/{student_id}",
    status_code=204,
    summary="Delete a student and all their homework",
    responses=responses({404: "Student not found"}),
)
async def delete_student(
    student_id: PathId, services: ServicesDep, caller: CallerDep, reach: ReachDep
) -> None:
    await services.students.delete(student_id, reach, Signature.of(caller))
