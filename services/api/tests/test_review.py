"""Homework is held back from the students until its teacher has reviewed and released it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import delete
from tests.support.api.application import EXERCISE, Api
from tests.support.api.pause import Pause
from tests.support.api.rows import execute

from homework_api.database.models import Homework, OutboxEntry
from homework_api.database.queries.assignments import update_release
from homework_api.services.times import written

ASSIGNMENTS = "/api/teacher/assignments"
RIGHT = {"answers": ["siamo andati"]}


def later(api: Api, **delta: float) -> str:
    return written(api.clock() + timedelta(**delta))


async def held_back(api: Api, by: str | None = "vllm", **more: Any) -> tuple[int, Homework, str]:
    """A written homework that is held back. Gives the ids of its assignment and itself, and its student's
    path.
    """
    student = await api.add_student("s@example.com")
    made = await api.assign([student], quantity=1, exercise_types=["fill_in_blank"], review=True, **more)
    [homework] = await api.homework(made["id"])
    await api.settle(homework, by, [EXERCISE])
    return made["id"], homework, f"/api/student/{student}/homework/{homework.id}"


async def release(api: Api, assignment_id: int, **body: Any) -> httpx.Response:
    return await api.client.post(f"{ASSIGNMENTS}/{assignment_id}/release", json=body)


async def listed(api: Api, path: str, status: str = "all") -> tuple[list[str], int]:
    """The statuses of the student's homework, and the number of homework in the response."""
    answer = (await api.client.get(path.rpartition("/")[0], params={"status": status})).json()
    return [one["status"] for one in answer["homework"]], answer["total"]


async def test_without_review_nothing_is_held_back(api: Api) -> None:
    student = await api.add_student("s@example.com")
    made = await api.assign([student])
    assert (made["review"], made["release_at"], made["held_back"]) == (False, None, False)
    [homework] = await api.homework(made["id"])
    await api.settle(homework)
    path = f"/api/student/{student}/homework/{homework.id}"
    assert (await api.client.get(path)).json()["status"] == "available"
    at_once = await release(api, made["id"])
    assert (at_once.status_code, at_once.json()) == (200, await api.assignment(made["id"]))
    assert (await release(api, made["id"], release_at=later(api, hours=1))).status_code == 409


@pytest.mark.parametrize("by", ["vllm", "mock", None], ids=["of a GPU", "of the mock", "failed"])
async def test_homework_that_is_held_back_looks_unwritten_to_its_student(api: Api, by: str | None) -> None:
    student = await api.add_student("s@example.com")
    made = await api.assign([student], quantity=1, review=True)
    [homework] = await api.homework(made["id"])
    path = f"/api/student/{student}/homework/{homework.id}"
    unwritten = (await api.client.get(path)).json()
    await api.settle(homework, by, [EXERCISE])
    assert (await api.client.get(path)).json() == unwritten
    assert unwritten["status"] == "pending"
    assert unwritten["exercises"] == []
    for status, count in {"all": 1, "pending": 1, "available": 0, "failed": 0, "in_progress": 0}.items():
        assert await listed(api, path, status) == (["pending"] * count, count)


async def test_its_teacher_sees_its_true_state_and_that_it_is_held_back(api: Api) -> None:
    assignment_id, _, _ = await held_back(api)
    seen = await api.assignment(assignment_id)
    assert (seen["status"], seen["progress"]["available"]) == ("completed", 1)
    assert (seen["review"], seen["release_at"], seen["held_back"]) == (True, None, True)
    results = (await api.client.get(f"{ASSIGNMENTS}/{assignment_id}/results")).json()
    assert (results["students"][0]["status"], results["held_back"]) == ("available", True)
    exported = await api.client.get(f"{ASSIGNMENTS}/{assignment_id}/export", params={"format": "gift"})
    assert "siamo andati" in exported.text


async def test_what_is_held_back_is_neither_started_nor_saved_nor_sent(api: Api) -> None:
    _, _, path = await held_back(api)
    start = await api.client.post(f"{path}/start")
    assert start.status_code == 409
    assert start.json()["detail"] == "Only available homework can be started; this one is pending"
    for answer in (
        await api.client.put(f"{path}/answers", json=RIGHT),
        await api.client.post(f"{path}/submission", json=RIGHT),
    ):
        assert answer.status_code == 409
        assert answer.json()["detail"] == "Only homework in progress takes answers; this one is pending"
    assert (await api.client.get(f"{path}/submission")).status_code == 404


async def test_it_is_released_at_once_and_again_without_effect(api: Api) -> None:
    assignment_id, _, path = await held_back(api)
    api.clock.advance(60)
    with structlog.testing.capture_logs() as logs:
        first = await release(api, assignment_id)
    assert first.status_code == 200, first.text
    assert (first.json()["release_at"], first.json()["held_back"]) == ("2026-11-23T09:01:00Z", False)
    assert [line["release_at"] for line in logs if line["event"] == "release_changed"] == [
        "2026-11-23T09:01:00Z"
    ]
    assert await listed(api, path, "available") == (["available"], 1)
    api.clock.advance(60)
    again = await api.client.post(f"{ASSIGNMENTS}/{assignment_id}/release")
    assert again.json() == first.json() == await api.assignment(assignment_id)
    await api.client.post(f"{path}/start")
    assert (await api.client.post(f"{path}/submission", json=RIGHT)).json()["score"] == 100


@pytest.mark.parametrize("when", ["with the assignment", "afterwards"])
async def test_it_is_released_by_itself_at_its_time(api: Api, when: str) -> None:
    at = later(api, hours=1)
    given = {"release_at": at} if when == "with the assignment" else {}
    assignment_id, _, path = await held_back(api, **given)
    if not given:
        assert (await release(api, assignment_id, release_at=at)).json()["release_at"] == at
    api.clock.advance(3599.999)
    assert await listed(api, path) == (["pending"], 1)
    assert (await api.assignment(assignment_id))["held_back"] is True
    api.clock.advance(0.001)
    assert await listed(api, path) == (["available"], 1)
    assert (await api.assignment(assignment_id))["held_back"] is False
    assert (await api.client.post(f"{path}/start")).status_code == 200


async def test_its_time_can_be_changed_until_it_has_come(api: Api) -> None:
    assignment_id, _, path = await held_back(api, release_at=later(api, hours=1))
    api.clock.advance(1800)
    moved = await release(api, assignment_id, release_at=later(api, hours=2))
    assert moved.json()["release_at"] == "2026-11-23T11:30:00Z"
    api.clock.advance(3600)
    assert await listed(api, path) == (["pending"], 1)
    api.clock.advance(3600)
    same = await release(api, assignment_id, release_at="2026-11-23T12:30:00+01:00")
    assert (same.status_code, same.json()["release_at"]) == (200, "2026-11-23T11:30:00Z")
    late = await release(api, assignment_id, release_at=later(api, hours=1))
    assert late.status_code == 409
    assert "already" in late.json()["detail"]


async def test_its_time_can_be_taken_back_until_it_has_come(api: Api) -> None:
    assignment_id, _, path = await held_back(api, release_at=later(api, hours=1))
    url = f"{ASSIGNMENTS}/{assignment_id}/release"
    for _ in range(2):
        taken_back = await api.client.delete(url)
        assert (taken_back.status_code, taken_back.json()["release_at"]) == (200, None)
    api.clock.advance(7200)
    assert await listed(api, path) == (["pending"], 1)
    await release(api, assignment_id)
    refused = await api.client.delete(url)
    assert (refused.status_code, "already" in refused.json()["detail"]) == (409, True)
    assert await listed(api, path) == (["available"], 1)
    assert (await api.client.delete(f"{ASSIGNMENTS}/4711/release")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"release_at": "2026-11-23T09:00:00Z"}, 400),
        ({"release_at": "2026-11-23T10:00:00"}, 422),
        ({"release": True}, 422),
        ({"release_at": None}, 200),
    ],
)
async def test_a_moment_that_is_over_or_not_understood_is_refused(
    sqlite_api: Api, body: dict[str, Any], status: int
) -> None:
    assignment_id, _, _ = await held_back(sqlite_api)
    answer = await release(sqlite_api, assignment_id, **body)
    assert answer.status_code == status
    if status == 400:
        assert "send a later `release_at`" in answer.json()["detail"]
    assert (await sqlite_api.assignment(assignment_id))["held_back"] is (status != 200)


async def test_homework_that_changed_since_the_teacher_read_it_is_not_released(api: Api) -> None:
    assignment_id, homework, _ = await held_back(api, by="mock")
    seen = (await api.assignment(assignment_id))["changed_at"]
    assert seen == "2026-11-23T09:00:00Z"
    api.clock.advance(1)
    await api.settle(homework, "vllm", [EXERCISE])
    refused = await release(api, assignment_id, unchanged_since=seen)
    assert (refused.status_code, "look through it again" in refused.json()["detail"]) == (409, True)
    now = (await api.assignment(assignment_id))["changed_at"]
    assert (await release(api, assignment_id, unchanged_since=now)).status_code == 200
    again = await release(api, assignment_id, unchanged_since=seen)
    assert again.status_code == 200, "the same request once more, whose first answer was lost"


async def test_an_unknown_assignment_is_not_released(sqlite_api: Api) -> None:
    assert (await release(sqlite_api, 4711)).status_code == 404


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"release_at": "2026-11-23T10:00:00Z"}, 422, "send `review` true"),
        ({"review": True, "release_at": "2026-11-23T09:00:00Z"}, 400, "this moment is over"),
        (
            {"review": True, "release_at": "2026-11-23T11:00:00Z", "due_at": "2026-11-23T11:00:00Z"},
            400,
            "send a `due_at` after 2026-11-23T11:00:00Z",
        ),
        (
            {"review": True, "release_at": "2026-11-23T09:00:01Z", "due_at": "2026-11-23T09:00:04Z"},
            400,
            "send a `due_at` after 2026-11-23T09:00:05Z",
        ),
    ],
)
async def test_an_assignment_whose_times_contradict_each_other_is_refused(
    sqlite_api: Api, more: dict[str, Any], status: int, says: str
) -> None:
    student = await sqlite_api.add_student("s@example.com")
    body = {"cefr_level": "A2", "student_ids": [student], **more}
    answer = await sqlite_api.client.post(ASSIGNMENTS, json=body)
    assert answer.status_code == status
    assert says in answer.text


async def test_students_need_time_between_the_release_and_their_date(api: Api) -> None:
    assignment_id, _, path = await held_back(api, due_at=later(api, hours=1))
    late = await release(api, assignment_id, release_at=later(api, hours=1))
    assert late.status_code == 400
    assert "Students have to send it by 2026-11-23T10:00:00Z" in late.json()["detail"]
    api.clock.advance(3600)
    assert (await release(api, assignment_id)).status_code == 400
    assert await listed(api, path) == (["pending"], 1)
    url = f"{ASSIGNMENTS}/{assignment_id}"
    assert (await api.client.patch(url, json={"due_at": later(api, hours=2)})).status_code == 200
    assert (await release(api, assignment_id, release_at=later(api, hours=1))).status_code == 200
    early = await api.client.patch(url, json={"due_at": later(api, hours=1)})
    assert early.status_code == 400, "the students would get it when it is due"


async def test_a_request_with_review_is_another_request_than_one_without(api: Api) -> None:
    student = await api.add_student("s@example.com")
    body = {"cefr_level": "A2", "student_ids": [student]}
    key = {"Idempotency-Key": "k"}
    first = await api.client.post(ASSIGNMENTS, json=body, headers=key)
    same = await api.client.post(ASSIGNMENTS, json=body | {"review": False}, headers=key)
    assert same.json()["id"] == first.json()["id"]
    assert (await api.client.post(ASSIGNMENTS, json=body | {"review": True}, headers=key)).status_code == 409


async def test_what_its_teacher_has_released_is_not_asked_for_again(api: Api) -> None:
    assignment_id, _, _ = await held_back(api, by="mock")
    await execute(api.db, delete(OutboxEntry))
    url = f"{ASSIGNMENTS}/{assignment_id}/retry"
    assert (await api.client.post(url, json={"replace_mock": True})).status_code == 200
    await execute(api.db, delete(OutboxEntry))
    await release(api, assignment_id)
    api.clock.advance(3600)
    refused = await api.client.post(url, json={"replace_mock": True})
    assert refused.status_code == 409
    assert "no mock homework is untouched" in refused.json()["detail"]


async def test_a_student_who_started_keeps_it_when_its_release_is_put_off_at_that_moment(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new time is decided before the old one arrives, and stored after it."""
    assignment_id, _, path = await held_back(api, release_at=later(api, hours=1))
    pause = Pause(api)
    monkeypatch.setattr("homework_api.services.releasing.update_release", pause.before(update_release))
    api.clock.advance(3599)
    moving = asyncio.create_task(release(api, assignment_id, release_at=later(api, hours=2)))
    await pause.reached()
    api.clock.advance(1)
    starting = asyncio.create_task(api.client.post(f"{path}/start"))
    await pause.go_on_once_another_waits()
    assert (await moving).json()["held_back"] is True
    if (await starting).status_code == 200:  # This holds on PostgreSQL, where it had read the row before.
        assert await listed(api, path) == (["in_progress"], 1)
        assert (await api.client.post(f"{path}/submission", json=RIGHT)).json()["score"] == 100
    else:
        assert await listed(api, path) == (["pending"], 1)
