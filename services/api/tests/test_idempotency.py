"""A request that is repeated with the same `Idempotency-Key` takes effect once."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.support.api.application import Api, api_over
from tests.support.api.rows import rows, scalars

from homework_api.database.models import HOMEWORK, IDEMPOTENCY_KEYS

ASSIGNMENTS = "/api/teacher/assignments"


async def post(api: Api, key: str | bytes, **body: Any) -> httpx.Response:
    raw = key.encode() if isinstance(key, str) else key
    return await api.client.post(
        ASSIGNMENTS, json={"cefr_level": "A1", **body}, headers={b"Idempotency-Key": raw}
    )


async def test_the_same_request_again_gives_the_same_assignment(api: Api) -> None:
    students = await api.add_students(2)
    first = await post(api, "monday", student_ids=students)
    again = await post(api, "monday", student_ids=students)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(await api.homework(first.json()["id"])) == 2
    assert len(api.wakes) == 1


async def test_a_replay_shows_the_assignment_as_it_is_now(api: Api) -> None:
    students = await api.add_students(1)
    first = await post(api, "monday", student_ids=students)
    [homework] = await api.homework(first.json()["id"])
    await api.settle(homework)
    again = await post(api, "monday", student_ids=students)
    assert again.json()["status"] == "completed"
    assert again.json() == await api.assignment(first.json()["id"])


async def test_a_default_written_out_is_still_the_same_request(sqlite_api: Api) -> None:
    students = await sqlite_api.add_students(1)
    first = await post(sqlite_api, "monday", student_ids=students)
    again = await post(sqlite_api, "monday", student_ids=students * 2, quantity=5, topic=" ")
    assert again.json() == first.json()


async def test_another_request_with_the_same_key_is_refused_with_409(api: Api) -> None:
    students = await api.add_students(2)
    await post(api, "monday", student_ids=students)
    for other in ({"student_ids": students[:1]}, {"student_ids": students, "quantity": 6}):
        answer = await post(api, "monday", **other)
        assert answer.status_code == 409
        assert "use a new key" in answer.json()["detail"]


async def test_the_key_of_a_deleted_assignment_is_refused_with_409(api: Api) -> None:
    students = await api.add_students(1)
    first = await post(api, "monday", student_ids=students)
    await api.client.delete(f"{ASSIGNMENTS}/{first.json()['id']}")
    answer = await post(api, "monday", student_ids=students)
    assert answer.status_code == 409
    assert "deleted" in answer.json()["detail"]


async def test_a_refused_request_does_not_use_up_its_key(api: Api) -> None:
    assert (await post(api, "monday", student_ids=[4711])).status_code == 404
    students = await api.add_students(1)
    assert (await post(api, "monday", student_ids=students)).status_code == 201


async def test_equal_requests_sent_at_once_make_one_assignment(api: Api) -> None:
    students = await api.add_students(3)
    answers = await asyncio.gather(*(post(api, "monday", student_ids=students) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 9
    assert (await api.client.get(ASSIGNMENTS)).headers["X-Total-Count"] == "1"


async def test_equal_requests_sent_to_two_processes_make_one_assignment(api: Api, database_url: str) -> None:
    students = await api.add_students(3)
    async with api_over(database_url) as other:
        for number in range(5):
            answers = await asyncio.gather(
                *(post(each, f"k{number}", student_ids=students) for each in (api, other) * 3)
            )
            assert {answer.status_code for answer in answers} == {201}
            assert len({answer.json()["id"] for answer in answers}) == 1


async def test_keys_are_independent_and_a_request_without_one_is_never_a_replay(sqlite_api: Api) -> None:
    students = await sqlite_api.add_students(1)
    ids = {(await post(sqlite_api, key, student_ids=students)).json()["id"] for key in ("a", "A", "b c")}
    ids |= {(await sqlite_api.assign(students))["id"] for _ in range(2)}
    assert len(ids) == 5


@pytest.mark.parametrize(
    ("key", "status"), [("", 422), ("x" * 200, 201), ("x" * 201, 422), (b"\xe8", 422), ("a\tb", 422)]
)
async def test_a_key_is_1_to_200_printable_characters(sqlite_api: Api, key: str | bytes, status: int) -> None:
    students = await sqlite_api.add_students(1)
    assert (await post(sqlite_api, key, student_ids=students)).status_code == status


async def keys_in(api: Api) -> set[str]:
    return set(await scalars(api.db, select(IDEMPOTENCY_KEYS.c.key)))


async def test_records_of_requests_for_a_deleted_student_alone_go_with_the_student(api: Api) -> None:
    gone, stays = await api.add_students(2)
    for key, ids in {"alone": [gone], "both": [gone, stays], "other": [stays]}.items():
        await post(api, key, student_ids=ids)
    await api.client.delete(f"/api/teacher/students/{gone}")
    assert await keys_in(api) == {"both", "other"}
    again = await post(api, "both", student_ids=[gone, stays])
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert (await post(api, "alone", student_ids=[gone])).status_code == 404
    assert len(await rows(api.db, select(HOMEWORK.c.id))) == 2, "the classmate has no homework twice"


async def test_of_a_class_that_is_deleted_one_by_one_the_last_takes_the_record_along(api: Api) -> None:
    students = await api.add_students(3)
    await post(api, "class", student_ids=students)
    for student in students:
        assert await keys_in(api) == {"class"}
        await api.client.delete(f"/api/teacher/students/{student}")
    assert await keys_in(api) == set()
