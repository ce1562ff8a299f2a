"""The class table shows who has sent which homework and what the class got wrong, as JSON and as CSV."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.support.api.application import EXERCISE, Api, in_zone, statements_of

from homework_api.export.formats import XLSX

ASSIGNMENTS = "/api/teacher/assignments"
TWO: list[dict[str, Any]] = [
    EXERCISE,
    {
        "type": "translation",
        "question": "Translate: The book is here.",
        "correct_answer": "Il libro è qui.",
        "options": None,
        "explanation": "Essere, third person.",
    },
]
TYPES = ["fill_in_blank", "translation"]


async def class_of(api: Api, sent: dict[str, list[str] | None]) -> int:
    """Make an assignment with one student for each name, who sends these answers, or none yet."""
    students = [await api.add_student(f"s{number}@example.com", name) for number, name in enumerate(sent)]
    assignment = await api.assign(students, quantity=2, exercise_types=TYPES)
    for homework, answers in zip(await api.homework(assignment["id"]), sent.values(), strict=True):
        await api.settle(homework, "mock", TWO)
        if answers is not None:
            path = f"/api/student/{homework.student_id}/homework/{homework.id}"
            await api.client.post(f"{path}/start")
            answer = await api.client.post(f"{path}/submission", json={"answers": answers})
            assert answer.status_code == 200, answer.text
    return int(assignment["id"])


async def test_the_table_has_a_line_for_each_student_and_counts_what_was_missed(api: Api) -> None:
    assignment = await class_of(
        api,
        {
            "Ada": ["siamo andati", "Il libro è qui"],
            "Bruno": ["andiamo", "Il libro e qui"],
            "Carla": ["", ""],
            "Dario": None,
        },
    )
    answer = await api.client.get(f"{ASSIGNMENTS}/{assignment}/results")
    assert answer.status_code == 200, answer.text
    results = answer.json()
    assert [
        (one["name"], one["status"], one["score"], one["verdicts"], one["submitted_at"])
        for one in results["students"]
    ] == [
        ("Ada", "completed", 100, ["correct", "correct"], "2026-11-23T09:00:00Z"),
        ("Bruno", "completed", 25, ["wrong", "almost"], "2026-11-23T09:00:00Z"),
        ("Carla", "completed", 0, ["wrong", "wrong"], "2026-11-23T09:00:00Z"),
        ("Dario", "available", None, None, None),
    ]
    assert results["exercises"] == [
        {
            "index": 1,
            "type": "fill_in_blank",
            "answered": 2,
            "correct": 1,
            "almost": 0,
            "missed": 2,
            "questions": None,
        },
        {
            "index": 2,
            "type": "translation",
            "answered": 2,
            "correct": 1,
            "almost": 1,
            "missed": 1,
            "questions": None,
        },
    ]
    assert results["summary"] == {"students": 4, "submitted": 3, "mean": 41.7, "median": 25}


async def test_before_anybody_has_answered_the_table_is_there_and_empty(api: Api) -> None:
    assignment = await api.assign(await api.add_students(2), quantity=2)
    results = (await api.client.get(f"{ASSIGNMENTS}/{assignment['id']}/results")).json()
    assert [(one["status"], one["score"]) for one in results["students"]] == [("pending", None)] * 2
    assert [one["missed"] for one in results["exercises"]] == [0, 0]
    assert results["summary"] == {"students": 2, "submitted": 0, "mean": None, "median": None}


async def test_an_unknown_assignment_has_no_results(api: Api) -> None:
    answer = await api.client.get(f"{ASSIGNMENTS}/4711/results")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Assignment not found"})


async def test_the_table_for_a_spreadsheet_has_the_same_lines_and_no_formulas(api: Api) -> None:
    names = ["Zoë, detta «Zò»", "=1+1", "+39", "-2", "@SUM(A1)"]
    sent: dict[str, list[str] | None] = dict.fromkeys(names)
    assignment = await class_of(api, sent | {"Ada": ["siamo andati", "x"]})
    answer = await api.client.get(f"{ASSIGNMENTS}/{assignment}/results", headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f"assignment-{assignment}-results.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Vary"] == "Accept"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [line["name"] for line in lines] == [
        names[0], *(f"'{name}" for name in names[1:]), "Ada", "missed by",
    ]  # fmt: skip
    ada = lines[-2]
    assert (ada["status"], ada["score"], ada["1"], ada["2"]) == ("completed", "50", "correct", "wrong")
    assert ada["email"] == "s5@example.com"
    assert (lines[0]["score"], lines[0]["1"]) == ("", "")
    assert (lines[-1]["student_id"], lines[-1]["1"], lines[-1]["2"]) == ("", "0", "1")


@pytest.mark.parametrize(
    ("zone", "hour"), [("Europe/Rome", 10), ("America/New_York", 4), ("Asia/Kolkata", 14), ("UTC", 9)]
)
async def test_times_in_a_table_are_the_teachers_and_a_spreadsheet_reads_them_as_times(
    sqlite_api: Api, zone: str, hour: int
) -> None:
    in_zone(sqlite_api, zone)
    path = f"{ASSIGNMENTS}/{await class_of(sqlite_api, {'Ada': ['x', 'y']})}/results"
    table = (await sqlite_api.client.get(path, headers={"Accept": "text/csv"})).content
    [ada, _] = csv.DictReader(StringIO(table.decode("utf-8-sig")))
    minute = 30 if zone == "Asia/Kolkata" else 0
    assert ada["submitted_at"] == f"2026-11-23 {hour:02}:{minute:02}:00"
    book = (await sqlite_api.client.get(path, headers={"Accept": XLSX})).content
    [sheet] = load_workbook(BytesIO(book)).worksheets
    shown = list(sheet.iter_rows())[1][5]
    assert (str(shown.value), shown.data_type) == (ada["submitted_at"], "d")


async def test_the_table_comes_as_a_workbook_too_in_which_a_name_is_no_formula(sqlite_api: Api) -> None:
    sent: dict[str, list[str] | None] = {"=1+1": None, "Ada": ["siamo andati", "x"]}
    assignment = await class_of(sqlite_api, sent)
    answer = await sqlite_api.client.get(f"{ASSIGNMENTS}/{assignment}/results", headers={"Accept": XLSX})
    assert answer.headers["Content-Type"] == XLSX
    assert f'filename="assignment-{assignment}-results.xlsx"' in answer.headers["Content-Disposition"]
    [sheet] = load_workbook(BytesIO(answer.content)).worksheets
    heading, first, second, last = list(sheet.iter_rows())
    assert [cell.value for cell in heading][-2:] == ["1", "2"]
    assert (first[1].value, first[1].data_type) == ("=1+1", "s")
    assert [cell.value for cell in second][2:5] == ["s1@example.com", "completed", 50]
    assert [cell.value for cell in second][-2:] == ["correct", "wrong"]
    assert [cell.value for cell in last][-2:] == [0, 1]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv;q=x, */*", "application/json"),
        (";;,", "application/json"),
        ("Text/CSV", "text/csv"),
        ("text/*", "text/csv"),
        ("text/csv, */*;q=0.1", "text/csv"),
        (XLSX, XLSX),
        (f"text/csv;q=0.9, {XLSX}", XLSX),
        ("application/json; q=0.2, text/csv; header=present; q=0.9", "text/csv"),
    ],
)
async def test_the_accept_header_chooses_between_json_and_csv(
    sqlite_api: Api, accept: str | None, kind: str
) -> None:
    assignment = await class_of(sqlite_api, {"Ada": None})
    if accept is None:
        del sqlite_api.client.headers["Accept"]
    headers = {} if accept is None else {"Accept": accept}
    answer = await sqlite_api.client.get(f"{ASSIGNMENTS}/{assignment}/results", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == kind
    assert answer.headers["Vary"] == "Accept"


async def test_the_table_takes_the_same_statements_however_large_the_class(api: Api) -> None:
    counts = []
    for size in (1, 25):
        students = [await api.add_student(f"{size}-{number}@example.com") for number in range(size)]
        assignment = await api.assign(students)
        with statements_of(api.db) as statements:
            answer = await api.client.get(f"{ASSIGNMENTS}/{assignment['id']}/results")
        assert len(answer.json()["students"]) == size
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 2, statements
