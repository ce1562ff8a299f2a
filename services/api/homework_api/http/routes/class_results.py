"""Teachers: what became of an assignment, as JSON or as a table for a spreadsheet."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Response

from homework_api.domain.access import Scope
from homework_api.export.spreadsheet import table
from homework_api.http.dependencies import UNAUTHORIZED, PathId, ServicesDep, needs, responses
from homework_api.schemas.submissions import ResultsResponse, StudentResult

router = APIRouter(
    prefix="/api/teacher", tags=["teacher"], dependencies=[needs(Scope.TEACHER)], responses=UNAUTHORIZED
)

CSV = "text/csv"
JSON = "application/json"

Accept = Annotated[str, Header(include_in_schema=False)]  # OpenAPI tells it by the kinds of content


@router.get(
    "/assignments/{assignment_id}/results",
    summary="The class table, and what the class missed",
    response_model=ResultsResponse,
    responses={
        200: {"content": {CSV: {"example": "student_id,name,status,score,submitted_at,1,2\r\n"}}},
        **responses({404: "Assignment not found"}),
    },
)
async def class_results(
    assignment_id: PathId, services: ServicesDep, response: Response, accept: Accept = JSON
) -> ResultsResponse | Response:
    """Each student has exercises of their own: the n-th are of one type, not the same question.
    The table is UTF-8 with a byte order mark and commas; its last line counts who missed what."""
    results = await services.class_results.of(assignment_id)
    if not _prefers_csv(accept):
        response.headers["Vary"] = "Accept"
        return results
    name = f"assignment-{assignment_id}-results.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return Response(as_csv(results), media_type=f"{CSV}; charset=utf-8", headers=headers)


def as_csv(results: ResultsResponse) -> bytes:
    """One line per student, then how many missed each exercise."""
    places = [exercise.index for exercise in results.exercises]
    return table(
        [
            ["student_id", "name", "status", "score", "submitted_at", *places],
            *(_line(student, len(places)) for student in results.students),
            ["", "missed by", "", "", "", *(exercise.missed for exercise in results.exercises)],
        ]
    )


def _line(student: StudentResult, places: int) -> list[object]:
    submitted = student.submitted_at.isoformat(timespec="seconds") if student.submitted_at else ""
    known = [student.student_id, student.name, student.status, student.score, submitted]
    verdicts: Sequence[str] = student.verdicts or [""] * places
    return [*known, *verdicts]


def _prefers_csv(accept: str) -> bool:
    return _quality(accept, CSV) > _quality(accept, JSON)


def _quality(accept: str, kind: str) -> float:
    """How much a client wants `kind`: the most specific range that covers it counts (RFC 9110)."""
    ranges = (kind, f"{kind.split('/')[0]}/*", "*/*")
    given = dict(_ranges(accept))
    return next((given[each] for each in ranges if each in given), 0.0)


def _ranges(accept: str) -> list[tuple[str, float]]:
    return [_range(each) for each in accept.lower().split(",")]


def _range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip() for part in text.split(";"))
    weights = [parameter.removeprefix("q=") for parameter in parameters if parameter.startswith("q=")]
    try:
        return kind, float(weights[0]) if weights else 1.0
    except ValueError:
        return kind, 0.0
