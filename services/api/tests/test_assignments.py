"""Teachers create, list, read and delete assignments."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel, col
from tests.support.api.application import GRACE, Api
from tests.support.api.rows import scalar, scalars

from homework_api.database.models import Assignment, Homework, IdempotencyKey, OutboxEntry
from homework_api.pipeline.presence import SeenGenerator
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind, GeneratorStatus, decode

ASSIGNMENTS = "/api/teacher/assignments"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def gpu(clock: datetime) -> SeenGenerator:
    status = GeneratorStatus(
        worker_id="colab",
        kind=GeneratorKind.VLLM,
        model="italian-3b",
        in_flight=0,
        done=0,
        tokens_per_second=0,
        version="1",
        started_at=clock,
    )
    return SeenGenerator(status, clock)


async def rows(api: Api, table: type[SQLModel]) -> list[Any]:
    return await scalars(api.db, select(table))


async def test_an_assignment_is_accepted_with_every_field_of_the_contract(api: Api) -> None:
    first, second, third = await api.add_students(3)
    answer = await api.client.post(
        ASSIGNMENTS,
        json={
            "cefr_level": "B1",
            "grammar_focus": "past_tense",
            "topic": " una vacanza ",
            "quantity": 7,
            "exercise_types": ["translation", "fill_in_blank", "translation"],
            "student_ids": [third, first, second, first],
            "deadline_seconds": 600,
        },
    )
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert answer.json() == {
        "id": answer.json()["id"],
        "cefr_level": "B1",
        "grammar_focus": "past_tense",
        "topic": "una vacanza",
        "quantity": 7,
        "exercise_types": ["translation", "fill_in_blank"],
        "status": "pending",
        "student_ids": [third, first, second],
        "created_at": "2026-11-23T09:00:00Z",
        "completed_at": None,
        "error_message": None,
        "deadline_at": "2026-11-23T09:10:00Z",
        "class_id": None,
        "due_at": None,
        "late_work": "mark",
        "review": False,
        "release_at": None,
        "held_back": False,
        "changed_at": None,
        "progress": {
            "total": 3,
            "available": 0,
            "failed": 0,
            "by_generator": {"vllm": 0, "mock": 0},
            "submitted": 0,
        },
    }
    assert await api.assignment(answer.json()["id"]) == answer.json()
    assert len(api.wakes) == 1


async def test_a_minimal_request_gets_the_defaults_of_the_predecessor(api: Api) -> None:
    assignment = await api.assign(await api.add_students(1))
    assert assignment["quantity"] == 5
    assert assignment["exercise_types"] == ["fill_in_blank", "translation", "multiple_choice"]
    assert assignment["grammar_focus"] is assignment["topic"] is None


async def test_an_empty_form_field_counts_as_not_given(sqlite_api: Api) -> None:
    assignment = await sqlite_api.assign(await sqlite_api.add_students(1), topic="", grammar_focus="  ")
    assert assignment["grammar_focus"] is assignment["topic"] is None


@pytest.mark.parametrize(
    ("gpu_online", "asked", "seconds"),
    [(False, None, 5), (True, None, 60), (True, 5, 5), (False, 604800, 604800)],
)
async def test_the_deadline_is_the_clients_or_depends_on_whether_a_gpu_is_online(
    sqlite_api: Api, gpu_online: bool, asked: int | None, seconds: int
) -> None:
    if gpu_online:
        sqlite_api.probe.seen = [gpu(sqlite_api.clock())]
    assignment = await sqlite_api.assign(await sqlite_api.add_students(1), deadline_seconds=asked)
    expected = sqlite_api.clock() + timedelta(seconds=seconds)
    assert datetime.fromisoformat(assignment["deadline_at"]) == expected
    [homework] = await sqlite_api.homework(assignment["id"])
    assert (homework.deadline_at, homework.rescue_at) == (expected, expected + GRACE)


async def test_each_homework_has_one_outbox_row_without_personal_data(api: Api) -> None:
    students = [await api.add_student(f"{name}@example.com", name) for name in ("Giulia", "Marco")]
    answer = await api.client.post(
        ASSIGNMENTS,
        json={"cefr_level": "A2", "topic": "il cibo", "student_ids": students},
        headers={"traceparent": TRACEPARENT},
    )
    assignment_id = answer.json()["id"]
    homework = {row.job_id: row for row in await api.homework(assignment_id)}
    outbox: list[OutboxEntry] = await rows(api, OutboxEntry)
    assert {entry.job_id for entry in outbox} == set(homework)
    for entry in outbox:
        job = decode(GenerateHomework, "GenerateHomework", entry.body.encode())
        assert (job.job_id, job.seed) == (entry.job_id, homework[entry.job_id].seed)
        assert (job.cefr_level, job.topic, job.quantity) == ("A2", "il cibo", 5)
        assert (job.created_at, job.deadline_at) == (api.clock(), entry.deadline_at)
        assert (entry.assignment_id, entry.traceparent, entry.claimed_until) == (
            assignment_id,
            TRACEPARENT,
            None,
        )
        assert entry.overdue is False
        assert not any(secret in entry.body for secret in ("Giulia", "Marco", "@", "student"))
    assert len({row.seed for row in homework.values()}) == 2


@pytest.mark.parametrize("traceparent", ["", "nonsense", TRACEPARENT.upper(), TRACEPARENT + "\tx"])
async def test_an_invalid_traceparent_is_dropped(sqlite_api: Api, traceparent: str) -> None:
    [student] = await sqlite_api.add_students(1)
    answer = await sqlite_api.client.post(
        ASSIGNMENTS,
        json={"cefr_level": "A1", "student_ids": [student]},
        headers={"traceparent": traceparent},
    )
    assert answer.status_code == 201
    assert [entry.traceparent for entry in await rows(sqlite_api, OutboxEntry)] == [None]


async def test_an_unknown_student_is_refused_with_404_and_nothing_is_written(api: Api) -> None:
    [known] = await api.add_students(1)
    answer = await api.client.post(
        ASSIGNMENTS, json={"cefr_level": "A1", "student_ids": [known, 4711, 2**53 - 1]}
    )
    assert answer.status_code == 404
    assert answer.json() == {"detail": f"One or more students not found: 4711, {2**53 - 1}"}
    for table in (Assignment, Homework, OutboxEntry):
        assert await rows(api, table) == []
    assert api.wakes == []


@pytest.mark.parametrize(("unknown", "more"), [(10, ""), (11, " and 1 more"), (30, " and 20 more")])
async def test_of_many_unknown_students_ten_are_named_and_the_others_counted(
    sqlite_api: Api, unknown: int, more: str
) -> None:
    ids = list(range(4711, 4711 + unknown))
    answer = await sqlite_api.client.post(ASSIGNMENTS, json={"cefr_level": "A1", "student_ids": ids})
    named = ", ".join(map(str, ids[:10]))
    assert answer.json() == {"detail": f"One or more students not found: {named}{more}"}


@pytest.mark.parametrize(
    "change",
    [
        {"cefr_level": "A3"},
        {"cefr_level": None},
        {"grammar_focus": "x" * 201},
        {"grammar_focus": "a\x00b"},
        {"topic": "a\ud800b"},
        {"topic": 5},
        {"quantity": 0},
        {"quantity": 21},
        {"quantity": "many"},
        {"exercise_types": []},
        {"exercise_types": ["crossword"]},
        {"student_ids": []},
        {"student_ids": [0]},
        {"student_ids": [2**53]},
        {"student_ids": ["x"]},
        {"student_ids": list(range(1, 10_002))},
        {"deadline_seconds": 4},
        {"deadline_seconds": 604801},
        {"deadline_seconds": "NaN"},
    ],
)
async def test_a_malformed_assignment_is_refused_with_422(sqlite_api: Api, change: dict[str, Any]) -> None:
    body = json.dumps({"cefr_level": "A1", "student_ids": [1], **change})
    answer = await sqlite_api.client.post(
        ASSIGNMENTS, content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert {"type", "loc", "msg"} == set(answer.json()["detail"][0])


async def test_assignments_are_listed_newest_first_with_progress_and_in_pages(api: Api) -> None:
    students = await api.add_students(2)
    ids = [(await api.assign(students[:count]))["id"] for count in (1, 2, 1)]
    [first, second] = await api.homework(ids[1])
    await api.settle(first, "vllm")
    await api.settle(second, None)
    everything = await api.client.get(ASSIGNMENTS)
    page = await api.client.get(ASSIGNMENTS, params={"limit": 1, "offset": 1})
    assert [assignment["id"] for assignment in everything.json()] == ids[::-1]
    assert everything.headers["X-Total-Count"] == page.headers["X-Total-Count"] == "3"
    assert page.json() == [everything.json()[1]] == [await api.assignment(ids[1])]
    assert page.json()[0]["progress"] == {
        "total": 2,
        "available": 1,
        "failed": 1,
        "by_generator": {"vllm": 1, "mock": 0},
        "submitted": 0,
    }
    assert page.json()[0]["status"] == "failed"
    assert page.json()[0]["error_message"]
    assert [assignment["progress"]["total"] for assignment in everything.json()] == [1, 2, 1]


async def test_started_homework_still_counts_as_available(api: Api) -> None:
    [student] = await api.add_students(1)
    assignment = await api.assign([student])
    [homework] = await api.homework(assignment["id"])
    await api.settle(homework)
    await api.client.post(f"/api/student/{student}/homework/{homework.id}/start")
    after = await api.assignment(assignment["id"])
    assert after["progress"] == {
        "total": 1,
        "available": 1,
        "failed": 0,
        "by_generator": {"vllm": 0, "mock": 1},
        "submitted": 0,
    }
    assert (after["status"], after["completed_at"]) == ("completed", "2026-11-23T09:00:00Z")


async def test_sent_homework_counts_as_submitted_and_as_available(api: Api) -> None:
    students = await api.add_students(2)
    assignment = await api.assign(students)
    for homework in await api.homework(assignment["id"]):
        await api.settle(homework)
    path = f"/api/student/{students[0]}/homework/{(await api.homework(assignment['id']))[0].id}"
    await api.client.post(f"{path}/start")
    await api.client.post(f"{path}/submission", json={"answers": ["siamo andati"]})
    progress = (await api.assignment(assignment["id"]))["progress"]
    assert (progress["total"], progress["available"], progress["submitted"]) == (2, 2, 1)


async def test_a_deleted_assignment_is_gone_with_homework_and_outbox_rows(api: Api) -> None:
    students = await api.add_students(2)
    kept, dropped = await api.assign(students), await api.assign(students)
    answer = await api.client.delete(f"{ASSIGNMENTS}/{dropped['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert {row.assignment_id for row in await rows(api, Homework)} == {kept["id"]}
    assert {row.assignment_id for row in await rows(api, OutboxEntry)} == {kept["id"]}
    assert (await api.client.delete(f"{ASSIGNMENTS}/{dropped['id']}")).status_code == 404
    assert (await api.assign(students))["id"] > dropped["id"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/retry"), ("GET", "/events")]
)
async def test_every_route_answers_404_for_an_unknown_assignment(api: Api, method: str, path: str) -> None:
    answer = await api.client.request(method, f"{ASSIGNMENTS}/4711{path}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Assignment not found"})
    for malformed in ("0", str(2**53), "x"):
        answer = await api.client.request(method, f"{ASSIGNMENTS}/{malformed}{path}")
        assert answer.status_code == 422


async def test_assigning_and_deleting_a_student_at_once_leaves_nothing_half_done(api: Api) -> None:
    keeper, *leavers = await api.add_students(6)
    calls = []
    for leaver in leavers:
        body = {"cefr_level": "A1", "student_ids": [leaver, keeper]}
        calls += [
            api.client.post(ASSIGNMENTS, json=body),
            api.client.delete(f"/api/teacher/students/{leaver}"),
        ]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {201, 204, 404}
    jobs = {row.job_id for row in await rows(api, Homework)}
    assert {row.job_id for row in await rows(api, OutboxEntry)} == jobs
    assert {row.student_id for row in await rows(api, Homework)} <= {keeper}


async def test_a_failure_inside_the_transaction_leaves_nothing_behind(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("boom")

    students = await api.add_students(1)
    monkeypatch.setattr("homework_api.services.acceptance.insert_outbox", explode)
    answer = await api.client.post(
        ASSIGNMENTS, json={"cefr_level": "A1", "student_ids": students}, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 500
    for table in (Assignment, Homework, OutboxEntry, IdempotencyKey):
        assert await rows(api, table) == []
    assert api.wakes == []


async def test_times_are_stored_as_utc_whatever_zone_the_clock_is_in(api: Api) -> None:
    api.clock.now = datetime.fromisoformat("2026-11-23T10:00:00+01:00")
    assignment = await api.assign(await api.add_students(1))
    stored = await scalar(api.db, select(col(Assignment.created_at)))
    assert stored == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert datetime.fromisoformat((await api.assignment(assignment["id"]))["created_at"]) == stored
