"""The teachers' route for exports of an assignment as a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from homework_api.domain.access import Scope, Signature
from homework_api.export import FORMATS, ExportFormat
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
from homework_api.schemas.fields import Id

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=OF_A_TEACHER
)

Wanted = Annotated[
    ExportFormat,
    Query(alias="format", description="The format of the file. `pdf` has the answer key on separate pages."),
]

_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as an attachment",
        "content": {
            known.media_type.split(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for known in FORMATS.values()
        },
    }
}


@router.get(
    "/assignments/{assignment_id}/export",
    summary="Export an assignment as a file for Moodle, for printing or for a spreadsheet",
    response_class=Response,
    responses={
        **_FILES,
        **responses(
            {
                404: "Assignment not found, or the student has no homework in it",
                409: "No homework is written yet, or nobody is in the assignment any more",
            }
        ),
    },
)
async def export_assignment(
    assignment_id: PathId,
    services: ServicesDep,
    caller: CallerDep,
    reach: ReachDep,
    policy: PolicyDep,
    wanted: Wanted,
    student_id: Annotated[Id | None, Query(description="Only this student's homework.")] = None,
) -> Response:
    """The file contains the homework that is written so far, with the right answers: it is for teachers."""
    handout = await services.exports.handout(assignment_id, student_id, reach, Signature.of(caller))
    chosen = FORMATS[wanted]
    content = await rendered(chosen.render, handout.in_zone(policy.zone))
    one = "" if student_id is None else f"-student-{student_id}"
    # The file name contains no names and topics, because headers are ASCII.
    filename = f"assignment-{assignment_id}{one}.{chosen.extension}"
    return Response(
        content,
        media_type=chosen.media_type,
        headers={"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"},
    )
