"""The date by which homework is written (`ready_by`), the date by which students send it (`due_at`), and late
work.
"""

import asyncio
import csv
import io
import threading
from datetime import timedelta
from typing import Any

import httpx
import openpyxl
import pytest
import structlog
from tests.support.api.application import EXERCISE, Api, in_zone
from tests.support.api.pause import Pause

from homework_api.database.queries.assignments import update_due_date
from homework_api.grading.teachers_word import StoredGrade, grade_stored
from homework_api.services import homework
from homework_api.services.times import written

ASSIGNMENTS = "/api/teacher/assignments"
RIGHT = {"answers": ["siamo andati"]}


def later(api: Api, **delta: float) -> str:
    """A later time, in the format in which a client sends it."""
    return (api.clock() + timedelta(**delta)).isoformat()


async def post(api: Api, student: int, key: str | None = None, **times: Any) -> httpx.Response:
    body = {"cefr_level": "A2", "student_ids": [student], "quantity": 1, **times}
    headers = {"Idempotency-Key": key} if key else {}
    return await api.client.post(ASSIGNMENTS, json=body, headers=headers)


async def started(api: Api, **times: Any) -> tuple[int, str]:
    """One student has started a written homework. Gives the assignment's id and the homework's path."""
    student = await api.add_student(f"s{len(times)}@example.com")
    made = await post(api, student, **times)
    assert made.status_code == 201, made.text
    [one] = await api.homework(made.json()["id"])
    await api.settle(one, "vllm", [EXERCISE])
    path = f"/api/student/{student}/homework/{one.id}"
    assert (await api.client.post(f"{path}/start")).status_code == 200
    return int(made.json()["id"]), path


async def send(api: Api, path: str) -> httpx.Response:
    return await api.client.post(f"{path}/submission", json=RIGHT)


async def patch(api: Api, assignment_id: int, **changes: Any) -> httpx.Response:
    return await api.client.patch(f"{ASSIGNMENTS}/{assignment_id}", json=changes)


async def results(api: Api, assignment_id: int) -> dict[str, Any]:
    return dict((await api.client.get(f"{ASSIGNMENTS}/{assignment_id}/results")).json())


async def test_ready_by_is_the_deadline_as_a_moment(api: Api) -> None:
    student = await api.add_student("a@example.com")
    made = await post(api, student, ready_by="2026-11-23T11:30:00+02:00")
    assert (made.status_code, made.json()["deadline_at"]) == (201, "2026-11-23T09:30:00Z")
    [one] = await api.homework(made.json()["id"])
    assert one.deadline_at == api.clock() + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("seconds", "status"), [(5, 201), (4.9, 400), (-60, 400), (604_800, 201), (604_801, 400)]
)
async def test_ready_by_has_the_bounds_of_deadline_seconds(api: Api, seconds: float, status: int) -> None:
    student = await api.add_student("a@example.com")
    answer = await post(api, student, ready_by=later(api, seconds=seconds))
    assert answer.status_code == status
    if status == 400:
        assert (
            "send a `ready_by` from 2026-11-23T09:00:05Z to 2026-11-30T09:00:00Z" in answer.json()["detail"]
        )
        assert (await api.client.get(ASSIGNMENTS)).json() == []


@pytest.mark.parametrize(
    "times",
    [
        {"ready_by": "2026-11-23T10:00:00Z", "deadline_seconds": 60},
        {"ready_by": "2026-11-23T10:00:00"},
        {"due_at": "2026-11-23T10:00:00"},
        {"due_at": "tomorrow"},
        {"due_at": "9999-12-31T23:59:59-12:00"},
        {"due_at": "1999-12-31T23:59:59Z"},
        {"late_work": "burn"},
        {"late_work": None},
    ],
)
async def test_unreadable_times_are_refused(sqlite_api: Api, times: dict[str, Any]) -> None:
    student = await sqlite_api.add_student("a@example.com")
    answer = await post(sqlite_api, student, **times)
    assert answer.status_code == 422
    assert answer.json()["detail"]


async def test_a_request_that_is_sent_again_after_its_time_gives_what_it_made(api: Api) -> None:
    student = await api.add_student("a@example.com")
    times = {"ready_by": later(api, seconds=60), "due_at": later(api, seconds=90)}
    first = await post(api, student, "k", **times)
    api.clock.advance(3600)
    again = await post(api, student, "k", **times)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (await post(api, student, "k", **times, late_work="refuse")).status_code == 409


async def test_students_need_time_between_the_deadline_and_their_date(api: Api) -> None:
    student = await api.add_student("a@example.com")
    ready = later(api, seconds=60)
    early = await post(api, student, ready_by=ready, due_at=ready)
    assert early.status_code == 400
    assert "send a `due_at` after 2026-11-23T09:01:00Z" in early.json()["detail"]
    assert (await post(api, student, ready_by=ready, due_at=later(api, seconds=61))).status_code == 201


async def test_without_a_due_date_nothing_is_late_and_the_table_is_as_it_was(api: Api) -> None:
    assignment_id, path = await started(api)
    api.clock.advance(10**7)
    shown = (await api.client.get(path)).json()
    assert (shown["due_at"], shown["late_work"], shown["late"]) == (None, "mark", False)
    sent = await send(api, path)
    assert (sent.status_code, sent.json()["late"]) == (200, False)
    found = await results(api, assignment_id)
    assert (found["due_at"], found["students"][0]["late"]) == (None, False)
    table = await api.client.get(f"{ASSIGNMENTS}/{assignment_id}/results", headers={"Accept": "text/csv"})
    assert table.text.splitlines()[0].endswith("submitted_at,1")


@pytest.mark.parametrize(("late_work", "late"), [("mark", True), ("accept", False)])
async def test_late_work_is_taken_and_marked_or_not(api: Api, late_work: str, late: bool) -> None:
    due = later(api, hours=1)
    assignment_id, path = await started(api, due_at=due, late_work=late_work)
    before = (await api.client.get(path)).json()
    assert (before["late_work"], before["late"]) == (late_work, False)
    assert before["due_at"] == (await api.assignment(assignment_id))["due_at"] == "2026-11-23T10:00:00Z"
    api.clock.advance(3601)
    sent = (await send(api, path)).json()
    [listed] = (await api.client.get(path.rpartition("/")[0])).json()["homework"]
    [line] = (await results(api, assignment_id))["students"]
    again = (await api.client.get(f"{path}/submission")).json()
    assert [each["late"] for each in (sent, listed, line, again)] == [late] * 4
    assert sent["score"] == 100


async def test_late_work_is_refused_with_a_sentence_and_what_was_typed_stays(api: Api) -> None:
    assignment_id, path = await started(api, due_at=later(api, hours=1), late_work="refuse")
    api.clock.advance(3601)
    assert (await api.client.put(f"{path}/answers", json=RIGHT)).status_code == 200
    refused = await send(api, path)
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("This homework was due at 2026-11-23T10:00:00Z")
    assert (await api.client.get(path)).json()["answers"] == RIGHT["answers"]
    extended = await patch(api, assignment_id, due_at=later(api, hours=1))
    assert extended.json()["due_at"] == "2026-11-23T11:00:01Z"
    sent = await send(api, path)
    assert (sent.status_code, sent.json()["late"]) == (200, False)
    api.clock.advance(7200)
    assert "once" in (await send(api, path)).json()["detail"], "sent is sent, and not late"


async def test_what_comes_at_the_due_moment_is_in_time(api: Api) -> None:
    _, path = await started(api, due_at=later(api, hours=1), late_work="refuse")
    api.clock.advance(3600)
    assert (await send(api, path)).status_code == 200


async def test_the_tables_for_spreadsheets_say_who_was_late_in_their_last_column(api: Api) -> None:
    in_zone(api, "UTC")
    ada, bea = await api.add_students(2)
    times = {"quantity": 1, "exercise_types": ["fill_in_blank"], "due_at": later(api, hours=1)}
    assignment = await api.assign([ada, bea], **times)
    for one in await api.homework(assignment["id"]):
        await api.settle(one, "vllm", [EXERCISE])
        path = f"/api/student/{one.student_id}/homework/{one.id}"
        await api.client.post(f"{path}/start")
        assert (await send(api, path)).status_code == 200
        api.clock.advance(3601)
    url = f"{ASSIGNMENTS}/{assignment['id']}/results"
    text = (await api.client.get(url, headers={"Accept": "text/csv"})).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[-2:] for row in rows] == [["1", "late"], ["correct", ""], ["correct", "late"], ["0", ""]]
    accept = {"Accept": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    book = openpyxl.load_workbook(io.BytesIO((await api.client.get(url, headers=accept)).content))
    [sheet] = book.worksheets
    assert [cell.value for cell in list(sheet.columns)[-1]] == ["late", None, "late", None]


async def test_the_teacher_changes_the_date_and_it_is_logged(api: Api) -> None:
    assignment_id, _ = await started(api, due_at=later(api, hours=1))
    with structlog.testing.capture_logs() as logs:
        changed = await patch(api, assignment_id, due_at=later(api, hours=2), late_work="refuse")
    assert (changed.json()["due_at"], changed.json()["late_work"]) == ("2026-11-23T11:00:00Z", "refuse")
    assert await api.assignment(assignment_id) == changed.json()
    [told] = [line for line in logs if line["event"] == "due_date_changed"]
    assert (told["due_at_before"], told["due_at"]) == ("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")
    assert (told["assignment_id"], told["late_work_before"]) == (assignment_id, "mark")
    only = await patch(api, assignment_id, late_work="accept")
    assert (only.json()["due_at"], only.json()["late_work"]) == ("2026-11-23T11:00:00Z", "accept")
    free = await patch(api, assignment_id, due_at=None)
    assert (free.json()["due_at"], free.json()["late_work"]) == (None, "accept")


async def test_a_date_that_is_over_is_no_new_date(api: Api) -> None:
    due = later(api, hours=1)
    assignment_id, _ = await started(api, due_at=due)
    api.clock.advance(7200)
    over = await patch(api, assignment_id, due_at=later(api, seconds=0))
    assert over.status_code == 400
    assert f"after {written(api.clock())}" in over.json()["detail"]
    same = await patch(api, assignment_id, due_at=due, late_work="accept")
    assert (same.status_code, same.json()["late_work"]) == (200, "accept"), "the date stays as it is"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"due": None}, 422),
        ({"late_work": None}, 422),
        ({"due_at": "2026-11-23T10:00:00"}, 422),
        ({"late_work": "mark"}, 404),
    ],
)
async def test_a_due_date_request_without_a_change_or_for_an_unknown_assignment_is_refused(
    sqlite_api: Api, body: Any, status: int
) -> None:
    assert (await patch(sqlite_api, 4711, **body)).status_code == status


async def test_a_later_date_takes_the_mark_from_who_was_late_by_the_old_one(api: Api) -> None:
    assignment_id, path = await started(api, due_at=later(api, hours=1))
    api.clock.advance(3700)
    assert (await send(api, path)).json()["late"] is True
    await patch(api, assignment_id, due_at=later(api, hours=1))
    assert (await api.client.get(path)).json()["late"] is False
    assert (await results(api, assignment_id))["students"][0]["late"] is False


class SlowGrading:
    """Grading that waits until the test lets it continue."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self._go_on = asyncio.Event(), threading.Event()
        self._loop = asyncio.get_running_loop()
        monkeypatch.setattr(homework, "grade_stored", self._grade)

    def go_on(self) -> None:
        self._go_on.set()

    def _grade(self, exercises: Any, answers: Any) -> StoredGrade:
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self._go_on.wait(60)
        return grade_stored(exercises, answers)


async def test_what_was_sent_in_time_is_in_time_however_long_grading_takes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = await started(api, due_at=later(api, hours=1), late_work="refuse")
    grading = SlowGrading(monkeypatch)
    api.clock.advance(3600)
    sending = asyncio.create_task(send(api, path))
    await grading.begun.wait()
    api.clock.advance(60)
    grading.go_on()
    sent = await sending
    assert (sent.status_code, sent.json()["late"]) == (200, False)


async def test_a_submission_that_meets_a_new_date_is_judged_by_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment_id, path = await started(api, due_at=later(api, hours=1))
    grading = SlowGrading(monkeypatch)
    api.clock.advance(3700)
    sending = asyncio.create_task(send(api, path))
    await grading.begun.wait()
    assert (await patch(api, assignment_id, late_work="refuse")).status_code == 200
    grading.go_on()
    assert (await sending).status_code == 409
    assert (await api.client.get(path)).json()["status"] == "in_progress"


async def test_a_submission_does_not_wait_for_a_date_that_is_being_changed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This holds on PostgreSQL. On SQLite the submission waits, because SQLite allows one writer."""
    assignment_id, path = await started(api, due_at=later(api, hours=1))
    pause = Pause(api)
    monkeypatch.setattr(
        "homework_api.database.queries.assignments.update_due_date", pause.after(update_due_date)
    )
    changing = asyncio.create_task(patch(api, assignment_id, due_at=later(api, hours=2)))
    await pause.reached()
    sending = asyncio.create_task(send(api, path))
    if api.db.dialect == "postgresql":
        assert (await sending).status_code == 200
    pause.go_on()
    assert (await changing).status_code == 200
    assert (await sending).json()["late"] is False
