"""Retry: what failed is asked for again."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col
from tests.support.api import GRACE, Api

from homework_api.models import Homework, OutboxEntry
from homework_shared.messages import GenerateHomework, decode

ASSIGNMENTS = "/api/teacher/assignments"


async def failed_assignment(api: Api) -> dict[str, Any]:
    """Two of three homework have failed, and the outbox is empty."""
    assignment = await api.assign(await api.add_students(3), deadline_seconds=600)
    first, second, third = await api.homework(assignment["id"])
    await api.settle(first, None)
    await api.settle(second, "vllm")
    await api.settle(third, None)
    async with api.db.write() as session:
        await session.execute(update(Homework).values(rescues=3, published_at=api.clock()))
        for entry in await session.scalars(select(OutboxEntry)):
            await session.delete(entry)
    api.wakes.clear()
    api.clock.advance(3600)
    return await api.assignment(assignment["id"])


async def test_only_failed_homework_is_asked_for_again_under_new_job_ids(api: Api) -> None:
    before = await failed_assignment(api)
    assert before["status"] == "failed"
    old = await api.homework(before["id"])
    answer = await api.client.post(f"{ASSIGNMENTS}/{before['id']}/retry")
    assert answer.status_code == 200
    assert answer.json() == await api.assignment(before["id"])
    assert answer.json() == before | {
        "status": "pending",
        "completed_at": None,
        "error_message": None,
        "deadline_at": "2026-11-23T10:00:05Z",
        "progress": {"total": 3, "available": 1, "failed": 0, "by_generator": {"vllm": 1, "mock": 0}},
    }
    new = await api.homework(before["id"])
    assert old[1] == new[1]
    for then, now in ((old[0], new[0]), (old[2], new[2])):
        assert (now.job_id, now.seed) != (then.job_id, then.seed)
        assert (now.status, now.error_message, now.rescues, now.published_at) == ("pending", None, 0, None)
        assert (now.requested_at, now.created_at) == (api.clock(), then.created_at)
        assert now.deadline_at == api.clock() + timedelta(seconds=5)
        assert now.rescue_at == now.deadline_at + GRACE
    assert len(api.wakes) == 1


async def test_a_retried_homework_is_owed_to_the_broker_again(api: Api) -> None:
    before = await failed_assignment(api)
    await api.client.post(f"{ASSIGNMENTS}/{before['id']}/retry")
    first, _, third = await api.homework(before["id"])
    async with api.db.read() as session:
        outbox = (await session.scalars(select(OutboxEntry).order_by(col(OutboxEntry.job_id)))).all()
    jobs = [decode(GenerateHomework, "GenerateHomework", entry.body.encode()) for entry in outbox]
    assert {(job.job_id, job.seed, job.deadline_at) for job in jobs} == {
        (homework.job_id, homework.seed, homework.deadline_at) for homework in (first, third)
    }


async def test_there_is_nothing_to_retry_while_nothing_has_failed(api: Api) -> None:
    assignment = await api.assign(await api.add_students(1))
    answer = await api.client.post(f"{ASSIGNMENTS}/{assignment['id']}/retry", json={})
    assert answer.status_code == 409
    assert "no homework of this assignment has failed" in answer.json()["detail"]


async def test_of_several_retries_at_once_one_asks(api: Api) -> None:
    before = await failed_assignment(api)
    path = f"{ASSIGNMENTS}/{before['id']}/retry"
    answers = await asyncio.gather(*(api.client.post(path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4


@pytest.mark.parametrize("body", [{"replace_mock": True}, {"replace_mock": False}, [], "x"])
async def test_a_body_that_is_not_understood_is_refused_instead_of_ignored(
    sqlite_api: Api, body: object
) -> None:
    before = await failed_assignment(sqlite_api)
    path = f"{ASSIGNMENTS}/{before['id']}/retry"
    assert (await sqlite_api.client.post(path, json=body)).status_code == 422
    assert await sqlite_api.assignment(before["id"]) == before
