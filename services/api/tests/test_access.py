"""Every kind of caller asks every route, which refuses callers without the right before it does anything."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.api.application import Api

from homework_api.domain.access import ANYBODY, Scope
from homework_api.domain.errors import ApiKeyNotGood
from homework_api.services.api_keys import ApiKeys

TEACHER, OPS = frozenset({Scope.TEACHER}), frozenset({Scope.OPS})
OPEN = {"/", "/health", "/ready"}
BODIES: dict[str, Any] = {
    "POST /api/teacher/students": {"name": "Ada", "email": "new@example.org"},
    "POST /api/teacher/assignments": {"cefr_level": "A1", "student_ids": [1]},
    "PUT /api/student/{student_id}/homework/{homework_id}/answers": {"answers": []},
    "POST /api/student/{student_id}/homework/{homework_id}/submission": {"answers": []},
    "POST /api/ops/keys": {"name": "x", "rights": ["ops"]},
}


def who_may(path: str) -> set[str]:
    if path in OPEN:
        return {"nobody", "teacher", "ops", "the student", "another student"}
    if path.startswith("/api/teacher/"):
        return {"teacher"}
    if path.startswith("/api/student/{student_id}"):
        return {"teacher", "the student"}
    if path.startswith("/api/ops") or path == "/metrics":
        return {"ops"}
    raise AssertionError(f"who may ask {path}? Say it here and on its router")


def routes(api: Api) -> list[tuple[str, str]]:
    paths = api.app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


@pytest.fixture
async def callers(sqlite_api: Api) -> dict[str, str | None]:
    """One key of each kind. Students 1 and 2 exist."""
    await sqlite_api.add_students(2)
    keys = sqlite_api.keys
    made = {
        "ops": await keys.create("ops", OPS, None, None),
        "teacher": await keys.create("teacher", TEACHER, None, None),
        "the student": await keys.create("1", frozenset(), 1, None),
        "another student": await keys.create("2", frozenset(), 2, None),
    }
    return {"nobody": None} | {who: key.text for who, key in made.items()}


async def test_every_route_asked_by_everybody(sqlite_api: Api, callers: dict[str, str | None]) -> None:
    asked = routes(sqlite_api)
    assert len(asked) > 30
    for method, path in asked:
        student = (
            99 if path.startswith("/api/teacher/") else 1
        )  # deleting a student deletes the student's key
        for who, key in callers.items():
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            if path.endswith("/events"):
                sqlite_api.stop.set()  # otherwise a permitted event stream would never end
            answer = await sqlite_api.client.request(
                method, path.format(student_id=student, homework_id=99, assignment_id=99, id="none"),
                headers=headers, json=BODIES.get(f"{method} {path}"),
            )  # fmt: skip
            if who in who_may(path):
                assert answer.status_code not in {401, 403}, (method, path, who, answer.text)
            else:
                assert answer.status_code == (401 if key is None else 403), (method, path, who, answer.text)


async def test_without_any_key_every_route_is_open(sqlite_api: Api) -> None:
    assert (await sqlite_api.client.get("/api/teacher/students")).status_code == 200
    assert (await sqlite_api.client.get("/api/ops/keys")).json() == []


async def test_a_key_is_asked_for_with_words_that_help(
    sqlite_api: Api, callers: dict[str, str | None]
) -> None:
    none = await sqlite_api.client.get("/api/teacher/students")
    assert (none.status_code, none.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer KEY" in none.json()["detail"]
    for header in (
        "Basic YTpi",
        "Bearer",
        "Bearer hk_000000000000_x",
        f"Bearer {callers['ops']}x",
        "Bearer é",
    ):
        wrong = await sqlite_api.client.get("/api/ops/jobs", headers={b"Authorization": header.encode()})
        assert wrong.status_code == 401, header
    lacking = await sqlite_api.client.get(
        "/api/ops/jobs", headers={"Authorization": f"Bearer {callers['teacher']}"}
    )
    assert (lacking.status_code, lacking.json()["detail"]) == (
        403, "This API key may not do that: it needs the right `ops`",
    )  # fmt: skip


async def test_a_key_ends_when_it_expires_and_at_once_when_it_is_revoked(api: Api) -> None:
    ops = await api.keys.create("ops", OPS, None, None)
    short = await api.keys.create("short", OPS, None, api.clock() + timedelta(seconds=10))

    async def status(text: str) -> int:
        answer = await api.client.get("/api/ops/jobs", headers={"Authorization": f"Bearer {text}"})
        return answer.status_code

    assert await status(short.text) == 200
    api.clock.advance(10)
    assert await status(short.text) == 401
    assert await status(ops.text) == 200
    gone = await api.client.delete(
        f"/api/ops/keys/{ops.row.id}", headers={"Authorization": f"Bearer {ops.text}"}
    )
    assert gone.status_code == 204
    assert await status(ops.text) == 401


async def test_a_students_key_is_deleted_with_the_student(api: Api) -> None:
    [student] = await api.add_students(1)
    await api.keys.create("ops", OPS, None, None)
    theirs = await api.keys.create("theirs", frozenset(), student, None)
    header = {"Authorization": f"Bearer {theirs.text}"}
    assert (await api.client.get(f"/api/student/{student}/homework", headers=header)).status_code == 200
    await api.services.students.delete(student)
    assert (await api.client.get(f"/api/student/{student}/homework", headers=header)).status_code == 401


async def test_a_key_is_shown_once_and_kept_as_a_hash(api: Api) -> None:
    made = (await api.client.post("/api/ops/keys", json={"name": "first", "rights": ["ops"]})).json()
    header = {"Authorization": f"Bearer {made['key']}"}
    listed = await api.client.get("/api/ops/keys", headers=header)
    assert made["key"] not in listed.text
    [row] = await api.keys.all()
    assert made["key"].rsplit("_", 1)[1] not in str(row)
    assert listed.json()[0]["last_used_at"] == "2026-11-23T09:00:00Z"


async def test_the_first_key_can_make_others(api: Api) -> None:
    refused = await api.client.post("/api/ops/keys", json={"name": "teacher", "rights": ["teacher"]})
    assert (refused.status_code, "first key needs the right `ops`" in refused.text) == (409, True)
    assert (await api.client.get("/api/teacher/students")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "", "rights": ["ops"]},
        {"name": "x", "rights": ["root"]},
        {"name": "x", "rights": ["ops"], "expires_at": "2026-11-23T09:00:00"},
    ],
)
async def test_an_unknown_key_is_refused(sqlite_api: Api, body: dict[str, Any]) -> None:
    assert (await sqlite_api.client.post("/api/ops/keys", json=body)).status_code == 422


async def test_another_process_notices_the_first_key(api: Api) -> None:
    other = ApiKeys(api.db, api.clock)
    assert not other.are_there
    await api.keys.create("ops", OPS, None, None)
    assert await other.look()
    assert other.are_there


async def test_the_consoles_key_is_an_operators_and_makes_nobody_elses_necessary(sqlite_api: Api) -> None:
    text = "console-key-of-thirty-two-characters"
    keys = ApiKeys(sqlite_api.db, sqlite_api.clock, console_key=SecretStr(text))
    assert not await keys.look()
    assert await keys.caller(None) == ANYBODY
    await keys.create("office", OPS, None, None)
    caller = await keys.caller(f"Bearer {text}")
    assert (caller.rights, caller.student_id) == (OPS, None)
    with pytest.raises(ApiKeyNotGood):
        await keys.caller(f"Bearer {text}x")
