"""Operators read jobs with the times of each step, and the last hour by minute."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, update
from sqlmodel import col
from tests.support.api.application import Api, statements_of
from tests.support.api.rows import execute

from homework_api.database.models import Homework


async def set_(api: Api, homework: Homework, **columns: Any) -> None:
    await execute(api.db, update(Homework).where(col(Homework.id) == homework.id).values(**columns))


async def jobs(api: Api, **wanted: Any) -> list[dict[str, Any]]:
    answer = await api.client.get("/api/ops/jobs", params=wanted)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Total-Count"] == str(answer.json()["total"])
    return list(answer.json()["jobs"])


async def latency(api: Api) -> dict[str, Any]:
    answer = await api.client.get("/api/ops/latency")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def written(api: Api, seconds: list[float], by: str = "vllm", **request: Any) -> dict[str, Any]:
    """An assignment with one homework for each number, which is its seconds from the request until it was
    stored.
    """
    assignment = await api.assign(await new_students(api, len(seconds)), **request)
    for homework, after in zip(await api.homework(assignment["id"]), seconds, strict=True):
        await api.settle(homework, by)
        at = homework.requested_at + timedelta(seconds=after)
        await set_(api, homework, available_at=at, first_available_at=at)
    return assignment


async def new_students(api: Api, count: int) -> list[int]:
    known = len((await api.client.get("/api/teacher/students")).json())
    return [await api.add_student(f"s{known + number}@example.com") for number in range(count)]


async def test_a_job_shows_its_path_and_no_student(api: Api) -> None:
    assignment = await api.assign([await api.add_student("ada@example.org", "Ada")])
    [homework] = await api.homework(assignment["id"])
    [job] = await jobs(api)
    assert job == {
        "homework_id": homework.id, "job_id": str(homework.job_id), "assignment_id": assignment["id"],
        "status": "pending", "generated_by": None, "model": None, "worker_id": None, "fallback_reason": None,
        "error": None, "accepted_at": "2026-11-23T09:00:00Z", "published_at": None, "taken_at": None,
        "generated_at": None, "stored_at": None, "deadline_at": assignment["deadline_at"],
    }  # fmt: skip
    await api.settle(homework, "mock")
    [job] = await jobs(api)
    assert (job["status"], job["generated_by"], job["stored_at"]) == (
        "available", "mock", "2026-11-23T09:00:00Z",
    )  # fmt: skip


async def test_jobs_come_newest_first_by_page_and_by_filter(api: Api) -> None:
    first = await written(api, [1, 1], by="vllm")
    second = await written(api, [1], by="mock")
    third = await api.assign(await new_students(api, 1))
    assert [job["assignment_id"] for job in await jobs(api)] == [
        third["id"],
        second["id"],
        *[first["id"]] * 2,
    ]
    assert [job["assignment_id"] for job in await jobs(api, limit=1, offset=1)] == [second["id"]]
    assert [job["assignment_id"] for job in await jobs(api, generator="mock")] == [second["id"]]
    assert [job["assignment_id"] for job in await jobs(api, status="pending")] == [third["id"]]
    assert len(await jobs(api, assignment_id=first["id"], status="available", generator="vllm")) == 2
    assert await jobs(api, assignment_id=third["id"], generator="vllm") == []


@pytest.mark.parametrize("wanted", [{"status": "lost"}, {"limit": 0}, {"limit": 1001}, {"assignment_id": 0}])
async def test_an_unknown_filter_value_is_refused(sqlite_api: Api, wanted: dict[str, Any]) -> None:
    assert (await sqlite_api.client.get("/api/ops/jobs", params=wanted)).status_code == 422


async def test_a_requested_replacement_has_no_result_times_yet(api: Api) -> None:
    assignment = await written(api, [1], by="mock")
    api.clock.advance(10)
    again = await api.client.post(
        f"/api/teacher/assignments/{assignment['id']}/retry", json={"replace_mock": True}
    )
    assert again.status_code == 200
    [job] = await jobs(api)
    assert (job["accepted_at"], job["stored_at"]) == ("2026-11-23T09:00:10Z", None)
    assert (job["taken_at"], job["generated_at"], job["generated_by"]) == (None, None, "mock")


async def test_latency_without_any_homework_has_no_percentiles(api: Api) -> None:
    figures = await latency(api)
    assert figures["minutes"] == []
    assert figures["hour"] == {
        "count": 0, "by_generator": {"vllm": 0, "mock": 0}, "p50_seconds": None, "p95_seconds": None,
        "p99_seconds": None, "deadline_misses": 0, "fallback_share": None,
    }  # fmt: skip


async def test_percentiles_are_by_nearest_rank_over_all_that_was_stored(api: Api) -> None:
    await written(api, [number / 10 for number in range(1, 101)], deadline_seconds=60)
    hour = (await latency(api))["hour"]
    assert (hour["p50_seconds"], hour["p95_seconds"], hour["p99_seconds"]) == (5.0, 9.5, 9.9)
    assert (hour["count"], hour["fallback_share"]) == (100, 0.0)


async def test_each_minute_has_its_own_figures_and_the_hour_has_all(api: Api) -> None:
    await written(api, [1.5, 2.5, 59.999], by="vllm", deadline_seconds=60)
    await written(api, [61], by="mock", deadline_seconds=60)
    figures = await latency(api)
    assert [
        (minute["minute"], minute["count"], minute["p99_seconds"], minute["fallback_share"])
        for minute in figures["minutes"]
    ] == [("2026-11-23T09:00:00Z", 3, 59.999, 0.0), ("2026-11-23T09:01:00Z", 1, 61.0, 1.0)]
    assert figures["hour"]["by_generator"] == {"vllm": 3, "mock": 1}
    assert figures["hour"]["fallback_share"] == 0.25


async def test_homework_older_than_an_hour_is_left_out(api: Api) -> None:
    await written(api, [1])
    api.clock.advance(3600 + 60)
    figures = await latency(api)
    assert (figures["hour"]["count"], figures["minutes"]) == (0, [])
    assert figures["since"] == "2026-11-23T09:02:00Z"


async def test_homework_that_is_not_there_two_seconds_after_its_deadline_is_a_miss(api: Api) -> None:
    await written(api, [5.5, 7.5], by="mock", deadline_seconds=5)
    assignment = await api.assign(await new_students(api, 2), deadline_seconds=5)
    failed, _open = await api.homework(assignment["id"])
    await api.settle(failed, None)
    api.clock.advance(6)
    assert (await latency(api))["hour"]["deadline_misses"] == 1
    api.clock.advance(2)
    figures = await latency(api)
    assert figures["hour"]["deadline_misses"] == 3
    assert [minute["deadline_misses"] for minute in figures["minutes"]] == [3]


async def test_late_gpu_homework_that_replaces_the_mocks_is_no_miss(api: Api) -> None:
    assignment = await written(api, [5.1], by="vllm", deadline_seconds=5)
    [homework] = await api.homework(assignment["id"])
    await set_(api, homework, available_at=homework.requested_at + timedelta(seconds=30))
    hour = (await latency(api))["hour"]
    assert (hour["p50_seconds"], hour["deadline_misses"]) == (30.0, 0)


async def test_operators_pages_take_the_same_statements_however_much_there_is(api: Api) -> None:
    counts = []
    for _ in range(2):
        await written(api, [1.0] * 20)
        with statements_of(api.db) as statements:
            for path in ("jobs", "latency"):
                assert (await api.client.get(f"/api/ops/{path}")).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] == 5, statements


@pytest.mark.parametrize(
    ("path", "indexes"),
    [
        ("jobs?status=failed", {"ix_homework_status_id"}),
        ("jobs?generator=mock", {"ix_homework_generated_by_id"}),
        ("jobs?assignment_id=1", {"ix_homework_assignment_id_status"}),
        ("latency", {"ix_homework_written_available_at", "ix_homework_unwritten_deadline_at"}),
    ],
)
async def test_every_filter_of_operators_has_an_index(sqlite_api: Api, path: str, indexes: set[str]) -> None:
    with statements_of(sqlite_api.db) as statements:
        assert (await sqlite_api.client.get(f"/api/ops/{path}")).status_code == 200
    used = set()
    for statement in statements:
        plan = await sqlite_api.db.read(partial(explained, statement=statement))
        for looked_up in (row[-1] for row in plan if " homework " in row[-1]):
            assert looked_up.startswith("SEARCH homework USING"), plan
            used |= {word for word in looked_up.split() if word.startswith("ix_")}
    assert used == indexes


def explained(connection: Connection, statement: str) -> list[Any]:
    nothing = (None,) * statement.count("?")
    return list(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", nothing))
