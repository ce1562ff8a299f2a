"""Students list, read and start their homework."""

import asyncio

import pytest
from sqlalchemy import update
from sqlmodel import col
from tests.support.api.application import EXERCISE, Api, statements_of
from tests.support.api.rows import execute

from homework_api.database.models import Homework
from homework_api.domain.statuses import HomeworkStatus


async def set_status(api: Api, homework: Homework, status: HomeworkStatus) -> None:
    await execute(api.db, update(Homework).where(col(Homework.id) == homework.id).values(status=status))


async def one_homework(api: Api, status: HomeworkStatus = HomeworkStatus.AVAILABLE) -> tuple[int, Homework]:
    [student] = await api.add_students(1)
    [homework] = await api.homework((await api.assign([student]))["id"])
    await api.settle(homework)
    await set_status(api, homework, status)
    return student, homework


async def test_pending_homework_has_no_exercises_yet(api: Api) -> None:
    [student] = await api.add_students(1)
    assignment = await api.assign([student])
    answer = await api.client.get(f"/api/student/{student}/homework")
    [homework] = answer.json()["homework"]
    assert answer.json()["total"] == 1
    assert homework == {
        "id": homework["id"],
        "assignment_id": assignment["id"],
        "student_id": student,
        "exercises": [],
        "status": "pending",
        "created_at": "2026-11-23T09:00:00Z",
        "completed_at": None,
        "generated_by": None,
        "model": None,
        "answers": None,
        "score": None,
        "due_at": None,
        "late_work": "mark",
        "late": False,
        "grammar_focus": None,
        "topic": None,
    }


async def test_written_homework_shows_its_exercises_and_who_wrote_them(api: Api) -> None:
    student, homework = await one_homework(api)
    answer = await api.client.get(f"/api/student/{student}/homework/{homework.id}")
    assert answer.status_code == 200
    assert answer.json()["exercises"] == [EXERCISE | {"accepted_answers": [], "generated_by": "mock"}]
    assert [answer.json()[field] for field in ("status", "generated_by", "model")] == [
        "available",
        "mock",
        "mock-1",
    ]


async def test_homework_is_listed_newest_first_by_status_and_in_pages(api: Api) -> None:
    [student] = await api.add_students(1)
    homework = []
    for status in HomeworkStatus:
        [one] = await api.homework((await api.assign([student]))["id"])
        await set_status(api, one, status)
        homework.append(one.id)
    path = f"/api/student/{student}/homework"
    everything = (await api.client.get(path, params={"status": "all"})).json()
    assert everything == (await api.client.get(path)).json()
    assert ([one["id"] for one in everything["homework"]], everything["total"]) == (homework[::-1], 5)
    for status, id_ in zip(HomeworkStatus, homework, strict=True):
        listed = (await api.client.get(path, params={"status": status})).json()
        assert ([one["id"] for one in listed["homework"]], listed["total"]) == ([id_], 1)
    page = await api.client.get(path, params={"limit": 2, "offset": 2})
    assert [one["id"] for one in page.json()["homework"]] == homework[::-1][2:4]
    assert (page.json()["total"], page.headers["X-Total-Count"]) == (5, "5")


async def test_an_unknown_status_is_refused_with_422(sqlite_api: Api) -> None:
    [student] = await sqlite_api.add_students(1)
    answer = await sqlite_api.client.get(f"/api/student/{student}/homework", params={"status": "late"})
    assert answer.status_code == 422


async def test_an_unknown_student_has_no_homework_list(api: Api) -> None:
    answer = await api.client.get("/api/student/4711/homework")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Student not found"})


async def test_a_student_sees_only_their_own_homework(api: Api) -> None:
    student, homework = await one_homework(api)
    other = await api.add_student("other@example.com")
    for owner, id_ in ((other, homework.id), (4711, homework.id), (student, 4711)):
        for method, path in (("GET", ""), ("POST", "/start")):
            answer = await api.client.request(method, f"/api/student/{owner}/homework/{id_}{path}")
            assert (answer.status_code, answer.json()) == (404, {"detail": "Homework not found"})
    assert (await api.client.get(f"/api/student/{other}/homework")).json() == {"homework": [], "total": 0}


async def test_available_homework_can_be_started_and_starting_again_changes_nothing(api: Api) -> None:
    student, homework = await one_homework(api)
    path = f"/api/student/{student}/homework/{homework.id}"
    first, again = await api.client.post(f"{path}/start"), await api.client.post(f"{path}/start")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json() == (await api.client.get(path)).json()
    assert first.json()["status"] == "in_progress"


async def test_starting_writes_no_exercises_that_no_decision_has_changed(api: Api) -> None:
    student, homework = await one_homework(api)
    with statements_of(api.db) as told:
        await api.client.post(f"/api/student/{student}/homework/{homework.id}/start")
    [update] = [statement for statement in told if statement.startswith("UPDATE homework")]
    assert "exercises" not in update


@pytest.mark.parametrize("status", [HomeworkStatus.PENDING, HomeworkStatus.FAILED, HomeworkStatus.COMPLETED])
async def test_homework_in_another_state_cannot_be_started(api: Api, status: HomeworkStatus) -> None:
    student, homework = await one_homework(api, status)
    answer = await api.client.post(f"/api/student/{student}/homework/{homework.id}/start")
    assert answer.status_code == 409
    assert status in answer.json()["detail"]
    assert (await api.homework(homework.assignment_id))[0].status == status


async def test_starting_twice_at_once_is_starting_once(api: Api) -> None:
    student, homework = await one_homework(api)
    path = f"/api/student/{student}/homework/{homework.id}/start"
    answers = await asyncio.gather(*(api.client.post(path) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("path", ["0/homework", "x/homework", "1/homework/0", f"1/homework/{2**53}"])
async def test_malformed_ids_are_refused_with_422(sqlite_api: Api, path: str) -> None:
    assert (await sqlite_api.client.get(f"/api/student/{path}")).status_code == 422
