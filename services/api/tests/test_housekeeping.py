"""Housekeeping keeps tables from growing without a limit, and deletes nothing that a client may still
request.
"""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlmodel import SQLModel, col
from tests.support.api.application import Api, statements_of
from tests.support.api.rows import execute, rows, scalars

from homework_api.database import models
from homework_api.pipeline import housekeeping
from homework_api.pipeline.housekeeping import BATCH, KEY_LIFETIME, Housekeeping

# What limits the growth of each table. A new table needs an entry here, and perhaps a rule.
RULES = {
    "teachers": "operators make them one by one, and delete them",
    "students": "kept until a teacher deletes them",
    "classes": "kept until a teacher deletes them",
    "class_members": "goes with its student or its class",
    "assignments": "kept until a teacher deletes them, or for RETENTION_DAYS after their end",
    "homework": "goes with its student or its assignment",
    "outbox": "the relay deletes what the broker confirmed, housekeeping what nobody waits for",
    "student_links": "one for each student: a new one takes its place",
    "student_sessions": "one for each link that was used; what has ended goes at the next one of the student",
    "teacher_links": "one for each teacher: a new one takes its place",
    "teacher_sessions": "one for each sign-in; what has ended goes at the next one of the teacher",
    "api_keys": "operators make them one by one; revoked ones stay, to say who could do what and until when",
    "decisions": "teachers make them one by one; they go with their assignment or its last student concerned",
    "audit_log": "one row for each act of a person; housekeeping deletes them after three years",
    "erasures": "one small row for each student who was deleted, without a name: a restore needs it",
    "tallies": "one row for each status, writer and, on PostgreSQL, a connection's shard",
    "idempotency_keys": "housekeeping deletes them after 48 hours",
    "installation": "one row, which the migrations make",
}


def test_every_table_has_a_rule_that_bounds_it() -> None:
    assert models.Homework.__tablename__ in SQLModel.metadata.tables
    assert set(SQLModel.metadata.tables) == set(RULES)


async def post(api: Api, key: str, student_ids: list[int]) -> dict[str, Any]:
    answer = await api.client.post(
        "/api/teacher/assignments",
        json={"cefr_level": "A1", "student_ids": student_ids},
        headers={"Idempotency-Key": key},
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def unpublished(api: Api) -> set[UUID]:
    return set(await scalars(api.db, select(col(models.OutboxEntry.job_id))))


async def retry(api: Api, assignment_id: int, **body: Any) -> None:
    answer = await api.client.post(f"/api/teacher/assignments/{assignment_id}/retry", json=body)
    assert answer.status_code == 200, answer.text


async def test_an_idempotency_key_is_kept_for_48_hours_and_then_forgotten(api: Api) -> None:
    keeper, students = Housekeeping(api.db, api.clock), await api.add_students(1)
    first = await post(api, "monday", students)
    api.clock.advance(KEY_LIFETIME.total_seconds())
    second = await post(api, "wednesday", students)
    assert (await keeper.tidy())["idempotency_keys"] == 0
    assert (await post(api, "monday", students))["id"] == first["id"]
    api.clock.advance(1)
    assert (await keeper.tidy())["idempotency_keys"] == 1
    assert (await post(api, "wednesday", students))["id"] == second["id"]
    assert (await post(api, "monday", students))["id"] not in {first["id"], second["id"]}


async def test_the_key_of_a_deleted_assignment_is_forgotten_too(api: Api) -> None:
    made = await post(api, "monday", await api.add_students(1))
    await api.client.delete(f"/api/teacher/assignments/{made['id']}")
    api.clock.advance(KEY_LIFETIME.total_seconds() + 1)
    assert (await Housekeeping(api.db, api.clock).tidy())["idempotency_keys"] == 1


async def test_outbox_rows_of_open_homework_are_kept_however_old(api: Api) -> None:
    assignment = await api.assign(await api.add_students(3))
    owed = {homework.job_id for homework in await api.homework(assignment["id"])}
    api.clock.advance(timedelta(days=365).total_seconds())
    await Housekeeping(api.db, api.clock).tidy()
    assert await unpublished(api) == owed


@pytest.mark.parametrize("by", ["mock", "vllm", None])
async def test_outbox_rows_of_written_or_failed_homework_are_deleted(api: Api, by: str | None) -> None:
    assignment = await api.assign(await api.add_students(2))
    written, still_open = await api.homework(assignment["id"])
    await api.settle(written, by)
    await Housekeeping(api.db, api.clock).tidy()
    assert await unpublished(api) == {still_open.job_id}


async def test_after_a_retry_only_the_outbox_row_of_the_last_job_is_kept(api: Api) -> None:
    assignment = await api.assign(await api.add_students(1))
    [homework] = await api.homework(assignment["id"])
    await api.settle(homework, None)
    await retry(api, assignment["id"])
    [again] = await api.homework(assignment["id"])
    assert await unpublished(api) == {homework.job_id, again.job_id}
    await Housekeeping(api.db, api.clock).tidy()
    assert await unpublished(api) == {again.job_id}


async def test_the_outbox_row_of_a_requested_replacement_is_kept(api: Api) -> None:
    assignment = await api.assign(await api.add_students(1))
    await api.settle((await api.homework(assignment["id"]))[0], "mock")
    api.clock.advance(1)
    await retry(api, assignment["id"], replace_mock=True)
    [asked_again] = await api.homework(assignment["id"])
    await Housekeeping(api.db, api.clock).tidy()
    assert await unpublished(api) == {asked_again.job_id}


async def test_many_rows_go_in_batches_of_one_statement_each(api: Api) -> None:
    keys = [{"key": f"k{n}", "fingerprint": "f", "created_at": api.clock()} for n in range(2 * BATCH + 1)]
    await execute(api.db, insert(models.IdempotencyKey), keys)
    api.clock.advance(KEY_LIFETIME.total_seconds() + 1)
    with statements_of(api.db) as statements:
        pruned = await Housekeeping(api.db, api.clock).tidy()
    assert pruned == {"idempotency_keys": 2 * BATCH + 1, "outbox": 0, "audit_log": 0, "assignments": 0}
    assert len(statements) == 5, statements


async def test_old_keys_and_the_homework_of_an_outbox_row_are_found_by_their_indexes(sqlite_api: Api) -> None:
    with statements_of(sqlite_api.db) as statements:
        await Housekeeping(sqlite_api.db, sqlite_api.clock).tidy()
    plans = [await plan(sqlite_api, statement) for statement in statements]
    assert "ix_idempotency_keys_created_at" in plans[0]
    assert "SCAN homework" not in plans[1]


async def plan(api: Api, statement: str) -> str:
    named = statement
    for place in range(named.count("?")):
        named = named.replace("?", f":p{place}", 1)
    values = {f"p{place}": "1" for place in range(named.count(":p"))}
    found = await rows(api.db, text(f"EXPLAIN QUERY PLAN {named}"), values)
    return "\n".join(str(row) for row in found)


async def test_housekeeping_runs_again_and_again_until_it_is_stopped(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "EVERY_SECONDS", 0.01)
    stop = asyncio.Event()
    tidying = asyncio.create_task(Housekeeping(sqlite_api.db, sqlite_api.clock).run(stop))
    for _ in range(2):
        key = {"key": uuid4().hex, "fingerprint": "f", "created_at": sqlite_api.clock() - 2 * KEY_LIFETIME}
        await execute(sqlite_api.db, insert(models.IdempotencyKey), [key])
        async with asyncio.timeout(30):
            while await is_there(sqlite_api, str(key["key"])):
                await asyncio.sleep(0.01)
    stop.set()
    await tidying


async def is_there(api: Api, key: str) -> bool:
    keys = select(models.IdempotencyKey).where(col(models.IdempotencyKey.key) == key)
    return bool(await scalars(api.db, keys))


async def test_housekeeping_waits_for_a_database_that_is_away(
    broken_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "EVERY_SECONDS", 0.01)
    stop = asyncio.Event()
    tidying = asyncio.create_task(Housekeeping(broken_api.db, broken_api.clock).run(stop))
    await asyncio.sleep(0.1)
    assert not tidying.done()
    stop.set()
    await tidying
