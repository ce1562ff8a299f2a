"""The teachers' routes for the results of an assignment, as JSON or as a table for a spreadsheet."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from homework_api.domain.access import Scope, Signature
from homework_api.export import FORMATS, ExportFormat
from homework_api.export.spreadsheet import Cell, as_csv, as_xlsx
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
from homework_api.http.negotiation import preferred
from homework_api.http.rendering import rendered
from homework_api.schemas.submissions import ResultsResponse, StudentResult

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=OF_A_TEACHER
)

JSON = "application/json"
TABLES = {FORMATS[each].media_type.split(";")[0]: each for each in (ExportFormat.XLSX, ExportFormat.CSV)}

Accept = Annotated[str, Header(include_in_schema=False)]  # OpenAPI lists the response's media types instead


@router.get(
    "/assignments/{assignment_id}/results",
    summary="The class table, and the exercises that the class missed",
    response_model=ResultsResponse,
    responses={
        200: {
            "content": {
                "text/csv": {"example": "student_id,name,email,status,score,submitted_at,1,2\r\n"},
                FORMATS[ExportFormat.XLSX].media_type: {"schema": {"type": "string", "format": "binary"}},
            }
        },
        **responses({404: "Assignment not found"}),
    },
)
async def class_results(
    assignment_id: PathId,
    services: ServicesDep,
    caller: CallerDep,
    reach: ReachDep,
    policy: PolicyDep,
    response: Response,
    answers: Annotated[bool, Query(description="Include the students' answers to each question.")] = False,
    accept: Accept = JSON,
) -> ResultsResponse | Response:
    """Each student has different exercises: the n-th exercises of all students have the same type, but not
    the same question. The last line of a table counts how many students missed each exercise. If there is a
    due date, a last column says who was late. Times are in the time zone of the setting `TIMEZONE`. CSV is
    UTF-8 with a byte order mark, and its separator is the comma."""
    kind = preferred(accept, (JSON, *TABLES))
    if kind == JSON:
        response.headers["Vary"] = "Accept"
        return await services.class_results.of(assignment_id, reach, answers=answers)
    results = await services.class_results.table(assignment_id, reach, Signature.of(caller))
    wanted = TABLES[kind]
    content = await rendered(_file, results, wanted, policy.zone)
    name = f"assignment-{assignment_id}-results.{FORMATS[wanted].extension}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return Response(content, media_type=FORMATS[wanted].media_type, headers=headers)


def _file(results: ResultsResponse, wanted: ExportFormat, zone: tzinfo | None) -> bytes:
    rows = _rows(results, zone)
    return as_csv(rows) if wanted is ExportFormat.CSV else as_xlsx(rows, _latest(results))


def _rows(results: ResultsResponse, zone: tzinfo | None) -> list[list[Cell]]:
    """One line per student, then a line that counts how many missed each exercise. If there is a due date, a
    last column says who was late. It comes last so that the other columns keep their places for programs that
    read the table of earlier versions."""
    places = [exercise.index for exercise in results.exercises]
    rows: list[list[Cell]] = [
        ["student_id", "name", "email", "status", "score", "submitted_at", *map(str, places)],
        *(_line(student, len(places), zone) for student in results.students),
        [None, "missed by", None, None, None, None, *(exercise.missed for exercise in results.exercises)],
    ]
    if results.due_at is None:
        return rows
    late = ["late", *("late" if student.late else None for student in results.students), None]
    return [[*row, cell] for row, cell in zip(rows, late, strict=True)]


def _line(student: StudentResult, places: int, zone: tzinfo | None) -> list[Cell]:
    # Spreadsheets have no time zones, so the cell contains the local time.
    sent = student.submitted_at and student.submitted_at.astimezone(zone).replace(tzinfo=None)
    known: list[Cell] = [student.student_id, student.name, student.email, student.status, student.score, sent]
    verdicts: Sequence[Cell] = student.verdicts or [None] * places
    return [*known, *verdicts]


def _latest(results: ResultsResponse) -> datetime:
    """The time of the last submission, which is the file's time: so equal tables give equal files."""
    sent = [student.submitted_at for student in results.students if student.submitted_at]
    return max(sent, default=datetime.fromtimestamp(0, UTC))
