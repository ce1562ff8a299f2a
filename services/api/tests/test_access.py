"""Every kind of caller sends a request to every route, which refuses callers without the right before it does
anything.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.api.application import Api, api_over
from tests.support.api.bodies import BODIES

from homework_api.domain.access import EVERYTHING, Scope
from homework_api.http import app as http_app
from homework_api.schemas.teachers import TeacherName

TEACHER, OPS = frozenset({Scope.TEACHER}), frozenset({Scope.OPS})
ADMIN_KEY = "a" * 32

STRANGERS = {"nobody", "a wrong key", "an expired key", "a revoked key", "a session that was ended"}
TEACHERS_SESSION = {"a teacher's session"}
SESSION = {"the student's session"}
STUDENT = {"the student"} | SESSION
STUDENTS = STUDENT | {"another student", "another teacher's student"}
# This file covers a teacher's own objects. test_teachers_are_separate.py covers those of other teachers.
KEYS_OF_TEACHERS = {"a teacher", "another teacher", "teacher and ops", "the administrator"}
TEACHERS = KEYS_OF_TEACHERS | TEACHERS_SESSION
OPERATORS = {"an operator", "teacher and ops", "the administrator"}
EVERYBODY = STRANGERS | STUDENTS | TEACHERS | OPERATORS

WHO_MAY: dict[str, set[str]] = {
    "GET /": EVERYBODY,
    "GET /health": EVERYBODY,
    "GET /ready": EVERYBODY,
    "GET /docs": EVERYBODY,
    "GET /openapi.json": EVERYBODY,
    "GET /api/ops/overview": OPERATORS,
    "GET /api/ops/jobs": OPERATORS,
    "GET /api/ops/latency": OPERATORS,
    "GET /api/ops/dead": OPERATORS,
    "GET /api/ops/dead/{id}": OPERATORS,
    "DELETE /api/ops/dead/{id}": OPERATORS,
    "POST /api/ops/dead/{id}/replay": OPERATORS,
    "POST /api/ops/dead/{id}/mock": OPERATORS,
    "GET /api/ops/audit": OPERATORS,
    "GET /api/ops/keys": OPERATORS,
    "POST /api/ops/keys": OPERATORS,
    "DELETE /api/ops/keys/{id}": OPERATORS,
    "GET /api/ops/teachers": OPERATORS,
    "POST /api/ops/teachers": OPERATORS,
    "PATCH /api/ops/teachers/{teacher_id}": OPERATORS,
    "DELETE /api/ops/teachers/{teacher_id}": OPERATORS,
    "GET /api/teacher/students": TEACHERS,
    "POST /api/teacher/students": TEACHERS,
    "DELETE /api/teacher/students/{student_id}": TEACHERS,
    "PATCH /api/teacher/students/{student_id}": TEACHERS,
    "GET /api/teacher/students/{student_id}/export": TEACHERS,
    "POST /api/teacher/students/{student_id}/link": TEACHERS,
    "DELETE /api/teacher/students/{student_id}/link": TEACHERS,
    "POST /api/teacher/classes/{class_id}/links": TEACHERS,
    "POST /api/session": EVERYBODY,
    "GET /api/session": SESSION,
    "DELETE /api/session": SESSION,
    "POST /api/teacher/link": KEYS_OF_TEACHERS,
    "DELETE /api/teacher/sessions": TEACHERS,
    "POST /api/teacher-session": EVERYBODY,
    "GET /api/teacher-session": TEACHERS_SESSION,
    "DELETE /api/teacher-session": TEACHERS_SESSION,
    "GET /api/teacher/classes": TEACHERS,
    "POST /api/teacher/classes": TEACHERS,
    "GET /api/teacher/classes/{class_id}": TEACHERS,
    "PATCH /api/teacher/classes/{class_id}": TEACHERS,
    "DELETE /api/teacher/classes/{class_id}": TEACHERS,
    "PATCH /api/teacher/classes/{class_id}/students": TEACHERS,
    "GET /api/teacher/assignments": TEACHERS,
    "POST /api/teacher/assignments": TEACHERS,
    "GET /api/teacher/assignments/{assignment_id}": TEACHERS,
    "PATCH /api/teacher/assignments/{assignment_id}": TEACHERS,
    "DELETE /api/teacher/assignments/{assignment_id}": TEACHERS,
    "GET /api/teacher/assignments/{assignment_id}/events": TEACHERS,
    "POST /api/teacher/assignments/{assignment_id}/retry": TEACHERS,
    "POST /api/teacher/assignments/{assignment_id}/release": TEACHERS,
    "DELETE /api/teacher/assignments/{assignment_id}/release": TEACHERS,
    "GET /api/teacher/assignments/{assignment_id}/results": TEACHERS,
    "GET /api/teacher/assignments/{assignment_id}/decisions": TEACHERS,
    "POST /api/teacher/assignments/{assignment_id}/decisions": TEACHERS,
    "DELETE /api/teacher/assignments/{assignment_id}/decisions/{decision_id}": TEACHERS,
    "GET /api/teacher/assignments/{assignment_id}/export": TEACHERS,
    "GET /api/teacher/assignments/{assignment_id}/homework": TEACHERS,
    "GET /api/teacher/homework/{homework_id}": TEACHERS,
    "PUT /api/teacher/homework/{homework_id}/exercises/{index}": TEACHERS,
    "POST /api/teacher/homework/{homework_id}/exercises/{index}/replace": TEACHERS,
    "GET /api/student/{student_id}/homework": TEACHERS | STUDENT,
    "GET /api/student/{student_id}/homework/{homework_id}": TEACHERS | STUDENT,
    "POST /api/student/{student_id}/homework/{homework_id}/start": TEACHERS | STUDENT,
    "PUT /api/student/{student_id}/homework/{homework_id}/answers": TEACHERS | STUDENT,
    "POST /api/student/{student_id}/homework/{homework_id}/submission": TEACHERS | STUDENT,
    "GET /api/student/{student_id}/homework/{homework_id}/submission": TEACHERS | STUDENT,
}
"""The required access for each route. A new route fails until it is listed."""

MAY_GIVE: dict[str, set[str]] = {
    "an operator": {"ops"},
    "teacher and ops": {"ops", "teacher", "teacher and ops", "a student"},
    "the administrator": {"ops", "teacher", "teacher and ops", "a student"},
}
"""The keys that each caller of `POST /api/ops/keys` may make."""

WANTED: dict[str, dict[str, Any]] = {
    "ops": {"rights": ["ops"]},
    "teacher": {"rights": ["teacher"]},
    "teacher and ops": {"rights": ["teacher", "ops"]},
    "a student": {"student_id": 2},
}


@pytest.fixture
async def guarded(sqlite_url: str) -> AsyncIterator[Api]:
    """An API with an administrator's key in its settings. Students 1 and 2 belong to the first teacher, and 3
    to the second.
    """
    async with api_over(sqlite_url, admin_key=SecretStr(ADMIN_KEY)) as api:
        api.client.headers.update(bearing(ADMIN_KEY))
        await api.add_students(2)
        await api.services.teachers.create(TeacherName(name="Bea"))
        api.client.headers["Teacher-Id"] = "2"
        await api.add_students(1)
        for header in ("Authorization", "Teacher-Id"):
            del api.client.headers[header]
        yield api


@pytest.fixture
async def callers(guarded: Api) -> dict[str, str | None]:
    """The key of each kind of caller."""
    keys, soon = guarded.keys, guarded.clock() + timedelta(seconds=1)
    made = {
        "an operator": await keys.create("ops", OPS, None, None),
        "a teacher": await keys.create("teacher", TEACHER, None, None),
        "teacher and ops": await keys.create("both", TEACHER | OPS, None, None),
        "the student": await keys.create("1", frozenset(), 1, None),
        "another teacher": await keys.create("second teacher", TEACHER, None, None, 2),
        "another teacher's student": await keys.create("3", frozenset(), 3, None),
        "another student": await keys.create("2", frozenset(), 2, None),
        "an expired key": await keys.create("expired", TEACHER | OPS, None, soon),
        "a revoked key": await keys.create("revoked", TEACHER | OPS, None, None),
    }
    await keys.revoke(made["a revoked key"].row.id)
    guarded.clock.advance(1)
    wrong = made["teacher and ops"].text[:-1] + "!"
    others = {"nobody": None, "a wrong key": wrong, "the administrator": ADMIN_KEY}
    session, ended = [await signed_in(guarded, 1) for _ in range(2)]
    await guarded.client.delete("/api/session", headers=bearing(ended))
    others |= {"the student's session": session, "a session that was ended": ended}
    teachers = guarded.services.teacher_sessions
    begun = await teachers.begin_with_key(f"Bearer {made['a teacher'].text}", "n" * 22)
    others["a teacher's session"] = begun.secret
    return others | {who: key.text for who, key in made.items()}


async def signed_in(api: Api, student_id: int) -> str:
    """The secret of a new session of this student."""
    links = api.services.student_links
    return (await links.begin_session((await links.make(student_id, EVERYTHING)).token, "n" * 22)).secret


def bearing(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


async def test_every_route_declares_who_may_call_it(sqlite_api: Api) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, methods in sqlite_api.app.openapi()["paths"].items()
        for method in methods
    }
    undocumented = {f"GET {path}" for each in sqlite_api.app.routes if (path := getattr(each, "path", None))}
    routed = {
        f"{method} {route.path}"
        for module in http_app._ROUTES
        for route in module.router.routes
        for method in route.methods
    }
    assert routed == documented, "every route of ours is in the OpenAPI document"
    assert documented | undocumented == set(WHO_MAY), "say in WHO_MAY who may ask it, and on its router"


@pytest.mark.parametrize("route", WHO_MAY)
async def test_a_route_answers_permitted_callers_and_refuses_all_others(
    route: str, guarded: Api, callers: dict[str, str | None]
) -> None:
    assert set(callers) == EVERYBODY
    guarded.stop.set()  # Otherwise a permitted event stream would never end.
    method, path = route.split(" ")
    # Deleting a student also deletes the student's keys.
    student = 99 if path.startswith("/api/teacher/") else 1
    ids = dict.fromkeys(("homework_id", "assignment_id", "decision_id", "class_id", "teacher_id"), 99)
    url = path.format(student_id=student, id="none", index=1, **ids)
    answered = {}
    # The session is tested first, because a key of the same teacher may end it.
    for who, key in sorted(callers.items(), key=lambda caller: caller[0] not in TEACHERS_SESSION):
        answer = await guarded.client.request(method, url, headers=bearing(key), json=BODIES.get(route))
        answered[who] = answer.status_code if answer.status_code in {401, 403} else 200
    assert answered == {
        who: 200 if who in WHO_MAY[route] else 401 if who in STRANGERS else 403 for who in EVERYBODY
    }


async def test_a_key_cannot_create_a_key_with_rights_that_it_does_not_have(
    guarded: Api, callers: dict[str, str | None]
) -> None:
    assert set(MAY_GIVE) == WHO_MAY["POST /api/ops/keys"]
    for who, given in MAY_GIVE.items():
        for wanted, body in WANTED.items():
            answer = await guarded.client.post(
                "/api/ops/keys", headers=bearing(callers[who]), json={"name": "x", **body}
            )
            assert answer.status_code == (201 if wanted in given else 403), (who, wanted)
    refused = await guarded.client.post(
        "/api/ops/keys", headers=bearing(callers["an operator"]), json={"name": "x", **WANTED["teacher"]}
    )
    assert "homework-api keys create" in refused.json()["detail"]


async def test_without_any_key_every_route_is_open(sqlite_api: Api) -> None:
    assert (await sqlite_api.client.get("/api/teacher/students")).status_code == 200
    assert (await sqlite_api.client.get("/api/ops/keys")).json() == []


async def test_a_request_without_a_key_is_refused_with_what_to_do(
    guarded: Api, callers: dict[str, str | None]
) -> None:
    none = await guarded.client.get("/api/teacher/students")
    assert (none.status_code, none.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer KEY" in none.json()["detail"]
    for header in (
        "Basic YTpi",
        "Bearer",
        "Bearer hk_000000000000_x",
        f"Bearer {callers['an operator']}x",
        "Bearer é",
    ):
        wrong = await guarded.client.get("/api/ops/jobs", headers={b"Authorization": header.encode()})
        assert wrong.status_code == 401, header
    lacking = await guarded.client.get("/api/ops/jobs", headers=bearing(callers["a teacher"]))
    assert (lacking.status_code, lacking.json()["detail"]) == (
        403, "This API key may not do that: it needs the right `ops`",
    )  # fmt: skip
