"""GET /api/teacher/assignments/{id}/export: the exported homework, the file format, and the number of
statements.
"""

import asyncio
import io
import threading
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import update
from sqlmodel import col
from tests.support.api.application import EXERCISE, Api, in_zone, statements_of
from tests.support.api.rows import execute

from homework_api.database.models import Homework
from homework_api.domain.statuses import HomeworkStatus
from homework_api.export import FORMATS, ExportFormat, Format, Handout
from homework_api.export.formats import XLSX

ONE_OF_EACH: list[dict[str, Any]] = [
    EXERCISE,
    {
        "type": "translation",
        "question": "Translate: It is cold.",
        "correct_answer": "Fa freddo.",
        "options": None,
        "explanation": "Fare is used for the weather.",
    },
    {
        "type": "multiple_choice",
        "question": "Il caffè è ___.",
        "correct_answer": "caldo",
        "options": ["caldi", "caldo", "calde", "calda"],
        "explanation": None,  # Older clients may have stored this value.
    },
]


async def export(
    api: Api, assignment_id: int, wanted: str = "csv", student_id: int | None = None
) -> httpx.Response:
    path = f"/api/teacher/assignments/{assignment_id}/export?format={wanted}"
    return await api.client.get(path if student_id is None else f"{path}&student_id={student_id}")


async def written_assignment(api: Api, *names: str) -> tuple[int, list[int]]:
    students = [await api.add_student(f"{name}@example.com", name) for name in names]
    assignment_id: int = (await api.assign(students, topic="il bar"))["id"]
    for homework in await api.homework(assignment_id):
        await api.settle(homework)
    await execute(
        api.db,
        update(Homework).where(col(Homework.assignment_id) == assignment_id).values(exercises=ONE_OF_EACH),
    )
    return assignment_id, students


@pytest.mark.parametrize(
    ("wanted", "media_type", "extension", "start"),
    [
        ("moodle_xml", "application/xml", "xml", b'<?xml version="1.0" encoding="UTF-8"?>'),
        ("gift", "text/plain; charset=utf-8", "gift.txt", b"$CATEGORY: $course$/top/"),
        ("pdf", "application/pdf", "pdf", b"%PDF-"),
        ("csv", "text/csv; charset=utf-8", "csv", b"\xef\xbb\xbfstudent,"),
        ("xlsx", XLSX, "xlsx", b"PK"),
    ],
)
async def test_each_format_comes_as_a_file(
    api: Api, wanted: str, media_type: str, extension: str, start: bytes
) -> None:
    assignment_id, _ = await written_assignment(api, "Giulia", "Marco")
    answer = await export(api, assignment_id, wanted)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == media_type
    filename = f"assignment-{assignment_id}.{extension}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert answer.content.startswith(start)


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Rome", "24 November 2026"), ("America/New_York", "23 November 2026")]
)
async def test_the_day_on_paper_is_the_teachers(sqlite_api: Api, zone: str, day: str) -> None:
    in_zone(sqlite_api, zone)
    sqlite_api.clock.now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assignment_id, _ = await written_assignment(sqlite_api, "Giulia")
    page = PdfReader(io.BytesIO((await export(sqlite_api, assignment_id, "pdf")).content)).pages[0]
    assert day in page.extract_text()


async def test_students_come_in_the_order_in_which_they_were_named_with_all_their_exercises(api: Api) -> None:
    assignment_id, _ = await written_assignment(api, "Zoe", "Ada")
    answer = await export(api, assignment_id)
    rows = answer.content.decode("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[:3] for row in rows] == [
        [name, str(number), exercise["type"]]
        for name in ("Zoe", "Ada")
        for number, exercise in enumerate(ONE_OF_EACH, 1)
    ]
    assert rows[2] == "Zoe,3,multiple_choice,Il caffè è ___.,caldi,caldo,calde,calda,caldo,,"


async def test_one_students_homework_can_be_exported_alone(api: Api) -> None:
    assignment_id, [_, ada] = await written_assignment(api, "Zoe", "Ada")
    answer = await export(api, assignment_id, student_id=ada)
    assert "Zoe" not in answer.text
    assert "Ada" in answer.text
    assert f"assignment-{assignment_id}-student-{ada}.csv" in answer.headers["Content-Disposition"]


async def test_unwritten_homework_is_left_out_and_the_answer_key_says_so(api: Api) -> None:
    students = [await api.add_student(f"{name}@example.com", name) for name in ("Ada", "Bea", "Zoe")]
    assignment_id = (await api.assign(students))["id"]
    first, second, _ = await api.homework(assignment_id)
    await api.settle(first)
    await api.settle(second, None)
    assert {row.split(",")[0] for row in (await export(api, assignment_id)).text.splitlines()[1:]} == {"Ada"}
    pdf = PdfReader(io.BytesIO((await export(api, assignment_id, "pdf")).content))
    assert "without a worksheet: Bea, Zoe" in pdf.pages[-1].extract_text()


async def test_started_homework_is_exported_too(api: Api) -> None:
    assignment_id, [student] = await written_assignment(api, "Ada")
    [homework] = await api.homework(assignment_id)
    assert (await api.client.post(f"/api/student/{student}/homework/{homework.id}/start")).status_code == 200
    assert (await export(api, assignment_id)).status_code == 200


async def test_homework_that_is_being_written_again_is_not_exported_in_its_old_form(api: Api) -> None:
    assignment_id, _ = await written_assignment(api, "Ada", "Zoe")
    ada, _zoe = await api.homework(assignment_id)
    pending = update(Homework).where(col(Homework.id) == ada.id).values(status=HomeworkStatus.PENDING)
    await execute(api.db, pending)
    assert "Ada" not in (await export(api, assignment_id)).text


async def test_an_export_before_anything_is_written_is_a_conflict_that_says_what_to_do(api: Api) -> None:
    [student] = await api.add_students(1)
    assignment_id = (await api.assign([student]))["id"]
    for only in (None, student):
        answer = await export(api, assignment_id, student_id=only)
        assert answer.status_code == 409
        assert "Wait" in answer.json()["detail"]


async def test_an_unknown_assignment_or_a_student_without_it_is_404(api: Api) -> None:
    assignment_id, _ = await written_assignment(api, "Ada")
    outsider = await api.add_student("outsider@example.com")
    answer = await export(api, 4711)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Assignment not found"})
    answer = await export(api, assignment_id, student_id=outsider)
    assert answer.status_code == 404
    assert answer.json() == {"detail": "This student has no homework in this assignment"}


@pytest.mark.parametrize("query", ["", "?format=docx", "?format=PDF", "?format=pdf&student_id=0"])
async def test_a_malformed_request_is_refused_with_422(sqlite_api: Api, query: str) -> None:
    assignment_id, _ = await written_assignment(sqlite_api, "Ada")
    answer = await sqlite_api.client.get(f"/api/teacher/assignments/{assignment_id}/export{query}")
    assert answer.status_code == 422


async def test_an_export_takes_two_reads_and_a_note_however_large_the_class(api: Api) -> None:
    for count in (1, 30):
        assignment_id, _ = await written_assignment(api, *(f"s{count}-{number}" for number in range(count)))
        with statements_of(api.db) as statements:
            assert (await export(api, assignment_id)).status_code == 200
        assert [each.split()[0] for each in statements] == ["SELECT", "SELECT", "INSERT"], statements


async def test_other_requests_are_answered_while_a_file_is_made(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def render(_handout: Handout) -> bytes:
        begun.set()
        assert may_end.wait(60)
        return b"done"

    monkeypatch.setitem(FORMATS, ExportFormat.PDF, Format("application/pdf", "pdf", render))
    assignment_id, _ = await written_assignment(sqlite_api, "Ada")
    exporting = asyncio.create_task(export(sqlite_api, assignment_id, "pdf"))
    assert await asyncio.to_thread(begun.wait, 20)
    try:
        assert (await sqlite_api.client.get("/health")).status_code == 200
        assert not exporting.done()
    finally:
        may_end.set()
    assert (await exporting).content == b"done"


async def test_the_file_types_are_in_the_api_description(sqlite_api: Api) -> None:
    paths = (await sqlite_api.client.get("/openapi.json")).json()["paths"]
    described = paths["/api/teacher/assignments/{assignment_id}/export"]["get"]["responses"]
    assert set(described["200"]["content"]) == {
        *("application/xml", "text/plain", "application/pdf", "text/csv", XLSX)
    }
    assert {"404", "409", "422"} <= set(described)
