"""Operators create, rename and delete teachers, and teachers have keys."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, text, update
from sqlmodel import col
from tests.support.api.application import Api, api_over
from tests.support.api.rows import execute, rows

from homework_api.database.credentials import ApiKey
from homework_api.database.models import RowCount
from homework_api.database.queries import teachers as queries
from homework_api.domain.access import FIRST_TEACHER, Scope
from homework_api.domain.errors import StudentNotFound, TeacherNotFound

TEACHERS, KEYS = "/api/ops/teachers", "/api/ops/keys"
ADMIN_KEY = "a" * 32
TEACHER = frozenset({Scope.TEACHER})


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[Api]:
    """The API for an administrator whose key is in the settings."""
    async with api_over(database_url, admin_key=SecretStr(ADMIN_KEY)) as api:
        api.client.headers["Authorization"] = f"Bearer {ADMIN_KEY}"
        yield api


async def add(api: Api, name: str) -> int:
    answer = await api.client.post(TEACHERS, json={"name": name})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def names(api: Api) -> list[str]:
    return [one["name"] for one in (await api.client.get(TEACHERS)).json()]


async def test_the_first_teacher_is_there_and_others_come_after(api: Api) -> None:
    assert await names(api) == ["First teacher"]
    assert await add(api, "Anna") == 2
    renamed = await api.client.patch(f"{TEACHERS}/{FIRST_TEACHER}", json={"name": "Bea"})
    assert (renamed.status_code, renamed.json()["id"]) == (200, FIRST_TEACHER)
    assert await names(api) == ["Bea", "Anna"]


async def test_two_teachers_do_not_have_one_name_in_whatever_case(api: Api) -> None:
    anna, carla = await add(api, "Anna"), await add(api, "Carla")
    assert (await api.client.post(TEACHERS, json={"name": "ANNA"})).status_code == 409
    assert (await api.client.patch(f"{TEACHERS}/{carla}", json={"name": "anna"})).status_code == 409
    assert (await api.client.patch(f"{TEACHERS}/{anna}", json={"name": "ANNA"})).status_code == 200
    assert await names(api) == ["First teacher", "ANNA", "Carla"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_an_unknown_teacher_is_not_found(sqlite_api: Api, method: str) -> None:
    body = {"name": "x"} if method == "PATCH" else None
    answer = await sqlite_api.client.request(method, f"{TEACHERS}/4711", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Teacher not found")


async def test_a_teacher_who_has_nothing_is_deleted_with_their_keys(admin: Api) -> None:
    anna = await add(admin, "Anna")
    made = await admin.client.post(KEYS, json={"name": "Anna", "rights": ["teacher"], "teacher_id": anna})
    header = {"Authorization": f"Bearer {made.json()['key']}"}
    assert (await admin.client.get("/api/teacher/students", headers=header)).status_code == 200
    assert (await admin.client.delete(f"{TEACHERS}/{anna}")).status_code == 204
    assert (await admin.client.get("/api/teacher/students", headers=header)).status_code == 401
    assert await names(admin) == ["First teacher"]
    assert await add(admin, "Anna") > anna, "an id is never given again"


@pytest.mark.parametrize("what", ["students", "classes", "assignments"])
async def test_a_teacher_who_has_something_is_not_deleted(admin: Api, what: str) -> None:
    anna = await add(admin, "Anna")
    admin.client.headers["Teacher-Id"] = str(anna)
    if what == "classes":
        await admin.client.post("/api/teacher/classes", json={"name": "2B"})
    else:
        [student] = await admin.add_students(1)
        if what == "assignments":
            await admin.assign([student])
            await admin.client.delete(f"/api/teacher/students/{student}")
    refused = await admin.client.delete(f"{TEACHERS}/{anna}")
    assert (refused.status_code, "delete them first" in refused.text) == (409, True)
    for each in (await admin.client.get(f"/api/teacher/{what}")).json():
        await admin.client.delete(f"/api/teacher/{what}/{each['id']}")
    assert (await admin.client.delete(f"{TEACHERS}/{anna}")).status_code == 204
    left = await rows(admin.db, RowCount.__table__.select().where(col(RowCount.name).endswith(f"/{anna}")))  # type: ignore[attr-defined]
    assert left == []


async def test_a_teacher_who_gets_a_student_during_the_deletion_is_not_deleted(
    admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await add(admin, "Anna")
    monkeypatch.setattr(queries, "owns_anything", lambda *_: False)  # It checked before the student existed.
    admin.client.headers["Teacher-Id"] = str(anna)
    await admin.add_students(1)
    assert (await admin.client.delete(f"{TEACHERS}/{anna}")).status_code == 409
    assert await names(admin) == ["First teacher", "Anna"]


async def test_the_first_teacher_stays(api: Api) -> None:
    refused = await api.client.delete(f"{TEACHERS}/{FIRST_TEACHER}")
    assert (refused.status_code, "PATCH" in refused.text) == (409, True)
    assert await names(api) == ["First teacher"]


async def test_a_key_belongs_to_the_teacher_whom_it_names_or_whose_key_makes_it(admin: Api) -> None:
    anna = await add(admin, "Anna")
    both = {"name": "office", "rights": ["teacher", "ops"], "teacher_id": anna}
    office = (await admin.client.post(KEYS, json=both)).json()
    assert office["teacher_id"] == anna
    header = {"Authorization": f"Bearer {office['key']}"}
    for body, owner in (
        ({"rights": ["teacher"]}, anna),
        ({"rights": ["teacher"], "teacher_id": FIRST_TEACHER}, FIRST_TEACHER),
        ({"rights": ["ops"]}, None),
    ):
        made = await admin.client.post(KEYS, json={"name": "x", **body}, headers=header)
        assert made.json()["teacher_id"] == owner
    plain = await admin.client.post(KEYS, json={"name": "x", "rights": ["teacher"]})
    assert plain.json()["teacher_id"] == FIRST_TEACHER


async def test_a_students_key_is_of_the_students_teacher(admin: Api) -> None:
    anna = await add(admin, "Anna")
    admin.client.headers["Teacher-Id"] = str(anna)
    [student] = await admin.add_students(1)
    made = (await admin.client.post(KEYS, json={"name": "x", "student_id": student})).json()
    assert made["teacher_id"] == anna
    # A key that names another teacher does not reach this student either.
    for wrong in (FIRST_TEACHER, 4711):
        with pytest.raises(StudentNotFound if wrong == FIRST_TEACHER else TeacherNotFound):
            await admin.keys.create("x", TEACHER, student, None, wrong)


async def test_a_key_of_the_version_before_is_the_first_teachers(admin: Api) -> None:
    anna = await add(admin, "Anna")
    made = await admin.keys.create("old", TEACHER, None, None, anna)
    await execute(admin.db, update(ApiKey).values(teacher_id=None))
    header = {"Authorization": f"Bearer {made.text}", "Teacher-Id": str(FIRST_TEACHER)}
    assert (await admin.client.get("/api/teacher/students", headers=header)).status_code == 200
    assert [key["teacher_id"] for key in (await admin.client.get(KEYS)).json()] == [FIRST_TEACHER]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"rights": ["teacher"], "teacher_id": 4711}, 404),
        ({"rights": ["ops"], "teacher_id": 1}, 422),
        ({"student_id": 1, "teacher_id": 1}, 422),
        ({"rights": ["teacher"], "teacher_id": 0}, 422),
    ],
)
async def test_a_key_for_a_wrong_teacher_is_refused(admin: Api, body: dict[str, Any], status: int) -> None:
    answer = await admin.client.post(KEYS, json={"name": "x", **body})
    assert (answer.status_code, await admin.keys.all()) == (status, [])


async def test_the_same_pupil_added_twice_at_once_is_one_for_each_teacher(admin: Api) -> None:
    anna = await add(admin, "Anna")
    body = {"name": "Ada", "email": "ada@example.org"}
    answers = await asyncio.gather(
        *(
            admin.client.post("/api/teacher/students", json=body, headers={"Teacher-Id": str(teacher)})
            for teacher in (FIRST_TEACHER, anna) * 4
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [400] * 6


async def test_a_row_that_names_no_teacher_is_the_first_ones(api: Api) -> None:
    """A process of the previous version writes such a row."""
    await add(api, "Anna")
    await execute(
        api.db, text("INSERT INTO classes (name, name_key, created_at) VALUES ('2B', '2b', '2026-11-23')")
    )
    for teacher, total in ((FIRST_TEACHER, "1"), (2, "0")):
        listed = await api.client.get("/api/teacher/classes", headers={"Teacher-Id": str(teacher)})
        assert listed.headers["X-Total-Count"] == total
    await execute(api.db, delete(ApiKey))
