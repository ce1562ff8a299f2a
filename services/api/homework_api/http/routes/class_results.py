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

Accept = Annotated[str, Header(include_in_schema=False)]  # OpenAPI tells it by the kinds of content


@router.get(
    "/assignments/{assignment_id}/results",
    summary="The class table, and what the class missed",
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
    answers: Annotated[bool, Query(description="With what the class wrote, question by question.")] = False,
    accept: Accept = JSON,
) -> ResultsResponse | Response:
    """Each student has exercises of their own: the n-th are of one type, not the same question.
    The last line of a table counts who missed what, and a last column says who was late, if there is a due
    date. Its times are those of the setting `TIMEZONE`; CSV is
    UTF-8 with a byte order mark and commas."""
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
    """One line per student, then how many missed each exercise. Who was late stands in a last column, which a
    table without a due date does not have: readers of before find each column where it was."""
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
    # A spreadsheet has no zones: it shows the hour that it is given.
    sent = student.submitted_at and student.submitted_at.astimezone(zone).replace(tzinfo=None)
    known: list[Cell] = [student.student_id, student.name, student.email, student.status, student.score, sent]
    verdicts: Sequence[Cell] = student.verdicts or [None] * places
    return [*known, *verdicts]


def _latest(results: ResultsResponse) -> datetime:
    """When what the table says became true: the same table is the same file."""
    sent = [student.submitted_at for student in results.students if student.submitted_at]
    return max(sent, default=datetime.fromtimestamp(0, UTC))
