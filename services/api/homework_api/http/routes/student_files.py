"""The teachers' route for all data that is stored about one student, as a file."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from homework_api.domain.access import Scope, Signature
from homework_api.export.formats import render_student_pdf
from homework_api.http.dependencies import (
    OF_A_TEACHER,
    CallerDep,
    PathId,
    PolicyDep,
    ReachDep,
    ServicesDep,
    needs,
    responses,
)
from homework_api.http.rendering import rendered
from homework_api.schemas.student_files import StudentFileFormat, StudentFileResponse

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=OF_A_TEACHER
)

Wanted = Annotated[
    StudentFileFormat, Query(alias="format", description="The format of the file. `pdf` is for printing.")
]


@router.get(
    "/students/{student_id}/export",
    summary="Export everything that is stored about one student",
    response_model=StudentFileResponse,
    responses={
        200: {
            "description": "The file, as an attachment",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        },
        **responses({404: "Student not found"}),
    },
)
async def export_student(
    student_id: PathId,
    services: ServicesDep,
    caller: CallerDep,
    reach: ReachDep,
    policy: PolicyDep,
    wanted: Wanted = StudentFileFormat.JSON,
) -> Response:
    """The file contains the data of one moment: name, address, classes, homework with exercises, answers and
    grades, decisions about these answers, and when links, sessions and keys were created and used. The file
    contains right answers, also those of homework that is not submitted or is held back.
    """
    file = await services.student_files.of(student_id, reach, Signature.of(caller))
    if wanted is StudentFileFormat.PDF:
        content, kind = await rendered(render_student_pdf, file, policy.zone), "application/pdf"
    else:
        content, kind = await rendered(_json, StudentFileResponse.model_validate(file)), "application/json"
    return Response(
        content,
        media_type=kind,
        headers={
            # The file name does not contain the student's name: headers are ASCII, and other people may see
            # the folder of downloads.
            "Content-Disposition": f'attachment; filename="student-{student_id}.{wanted}"',
            "Cache-Control": "no-store",
        },
    )


def _json(file: StudentFileResponse) -> bytes:
    return file.model_dump_json(indent=2).encode()
