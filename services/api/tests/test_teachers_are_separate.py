"""Two teachers share one service. The objects of one do not exist for the other, nor for the other's
students.
"""

import itertools
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, select
from sqlmodel import SQLModel
from tests.support.api.application import Api, api_over
from tests.support.api.bodies import BODIES

from homework_api.database.queries.results import lock_retryable
from homework_api.domain.access import FIRST_TEACHER, Reach, Scope
from homework_api.schemas.teachers import TeacherName

ADMIN_KEY = "a" * 32
TEACHER = frozenset({Scope.TEACHER})
SECOND = 2

LISTS = {"GET /api/teacher/students", "GET /api/teacher/classes", "GET /api/teacher/assignments"}
MAKES = {"POST /api/teacher/students", "POST /api/teacher/classes", "POST /api/teacher/assignments"}
WITH_A_LINK = "POST /api/teacher-session"
"""This route takes a link and no key."""
SESSIONS = {
    "POST /api/teacher/link",
    WITH_A_LINK,
    "GET /api/teacher-session",
    "DELETE /api/teacher-session",
    # test_teacher_sessions.py shows that the sessions of another teacher continue.
    "DELETE /api/teacher/sessions",
}
"""Routes without an id in their path. Each test below that names a set describes what they keep separate."""
PLACES = {"index": 1}
"""Names in paths that count within an object and belong to no teacher, such as the index of an exercise."""


@dataclass
class World:
    """The objects of one teacher: a student in a class, with homework that is sent and decided about. `ids`
    are those that occur in paths.
    """

    teacher_id: int
    api: Api
    key: str = ""
    student_key: str = ""
    ids: dict[str, int] = field(default_factory=dict)

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await ask(self.api, self.key, method, path, **more)

    async def made(self, path: str, body: Any) -> dict[str, Any]:
        answer = await self.ask("POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def fill(self) -> None:
        keys = self.api.keys
        self.key = (await keys.create("teacher", TEACHER, None, None, self.teacher_id)).text
        student = await self.made("/api/teacher/students", {"name": "Ada", "email": "ada@example.org"})
        class_ = await self.made("/api/teacher/classes", {"name": "2B"})
        members = f"/api/teacher/classes/{class_['id']}/students"
        assert (await self.ask("PATCH", members, json={"add": [student["id"]]})).status_code == 200
        body = {"cefr_level": "A2", "class_id": class_["id"], "quantity": 1}
        assignment = await self.made("/api/teacher/assignments", body)
        self.student_key = (await keys.create("Ada", frozenset(), student["id"], None)).text
        [homework] = await self.api.homework(assignment["id"])
        await self.api.settle(homework)
        self.ids = {"student_id": student["id"], "class_id": class_["id"], "assignment_id": assignment["id"]}
        self.ids["homework_id"] = homework.id or 0
        self.ids["decision_id"] = await self._send_and_decide()

    async def _send_and_decide(self) -> int:
        theirs = "/api/student/{student_id}/homework/{homework_id}".format(**self.ids)
        assert (await ask(self.api, self.student_key, "POST", f"{theirs}/start")).status_code == 200
        sent = await ask(self.api, self.student_key, "POST", f"{theirs}/submission", json={"answers": ["x"]})
        assert sent.status_code == 200, sent.text
        decisions = f"/api/teacher/assignments/{self.ids['assignment_id']}/decisions"
        body = {"homework_id": self.ids["homework_id"], "index": 1, "right": True}
        return int((await self.made(decisions, body))["id"])


async def ask(api: Api, key: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
    return await api.client.request(method, path, headers=headers, **more)


@dataclass
class Two:
    """The worlds of both teachers. Their ids differ, so that no id is the same for both by chance."""

    api: Api
    anna: World
    bea: World

    async def rows(self) -> dict[str, list[Any]]:
        """All stored rows, except the times at which keys were used."""

        def read(connection: Connection) -> dict[str, list[Any]]:
            tables = SQLModel.metadata.sorted_tables
            return {t.name: list(connection.execute(select(t))) for t in tables if t.name != "api_keys"}

        return await self.api.db.read(read)


@pytest.fixture
async def two(sqlite_url: str) -> AsyncIterator[Two]:
    async with api_over(sqlite_url, admin_key=SecretStr(ADMIN_KEY)) as api:
        await api.services.teachers.create(TeacherName(name="Bea"))
        both = Two(api, World(FIRST_TEACHER, api), World(SECOND, api))
        await both.anna.fill()
        await both.bea.fill()
        api.stop.set()  # Otherwise a permitted event stream would never end.
        yield both


def routes_of_teachers_and_students(api: Api) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, methods in api.app.openapi()["paths"].items()
        for method in methods
        if path.startswith(("/api/teacher", "/api/student"))
    }


def names_in(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


async def attacked(world: World, route: str, ids: Mapping[str, int]) -> httpx.Response:
    method, path = route.split(" ")
    query = {"format": "csv"} if path.endswith("assignment_id}/export") else {}
    return await world.ask(method, path.format(**ids), json=BODIES.get(route), params=query)


async def test_every_route_without_an_id_says_what_it_keeps_apart(sqlite_api: Api) -> None:
    without = {route for route in routes_of_teachers_and_students(sqlite_api) if not names_in(route)}
    assert without == LISTS | MAKES | SESSIONS, "add it to one, and test there what it keeps apart"


async def test_another_teachers_objects_are_answered_as_not_found(two: Two) -> None:
    before = await two.rows()
    for route in routes_of_teachers_and_students(two.api):
        if not (names := [name for name in names_in(route) if name not in PLACES]):
            continue
        unknown = await attacked(two.bea, route, PLACES | dict.fromkeys(names, 4711))
        # Every combination of both teachers' ids that contains at least one of the other teacher.
        for owners in itertools.product((two.anna, two.bea), repeat=len(names)):
            if two.anna not in owners:
                continue
            ids = {name: owner.ids[name] for name, owner in zip(names, owners, strict=True)}
            answer = await attacked(two.bea, route, PLACES | ids)
            assert answer.status_code == 404, (route, ids, answer.text)
            if owners[0] is two.anna:
                assert answer.text == unknown.text, (route, ids)
    assert await two.rows() == before


@pytest.mark.parametrize(("teacher", "locked"), [(FIRST_TEACHER, 1), (SECOND, 0)])
async def test_a_retry_by_the_wrong_teacher_locks_no_homework(two: Two, teacher: int, locked: int) -> None:
    [homework] = await two.api.homework(two.anna.ids["assignment_id"])
    await two.api.settle(homework, None)
    found = await two.api.db.write(
        lambda connection: lock_retryable(
            connection, homework.assignment_id, two.api.clock(), Reach(teacher), replace_mock=False
        )
    )
    assert len(found) == locked


async def test_the_same_requests_by_their_own_teacher_find_what_they_name(two: Two) -> None:
    routes = [route for route in routes_of_teachers_and_students(two.api) if names_in(route)]
    # Routes that delete come last, and among them the one that deletes what the others need.
    routes.sort(key=lambda route: ("DELETE" in route, -len(names_in(route)), -len(route)))
    for route in routes:
        answer = await attacked(two.anna, route, PLACES | two.anna.ids)
        assert answer.status_code != 404, (route, answer.text)


async def test_another_teachers_student_is_refused_by_every_route(two: Two) -> None:
    before = await two.rows()
    for route in routes_of_teachers_and_students(two.api) - {WITH_A_LINK}:
        method, path = route.split(" ")
        url = path.format(**PLACES, **two.anna.ids)
        answer = await ask(two.api, two.bea.student_key, method, url, json=BODIES.get(route))
        assert answer.status_code == 403, route
    assert await two.rows() == before


async def test_a_student_of_the_second_teacher_does_their_own_homework(two: Two) -> None:
    path = "/api/student/{student_id}/homework".format(**two.bea.ids)
    listed = await ask(two.api, two.bea.student_key, "GET", path)
    assert [one["id"] for one in listed.json()["homework"]] == [two.bea.ids["homework_id"]]
    others = f"{path}/{two.anna.ids['homework_id']}"
    assert (await ask(two.api, two.bea.student_key, "GET", others)).status_code == 404


@pytest.mark.parametrize("route", sorted(LISTS))
async def test_a_list_and_its_total_have_the_teachers_own_alone(two: Two, route: str) -> None:
    path = route.removeprefix("GET ")
    for world in (two.anna, two.bea):
        listed = await world.ask("GET", path)
        assert listed.headers["X-Total-Count"] == "1"
        assert [one["id"] for one in listed.json()] == [world.ids[f"{_noun(path)}_id"]]
        older = await world.ask("GET", path, params={"before_id": listed.json()[0]["id"]})
        assert (older.json(), older.headers["X-Total-Count"]) == ([], "1")
    everything = await ask(two.api, ADMIN_KEY, "GET", path)
    assert (len(everything.json()), everything.headers["X-Total-Count"]) == (2, "2")


def _noun(path: str) -> str:
    return {"students": "student", "classes": "class", "assignments": "assignment"}[path.rpartition("/")[2]]


async def test_a_page_of_assignments_counts_the_teachers_own_homework_alone(two: Two) -> None:
    # Anna's rows lie between Bea's.
    body = {"cefr_level": "A2", "student_ids": [two.bea.ids["student_id"]], "quantity": 1}
    await two.anna.made("/api/teacher/assignments", body | {"student_ids": [two.anna.ids["student_id"]]})
    await two.bea.made("/api/teacher/assignments", body)
    listed = (await two.bea.ask("GET", "/api/teacher/assignments")).json()
    assert [(one["student_ids"], one["progress"]["total"]) for one in listed] == [
        ([two.bea.ids["student_id"]], 1)
    ] * 2
    classes = (await two.bea.ask("GET", "/api/teacher/classes")).json()
    assert [one["size"] for one in classes] == [1]


BODIES_THAT_NAME_ANOTHERS: list[tuple[str, str, Any]] = [
    ("POST", "/api/teacher/assignments", {"cefr_level": "A1", "student_ids": "{anna_student_id}"}),
    ("POST", "/api/teacher/assignments", {"cefr_level": "A1", "class_id": "{anna_class_id}"}),
    ("PATCH", "/api/teacher/classes/{class_id}/students", {"add": "{anna_student_id}"}),
    ("PATCH", "/api/teacher/classes/{class_id}/students", {"remove": "{anna_student_id}"}),
    (
        "POST",
        "/api/teacher/assignments/{assignment_id}/decisions",
        {"homework_id": "{anna_homework_id}", "index": 1, "right": True},
    ),
    ("GET", "/api/teacher/assignments/{assignment_id}/export?format=csv&student_id={anna_student_id}", None),
]


@pytest.mark.parametrize("who", ["the wrong teacher", "an administrator"])
@pytest.mark.parametrize(("method", "path", "body"), BODIES_THAT_NAME_ANOTHERS)
async def test_another_teachers_objects_cannot_be_added_to_ones_own(
    two: Two, who: str, method: str, path: str, body: Any
) -> None:
    before = await two.rows()
    named = two.bea.ids | {f"anna_{name}": id_ for name, id_ in two.anna.ids.items()}
    url = path.format(**named)
    filled = body and {name: _filled(name, value, named) for name, value in body.items()}
    key, headers = (two.bea.key, {}) if who == "the wrong teacher" else (ADMIN_KEY, {"Teacher-Id": "2"})
    answer = await ask(two.api, key, method, url, json=filled, headers=headers)
    assert answer.status_code == 404, answer.text
    assert await two.rows() == before


def _filled(name: str, value: Any, ids: Mapping[str, int]) -> Any:
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    id_ = ids[value.strip("{}")]
    return [id_] if name in {"add", "remove", "student_ids"} else id_


async def test_a_key_used_by_two_teachers_makes_two_assignments(two: Two) -> None:
    headers, path = {"Idempotency-Key": "monday"}, "/api/teacher/assignments"
    answers = []
    for world in (two.anna, two.bea, two.anna, two.bea):
        body = {"cefr_level": "A2", "student_ids": [world.ids["student_id"]]}
        answers.append(await world.ask("POST", path, json=body, headers=headers))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, None, "true", "true"]
    first, second, *again = [answer.json()["id"] for answer in answers]
    assert (first != second, again) == (True, [first, second])


async def test_two_teachers_have_the_same_pupil_and_a_class_of_the_same_name(two: Two) -> None:
    # `fill` has given both teachers an Ada with the same address, and a class 2B.
    for world in (two.anna, two.bea):
        again = await world.ask(
            "POST", "/api/teacher/students", json={"name": "A", "email": "ADA@example.org"}
        )
        assert again.status_code == 400
        taken = await world.ask("POST", "/api/teacher/classes", json={"name": "2b"})
        assert taken.status_code == 409
    gone = await two.anna.ask("DELETE", f"/api/teacher/students/{two.anna.ids['student_id']}")
    assert gone.status_code == 204
    students = (await two.bea.ask("GET", "/api/teacher/students")).json()
    assert [one["email"] for one in students] == ["ada@example.org"]


async def test_an_administrator_sees_all_and_makes_things_for_the_teacher_whom_they_name(two: Two) -> None:
    async def asked(method: str, path: str, teacher: str | None = None, body: Any = None) -> httpx.Response:
        headers = {"Teacher-Id": teacher} if teacher else {}
        return await ask(two.api, ADMIN_KEY, method, path, headers=headers, json=body)

    for world in (two.anna, two.bea):
        theirs = "/api/teacher/assignments/{assignment_id}".format(**world.ids)
        assert (await asked("GET", theirs)).status_code == 200
        assert (await asked("GET", theirs, str(world.teacher_id))).status_code == 200
        assert (await asked("GET", theirs, str(3 - world.teacher_id))).status_code == 404
    assignments = "/api/teacher/assignments"
    body = {"cefr_level": "A1", "class_id": two.bea.ids["class_id"]}
    assert (await asked("POST", assignments, None, body)).status_code == 404, "it acts as the first teacher"
    made = await asked("POST", assignments, "2", body)
    assert made.status_code == 201
    assert (await two.bea.ask("GET", f"{assignments}/{made.json()['id']}")).status_code == 200
    new = await asked("POST", "/api/teacher/students", None, {"name": "New", "email": "new@example.org"})
    assert new.json()["id"] in [
        one["id"] for one in (await two.anna.ask("GET", "/api/teacher/students")).json()
    ]


@pytest.mark.parametrize("route", sorted(LISTS))
async def test_a_teacher_who_names_another_teacher_is_told_that_there_is_none(two: Two, route: str) -> None:
    path = route.removeprefix("GET ")
    for key, teacher, status in (
        (two.bea.key, "1", 404),
        (two.bea.key, "4711", 404),
        (two.bea.key, "2", 200),
        (ADMIN_KEY, "4711", 404),
        (ADMIN_KEY, "x", 422),
    ):
        answer = await ask(two.api, key, "GET", path, headers={"Teacher-Id": teacher})
        assert answer.status_code == status, (teacher, answer.text)
        if status == 404:
            assert answer.json()["detail"] == "Teacher not found"


async def test_objects_created_without_a_key_belong_to_the_first_teacher(sqlite_api: Api) -> None:
    [student] = await sqlite_api.add_students(1)
    assignment = await sqlite_api.assign([student])
    await sqlite_api.keys.create("ops", frozenset({Scope.OPS}), None, None)
    key = (await sqlite_api.keys.create("old", TEACHER, None, None)).text
    for path in (f"/api/teacher/assignments/{assignment['id']}", f"/api/student/{student}/homework"):
        assert (await ask(sqlite_api, key, "GET", path)).status_code == 200
