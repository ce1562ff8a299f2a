"""An assignment as a file, as the API makes it. A browser saves it and never shows it as a page."""

import re

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from homework_classroom.visit import TeacherDep
from homework_client import requests
from homework_client.models import ExportFormat, File
from homework_client.request import Request as ApiRequest

router = APIRouter(prefix="/teacher/homework/{assignment_id}/files")
_RESULTS = {
    "results-csv": requests.get_class_results_as_csv,
    "results-xlsx": requests.get_class_results_as_xlsx,
}
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


@router.get("/{kind}")
async def download(assignment_id: int, kind: str, teacher: TeacherDep) -> Response:
    """`kind`: a format of the API's exports, or a table of results. The API's files are small: they are made
    in memory there too."""
    file = await teacher.ask(_wanted(assignment_id, kind))
    name = file.name if file.name and _NAME.fullmatch(file.name) else f"assignment-{assignment_id}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": file.media_type}
    return Response(file.content, headers=headers)


def _wanted(assignment_id: int, kind: str) -> ApiRequest[File]:
    if make := _RESULTS.get(kind):
        return make(assignment_id)
    if kind in set(ExportFormat):
        return requests.export_assignment(assignment_id, ExportFormat(kind))
    raise HTTPException(404)
