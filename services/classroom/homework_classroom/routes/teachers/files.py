"""Downloads of an assignment, in the files that the API makes."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from homework_classroom.routes.teachers.common import as_attachment
from homework_classroom.visit import TeacherDep
from homework_client import requests
from homework_client.models import ExportFormat, File
from homework_client.request import Request as ApiRequest

router = APIRouter(prefix="/teacher/homework/{assignment_id}/files")
_RESULTS = {
    "results-csv": requests.get_class_results_as_csv,
    "results-xlsx": requests.get_class_results_as_xlsx,
}


@router.get("/{kind}")
async def download(assignment_id: int, kind: str, teacher: TeacherDep) -> Response:
    """The file. `kind` is one of the API's export formats, or a results table. The files are small, because
    the API builds them in memory too.
    """
    file = await teacher.ask(_wanted(assignment_id, kind))
    return as_attachment(file, f"assignment-{assignment_id}")


def _wanted(assignment_id: int, kind: str) -> ApiRequest[File]:
    if make := _RESULTS.get(kind):
        return make(assignment_id)
    if kind in set(ExportFormat):
        return requests.export_assignment(assignment_id, ExportFormat(kind))
    raise HTTPException(404)
