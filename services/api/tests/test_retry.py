"""A retry requests failed homework again and, if wanted, homework that the mock wrote."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, select, update
from sqlmodel import col
from tests.support.api.application import GRACE, Api
from tests.support.api.rows import execute, scalars

from homework_api.database.models import Homework, OutboxEntry
from homework_api.pipeline.deadline_net import DeadlineNet
from homework_shared.exercises.messages import GenerateHomework, decode

ASSIGNMENTS = "/api/teacher/assignments"


async def failed_assignment(api: Api) -> dict[str, Any]:
    """Two of three homework have failed, and the outbox is empty."""
    assignment = await api.assign(await api.add_students(3), deadline_seconds=600)
    first, second, third = await api.homework(assignment["id"])
    await api.settle(first, None)
    await api.settle(second, "vllm")
    await api.settle(third, None)
    await execute(api.db, update(Homework).values(rescues=3, published_at=api.clock()))
    await execute(api.db, delete(OutboxEntry))
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
        "progress": {
            "total": 3,
            "available": 1,
            "failed": 0,
            "by_generator": {"vllm": 1, "mock": 0},
            "submitted": 0,
        },
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


async def test_a_retried_homework_has_an_outbox_row_again(api: Api) -> None:
    before = await failed_assignment(api)
    await api.client.post(f"{ASSIGNMENTS}/{before['id']}/retry")
    first, _, third = await api.homework(before["id"])
    outbox = await scalars(api.db, select(OutboxEntry).order_by(col(OutboxEntry.job_id)))
    jobs = [decode(GenerateHomework, "GenerateHomework", entry.body.encode()) for entry in outbox]
    assert {(job.job_id, job.seed, job.deadline_at) for job in jobs} == {
        (homework.job_id, homework.seed, homework.deadline_at) for homework in (first, third)
    }


async def test_there_is_nothing_to_retry_while_nothing_has_failed(api: Api) -> None:
    assignment = await api.assign(await api.add_students(1))
    answer = await api.client.post(f"{ASSIGNMENTS}/{assignment['id']}/retry", json={})
    assert answer.status_code == 409
    assert "no homework of this assignment has failed" in answer.json()["detail"]


async def test_of_several_retries_at_once_one_takes_effect(api: Api) -> None:
    before = await failed_assignment(api)
    path = f"{ASSIGNMENTS}/{before['id']}/retry"
    answers = await asyncio.gather(*(api.client.post(path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4


@pytest.mark.parametrize(
    "body", [{"replace_mocks": True}, {"replace_mock": "perhaps"}, {"deadline_seconds": 1}, [], "x"]
)
async def test_an_invalid_retry_request_is_refused_and_not_ignored(sqlite_api: Api, body: object) -> None:
    before = await failed_assignment(sqlite_api)
    path = f"{ASSIGNMENTS}/{before['id']}/retry"
    assert (await sqlite_api.client.post(path, json=body)).status_code == 422
    assert await sqlite_api.assignment(before["id"]) == before


async def mixed_assignment(api: Api) -> list[Homework]:
    """Four homework: two by the mock, of which one is started, one by a GPU, and one failed. The outbox is
    empty.
    """
    assignment = await api.assign(await api.add_students(4), deadline_seconds=600)
    writers = ("mock", "vllm", "mock", None)
    for homework, by in zip(await api.homework(assignment["id"]), writers, strict=True):
        await api.settle(homework, by)
    started = (await api.homework(assignment["id"]))[2]
    await api.client.post(f"/api/student/{started.student_id}/homework/{started.id}/start")
    await execute(api.db, delete(OutboxEntry))
    api.clock.advance(3600)
    return await api.homework(assignment["id"])


async def retry(api: Api, assignment_id: int, **body: object) -> httpx.Response:
    return await api.client.post(f"{ASSIGNMENTS}/{assignment_id}/retry", json=body)


async def owed(api: Api) -> dict[UUID, datetime]:
    """The jobs in the outbox, and their deadlines."""
    entries = await scalars(api.db, select(OutboxEntry))
    jobs = [decode(GenerateHomework, "GenerateHomework", entry.body.encode()) for entry in entries]
    assert {entry.job_id: entry.deadline_at for entry in entries} == {j.job_id: j.deadline_at for j in jobs}
    return {job.job_id: job.deadline_at for job in jobs}


async def test_untouched_mock_homework_is_asked_for_again_and_stays_available(api: Api) -> None:
    old = await mixed_assignment(api)
    answer = await retry(api, old[0].assignment_id, replace_mock=True)
    assert answer.status_code == 200, answer.text
    mock, vllm, started, failed = await api.homework(old[0].assignment_id)
    assert (vllm, started) == (old[1], old[2])
    assert (mock.status, mock.generated_by, mock.exercises) == ("available", "mock", old[0].exercises)
    assert (mock.job_id, mock.seed) != (old[0].job_id, old[0].seed)
    assert failed.status == "pending"
    # No GPU is online, so failed homework is due in 5 s. A replacement waits for a GPU, so it has longer.
    assert await owed(api) == {
        mock.job_id: api.clock() + timedelta(seconds=60),
        failed.job_id: api.clock() + timedelta(seconds=5),
    }
    assert answer.json()["deadline_at"] == "2026-11-23T10:00:05Z"


async def test_without_replace_mock_only_what_failed_is_asked_for_again(api: Api) -> None:
    old = await mixed_assignment(api)
    assert (await retry(api, old[0].assignment_id, replace_mock=False)).status_code == 200
    new = await api.homework(old[0].assignment_id)
    assert new[:3] == old[:3]
    assert list(await owed(api)) == [new[3].job_id]


async def test_the_client_may_choose_the_deadline_of_a_retry(api: Api) -> None:
    old = await mixed_assignment(api)
    answer = await retry(api, old[0].assignment_id, replace_mock=True, deadline_seconds=1800)
    new = await api.homework(old[0].assignment_id)
    due = api.clock() + timedelta(seconds=1800)
    assert await owed(api) == {new[0].job_id: due, new[3].job_id: due}
    assert [homework.deadline_at for homework in new] == [due, *(h.deadline_at for h in old[1:3]), due]
    assert answer.json()["deadline_at"] == "2026-11-23T10:30:00Z"


async def completed_by_the_mock(api: Api) -> dict[str, Any]:
    assignment = await api.assign(await api.add_students(2), deadline_seconds=600)
    for homework in await api.homework(assignment["id"]):
        await api.settle(homework, "mock")
    api.clock.advance(10)
    return await api.assignment(assignment["id"])


async def test_a_completed_assignment_stays_completed_while_mock_homework_is_replaced(api: Api) -> None:
    before = await completed_by_the_mock(api)
    answer = await retry(api, before["id"], replace_mock=True)
    assert answer.json() == before == await api.assignment(before["id"])
    assert before["status"] == "completed"
    assert len(api.wakes) == 2


async def test_a_replacement_on_its_way_is_not_asked_for_twice_but_one_that_never_came_is(api: Api) -> None:
    assignment = (await completed_by_the_mock(api))["id"]
    answers = await asyncio.gather(*(retry(api, assignment, replace_mock=True) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    api.clock.advance(59)
    refused = await retry(api, assignment, replace_mock=True)
    assert refused.status_code == 409
    assert "no mock homework is untouched" in refused.json()["detail"]
    api.clock.advance(1)
    assert (await retry(api, assignment, replace_mock=True)).status_code == 200


async def test_the_deadline_net_leaves_homework_alone_that_waits_for_a_replacement(api: Api) -> None:
    assignment = (await completed_by_the_mock(api))["id"]
    await retry(api, assignment, replace_mock=True)
    await execute(api.db, delete(OutboxEntry))
    api.clock.advance(3600)
    net = DeadlineNet(api.db, api.clock, lambda: None, api.events.notify)
    assert await net.rescue() == 0
    assert {homework.status for homework in await api.homework(assignment)} == {"available"}


async def test_students_who_start_during_a_retry_keep_what_they_started(api: Api) -> None:
    assignment = (await completed_by_the_mock(api))["id"]
    old = await api.homework(assignment)
    starts = [f"/api/student/{each.student_id}/homework/{each.id}/start" for each in old]
    first, asked, second = await asyncio.gather(
        api.client.post(starts[0]), retry(api, assignment, replace_mock=True), api.client.post(starts[1])
    )
    assert (first.status_code, second.status_code) == (200, 200)
    assert asked.status_code in {200, 409}
    new = await api.homework(assignment)
    assert {homework.status for homework in new} == {"in_progress"}
    assert [homework.exercises for homework in new] == [homework.exercises for homework in old]
