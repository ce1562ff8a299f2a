"""Classes: who is in them, and homework that is assigned to all of them."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlmodel import col
from tests.support.api.application import Api, statements_of
from tests.support.api.pause import Pause
from tests.support.api.rows import scalar, scalars

from homework_api.database.models import ClassMember, OutboxEntry
from homework_api.database.queries import classes as class_queries
from homework_api.database.queries.assignments import close_assignments, insert_assignment
from homework_api.schemas.assignments import AssignmentCreate
from homework_api.services import classes
from homework_api.services.acceptance import fingerprint_of

CLASSES = "/api/teacher/classes"
ASSIGNMENTS = "/api/teacher/assignments"
# These functions run in the middle and at the end of the transactions that accept an assignment and delete a
# student.
INSERT = "homework_api.services.acceptance.insert_assignment"
CLOSE = "homework_api.services.students.close_assignments"


async def add_class(api: Api, name: str, *student_ids: int) -> int:
    made = await api.client.post(CLASSES, json={"name": name})
    assert made.status_code == 201, made.text
    class_id: int = made.json()["id"]
    if student_ids:
        await change(api, class_id, add=list(student_ids))
    return class_id


async def change(api: Api, class_id: int, **members: list[int]) -> dict[str, Any]:
    changed = await api.client.patch(f"{CLASSES}/{class_id}/students", json=members)
    assert changed.status_code == 200, changed.text
    return dict(changed.json())


async def members(api: Api, class_id: int) -> list[int]:
    found = (await api.client.get(f"{CLASSES}/{class_id}")).json()
    assert found["size"] == len(found["students"])
    return [student["id"] for student in found["students"]]


async def assign_to(api: Api, class_id: int) -> httpx.Response:
    return await api.client.post(ASSIGNMENTS, json={"cefr_level": "A2", "class_id": class_id})


async def test_a_class_is_created_filled_read_renamed_and_deleted(api: Api) -> None:
    ada, bea = await api.add_students(2)
    made = await api.client.post(CLASSES, json={"name": " 2B "})
    class_id = made.json()["id"]
    known = {"id": class_id, "name": "2B", "created_at": "2026-11-23T09:00:00Z"}
    assert (made.status_code, made.json()) == (201, known | {"size": 0})
    assert await change(api, class_id, add=[bea, ada]) == known | {"size": 2}
    found = (await api.client.get(f"{CLASSES}/{class_id}")).json()
    everybody = (await api.client.get("/api/teacher/students")).json()
    assert found == known | {"size": 2, "students": everybody[::-1]}
    renamed = await api.client.patch(f"{CLASSES}/{class_id}", json={"name": "3B"})
    assert renamed.json() == known | {"name": "3B", "size": 2}
    assert (await api.client.delete(f"{CLASSES}/{class_id}")).status_code == 204
    assert (await api.client.get(f"{CLASSES}/{class_id}")).status_code == 404
    assert len((await api.client.get("/api/teacher/students")).json()) == 2
    assert await scalar(api.db, select(func.count()).select_from(ClassMember)) == 0


async def test_classes_are_listed_newest_first_and_in_pages(api: Api) -> None:
    [student] = await api.add_students(1)
    ids = [await add_class(api, f"{number}A", student) for number in range(5)]
    everything = await api.client.get(CLASSES)
    page = await api.client.get(CLASSES, params={"limit": 2, "before_id": ids[4]})
    assert [one["id"] for one in everything.json()] == ids[::-1]
    assert [(one["id"], one["size"]) for one in page.json()] == [(ids[3], 1), (ids[2], 1)]
    await api.client.delete(f"{CLASSES}/{ids[0]}")
    last = await api.client.get(CLASSES, params={"limit": 1})
    assert [answer.headers["X-Total-Count"] for answer in (everything, page, last)] == ["5", "5", "4"]


async def test_a_student_may_be_in_several_classes(api: Api) -> None:
    ada, bea = await api.add_students(2)
    first, second = await add_class(api, "2B", ada, bea), await add_class(api, "Choir", bea)
    assert (await members(api, first), await members(api, second)) == ([ada, bea], [bea])


@pytest.mark.parametrize(("first", "second"), [("2b", "2B"), ("Città", "CITTÀ"), ("Straße", "STRASSE")])
async def test_names_are_compared_without_regard_to_case(api: Api, first: str, second: str) -> None:
    class_id = await add_class(api, first)
    taken = await api.client.post(CLASSES, json={"name": second})
    assert taken.status_code == 409
    assert "choose another name" in taken.json()["detail"]
    other = await add_class(api, "other")
    assert (await api.client.patch(f"{CLASSES}/{other}", json={"name": second})).status_code == 409
    own = await api.client.patch(f"{CLASSES}/{class_id}", json={"name": second})
    assert (own.status_code, own.json()["name"]) == (200, second), "a class may change the case of its name"


async def test_of_many_classes_of_one_name_at_once_exactly_one_is_created(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.client.post(CLASSES, json={"name": name}) for name in ["2b", "2B"] * 4)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_students_are_added_and_removed_in_one_step_and_twice_is_once(api: Api) -> None:
    ada, bea, cia = await api.add_students(3)
    class_id = await add_class(api, "2B", ada, bea)
    for _ in range(2):
        assert (await change(api, class_id, add=[cia, bea], remove=[ada]))["size"] == 2
        assert await members(api, class_id) == [bea, cia]


async def test_unknown_students_are_named_and_nothing_is_changed(api: Api) -> None:
    ada, bea = await api.add_students(2)
    class_id = await add_class(api, "2B", ada)
    for body in ({"add": [bea, 4711]}, {"add": [bea], "remove": [ada, 4711]}):
        answer = await api.client.patch(f"{CLASSES}/{class_id}/students", json=body)
        detail = {"detail": "One or more students not found: 4711"}
        assert (answer.status_code, answer.json()) == (404, detail)
    assert await members(api, class_id) == [ada]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {}, 422),
        ("POST", "", {"name": "  "}, 422),
        ("POST", "", {"name": "\u200b"}, 422),
        ("POST", "", {"name": "x" * 101}, 422),
        ("PATCH", "/1/students", {}, 422),
        ("PATCH", "/1/students", {"add": [], "remove": []}, 422),
        ("PATCH", "/1/students", {"add": [7], "remove": [7]}, 422),
        ("PATCH", "/1/students", {"add": [0]}, 422),
        ("PATCH", "/1/students", {"added": [7]}, 422),
        ("PATCH", "/0/students", {"add": [7]}, 422),
        ("PATCH", "/1/students", {"add": [7]}, 404),
        ("PATCH", "/1", {"name": "2B"}, 404),
        ("DELETE", "/1", None, 404),
        ("GET", f"/{2**53 - 1}", None, 404),
    ],
)
async def test_invalid_requests_about_classes_are_refused_with_a_detail(
    sqlite_api: Api, method: str, path: str, body: object, status: int
) -> None:
    answer = await sqlite_api.client.request(method, CLASSES + path, json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_a_class_has_room_for_so_many_and_no_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "MAX_STUDENTS", 2)
    ada, bea, cia = await api.add_students(3)
    class_id = await add_class(api, "2B", ada, bea)
    full = await api.client.patch(f"{CLASSES}/{class_id}/students", json={"add": [cia]})
    assert full.status_code == 409
    assert await members(api, class_id) == [ada, bea]
    assert (await change(api, class_id, add=[cia], remove=[ada]))["size"] == 2


async def test_a_class_gets_homework_for_all_who_are_in_it_at_that_moment(api: Api) -> None:
    ada, bea, cia = await api.add_students(3)
    class_id = await add_class(api, "2B", bea, ada)
    made = (await assign_to(api, class_id)).json()
    assert (made["student_ids"], made["class_id"], made["progress"]["total"]) == ([ada, bea], class_id, 2)
    await change(api, class_id, add=[cia], remove=[ada])
    assert await api.assignment(made["id"]) == made
    assert [one["class_id"] for one in (await api.client.get(ASSIGNMENTS)).json()] == [class_id]
    assert (await api.assign([ada]))["class_id"] is None


async def test_homework_of_a_deleted_class_stays(api: Api) -> None:
    ada, bea = await api.add_students(2)
    class_id = await add_class(api, "2B", ada, bea)
    made = (await assign_to(api, class_id)).json()
    await api.client.delete(f"{CLASSES}/{class_id}")
    assert await api.assignment(made["id"]) == made | {"class_id": None}
    assert await add_class(api, "2B") > class_id, "the id of a deleted class is never given again"


async def test_a_deleted_student_is_in_no_class_any_more(api: Api) -> None:
    ada, bea = await api.add_students(2)
    class_id = await add_class(api, "2B", ada, bea)
    assert (await api.client.delete(f"/api/teacher/students/{ada}")).status_code == 204
    assert await members(api, class_id) == [bea]


async def test_an_empty_class_and_an_unknown_one_are_refused_with_a_sentence(api: Api) -> None:
    class_id = await add_class(api, "2B")
    empty, unknown = await assign_to(api, class_id), await assign_to(api, 4711)
    assert (empty.status_code, unknown.status_code) == (409, 404)
    assert empty.json()["detail"].startswith("This class has no students: add students with PATCH")
    assert unknown.json() == {"detail": "Class not found"}


@pytest.mark.parametrize(
    "whom", [{}, {"student_ids": None}, {"student_ids": [1], "class_id": 1}, {"student_ids": []}]
)
async def test_homework_is_for_students_or_for_a_class(sqlite_api: Api, whom: dict[str, Any]) -> None:
    answer = await sqlite_api.client.post(ASSIGNMENTS, json={"cefr_level": "A2", **whom})
    assert answer.status_code == 422
    assert "student_ids" in answer.text


async def test_a_null_field_counts_as_not_given(api: Api) -> None:
    [ada] = await api.add_students(1)
    class_id = await add_class(api, "2B", ada)
    for whom in ({"student_ids": [ada], "class_id": None}, {"student_ids": None, "class_id": class_id}):
        answer = await api.client.post(ASSIGNMENTS, json={"cefr_level": "A2", **whom})
        assert (answer.status_code, answer.json()["student_ids"]) == (201, [ada])


async def test_the_same_key_for_the_same_class_makes_one_assignment_whoever_joined_meanwhile(
    api: Api,
) -> None:
    ada, bea = await api.add_students(2)
    class_id = await add_class(api, "2B", ada)
    body = {"cefr_level": "A2", "class_id": class_id}
    first = await api.client.post(ASSIGNMENTS, json=body, headers={"Idempotency-Key": "k"})
    await change(api, class_id, add=[bea])
    again = await api.client.post(ASSIGNMENTS, json=body, headers={"Idempotency-Key": "k"})
    assert (again.headers["Idempotency-Replayed"], again.json()) == ("true", first.json())
    by_name = {"cefr_level": "A2", "student_ids": [ada]}
    other = await api.client.post(ASSIGNMENTS, json=by_name, headers={"Idempotency-Key": "k"})
    assert other.status_code == 409


def test_a_request_of_the_version_before_has_the_fingerprint_that_it_had() -> None:
    before = AssignmentCreate.model_validate({"cefr_level": "A2", "student_ids": [1, 2], "topic": "il cibo"})
    assert fingerprint_of(before) == "cab990e20e68af19950fb9f2e35dfbd42e5b886f55225a0d83c544288d6cae3d"


async def test_a_class_of_30_costs_no_more_statements_than_30_students(api: Api) -> None:
    everybody = await api.add_students(30)
    class_id = await add_class(api, "2B", *everybody)
    counts = []
    for whom in ({"student_ids": everybody}, {"class_id": class_id}):
        with statements_of(api.db) as statements:
            answer = await api.client.post(ASSIGNMENTS, json={"cefr_level": "A1", **whom})
        assert answer.status_code == 201
        counts.append(len(statements))
    assert counts[0] == counts[1], statements


async def test_changing_who_is_in_a_class_takes_the_same_statements_for_any_number(api: Api) -> None:
    everybody = await api.add_students(40)
    class_id = await add_class(api, "2B", *everybody[:5])
    counts = []
    for add, remove in ((everybody[5:6], everybody[:1]), (everybody[6:], everybody[1:5])):
        with statements_of(api.db) as statements:
            await change(api, class_id, add=add, remove=remove)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6, statements


async def test_a_student_who_is_deleted_while_the_class_gets_homework_is_deleted_with_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bea = await api.add_students(2)
    class_id = await add_class(api, "2B", ada, bea)
    pause = Pause(api)
    monkeypatch.setattr(INSERT, pause.before(insert_assignment))
    assigning = asyncio.create_task(assign_to(api, class_id))
    await pause.reached()
    deleting = asyncio.create_task(api.client.delete(f"/api/teacher/students/{ada}"))
    await pause.go_on_once_another_waits()
    made = await assigning
    assert (made.status_code, made.json()["student_ids"]) == (201, [ada, bea])
    assert (await deleting).status_code == 204
    assert (await api.assignment(made.json()["id"]))["student_ids"] == [bea]
    assert await scalar(api.db, select(func.count()).select_from(OutboxEntry)) == 1


async def test_homework_for_a_class_waits_for_a_student_who_is_being_deleted(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bea = await api.add_students(2)
    class_id = await add_class(api, "2B", ada, bea)
    pause = Pause(api)
    monkeypatch.setattr(CLOSE, pause.after(close_assignments))
    deleting = asyncio.create_task(api.client.delete(f"/api/teacher/students/{ada}"))
    await pause.reached()
    assigning = asyncio.create_task(assign_to(api, class_id))
    await pause.go_on_once_another_waits()
    assert (await deleting).status_code == 204
    made = await assigning
    assert (made.status_code, made.json()["student_ids"]) == (201, [bea])


async def test_homework_for_a_class_that_is_being_deleted_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_id = await add_class(api, "2B", *await api.add_students(2))
    pause = Pause(api)
    monkeypatch.setattr(class_queries, "delete_class", pause.after(class_queries.delete_class))
    deleting = asyncio.create_task(api.client.delete(f"{CLASSES}/{class_id}"))
    await pause.reached()
    assigning = asyncio.create_task(assign_to(api, class_id))
    await pause.go_on_once_another_waits()
    assert ((await deleting).status_code, (await assigning).status_code) == (204, 404)


async def test_a_class_that_is_deleted_while_it_gets_homework_leaves_the_homework(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = await api.add_students(2)
    class_id = await add_class(api, "2B", *everybody)
    pause = Pause(api)
    monkeypatch.setattr(INSERT, pause.before(insert_assignment))
    assigning = asyncio.create_task(assign_to(api, class_id))
    await pause.reached()
    deleting = asyncio.create_task(api.client.delete(f"{CLASSES}/{class_id}"))
    await pause.go_on_once_another_waits()
    made, gone = await assigning, await deleting
    assert (made.status_code, gone.status_code) == (201, 204)
    assert (await api.assignment(made.json()["id"]))["class_id"] is None


async def test_concurrent_changes_of_a_class_are_serialised(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bea, cia = await api.add_students(3)
    class_id = await add_class(api, "2B", ada)
    pause = Pause(api)
    monkeypatch.setattr(class_queries, "add_members", pause.after(class_queries.add_members))
    first = asyncio.create_task(change(api, class_id, add=[bea, cia]))
    await pause.reached()
    second = asyncio.create_task(change(api, class_id, add=[cia, bea], remove=[ada]))
    await pause.go_on_once_another_waits()
    assert [(await each)["size"] for each in (first, second)] == [3, 2]
    stored = await scalars(api.db, select(col(ClassMember.student_id)).order_by(col(ClassMember.student_id)))
    assert stored == [bea, cia]
