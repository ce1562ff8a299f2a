"""A key is made, looked up, noted as used, and refused once it has expired or is revoked."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.api.application import Api, statements_of
from tests.support.api.failing_database import failing_at
from tests.support.waiting import eventually

from homework_api.database.engine import DatabaseUnavailable
from homework_api.domain.access import ANYBODY, EVERYTHING, Scope
from homework_api.domain.errors import ApiKeyMissing, ApiKeyNotFound, ApiKeyNotGood, StudentNotFound
from homework_api.services import api_keys
from homework_api.services.api_keys import ApiKeys

OPS = frozenset({Scope.OPS})
TEACHER = frozenset({Scope.TEACHER})


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
    await api.services.students.delete(student, EVERYTHING)
    assert (await api.client.get(f"/api/student/{student}/homework", headers=header)).status_code == 401


async def test_a_key_is_shown_once_and_kept_as_a_hash(api: Api) -> None:
    made = (await api.client.post("/api/ops/keys", json={"name": "first", "rights": ["ops"]})).json()
    header = {"Authorization": f"Bearer {made['key']}"}
    listed = await api.client.get("/api/ops/keys", headers=header)
    assert made["key"] not in listed.text
    [row] = await api.keys.all()
    assert made["key"].split("_", 2)[2] not in str(row)
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


async def test_a_process_that_runs_notices_the_first_key_that_another_one_makes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "LOOK_SECONDS", 0.05)
    stop, other = asyncio.Event(), ApiKeys(api.db, api.clock)
    watching = asyncio.create_task(other.run(stop))
    await asyncio.sleep(0.2)
    assert not other.are_there
    await api.keys.create("ops", OPS, None, None)
    await eventually(lambda: other.are_there)
    stop.set()
    await watching


async def test_the_consoles_key_has_the_right_ops_and_does_not_make_keys_mandatory(sqlite_api: Api) -> None:
    text = "console-key-of-thirty-two-characters"
    keys = ApiKeys(sqlite_api.db, sqlite_api.clock, console_key=SecretStr(text))
    assert not await keys.look()
    assert await keys.caller(None) == ANYBODY
    await keys.create("office", OPS, None, None)
    caller = await keys.caller(f"Bearer {text}")
    assert (caller.rights, caller.student_id) == (OPS, None)
    with pytest.raises(ApiKeyNotGood):
        await keys.caller(f"Bearer {text}x")


async def test_the_owners_key_has_every_right_and_does_not_make_keys_mandatory(sqlite_api: Api) -> None:
    text = "owner-key-of-more-than-thirty-two-characters"
    keys = ApiKeys(sqlite_api.db, sqlite_api.clock, owner_key=SecretStr(text))
    assert not await keys.look()
    assert await keys.caller(None) == await keys.caller(f"Bearer {text}") == ANYBODY
    await keys.create("office", OPS, None, None)
    caller = await keys.caller(f"Bearer {text}")
    assert caller.rights == frozenset(Scope)
    assert caller.reach.all_teachers
    with pytest.raises(ApiKeyMissing):
        await keys.caller(None)
    with pytest.raises(ApiKeyNotGood):
        await keys.caller(f"Bearer {text}x")


async def test_an_outage_of_the_database_does_not_end_the_watch_for_the_first_key(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "LOOK_SECONDS", 0.001)
    other, looks = ApiKeys(sqlite_api.db, sqlite_api.clock), 0
    read = sqlite_api.db.read

    async def away(work: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks < 3:
            raise DatabaseUnavailable
        return await read(work)

    await sqlite_api.keys.create("ops", OPS, None, None)
    monkeypatch.setattr(sqlite_api.db, "read", away)
    stop = asyncio.Event()
    watching = asyncio.create_task(other.run(stop))
    await eventually(lambda: other.are_there)
    await asyncio.sleep(0)
    assert (looks, watching.done()) == (3, False)
    stop.set()
    await watching


async def test_rights_are_checked_at_each_request_and_an_invalid_key_has_none(sqlite_api: Api) -> None:
    keys = sqlite_api.keys
    assert await keys.may(Scope.TEACHER, None), "while there is no key"
    made = await keys.create("office", OPS, None, None)
    header = f"Bearer {made.text}"
    assert await keys.may(Scope.OPS, header)
    for refused in (header + "x", None, "Basic YTpi"):
        assert not await keys.may(Scope.OPS, refused)
    assert not await keys.may(Scope.TEACHER, header)
    await keys.revoke(made.row.id)
    assert not await keys.may(Scope.OPS, header)


@pytest.mark.parametrize("is_silent", [False, True], ids=["away", "silent"])
async def test_while_the_database_does_not_answer_the_last_known_rights_of_a_key_apply(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    known, new = [(await sqlite_api.keys.create(name, OPS, None, None)).text for name in ("known", "new")]
    assert await sqlite_api.keys.may(Scope.OPS, f"Bearer {known}")
    monkeypatch.setattr(api_keys, "LOOKUP_SECONDS", 0.05)

    async def away(_work: object) -> None:
        if is_silent:
            await asyncio.Event().wait()
        raise DatabaseUnavailable

    monkeypatch.setattr(sqlite_api.db, "read", away)
    if is_silent:
        monkeypatch.setattr(api_keys, "LOOKUP_SECONDS", 0.05)
    async with asyncio.timeout(30):
        assert await sqlite_api.keys.may(Scope.OPS, f"Bearer {known}")
        assert not await sqlite_api.keys.may(Scope.TEACHER, f"Bearer {known}")
        assert not await sqlite_api.keys.may(Scope.OPS, f"Bearer {new}")


async def test_a_key_that_was_refused_has_no_rights_while_the_database_does_not_answer_either(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_work: object) -> None:
        raise DatabaseUnavailable

    made = await sqlite_api.keys.create("office", OPS, None, None)
    header = f"Bearer {made.text}"
    assert await sqlite_api.keys.may(Scope.OPS, header)
    await sqlite_api.keys.revoke(made.row.id)
    assert not await sqlite_api.keys.may(Scope.OPS, header)
    monkeypatch.setattr(sqlite_api.db, "read", away)
    assert not await sqlite_api.keys.may(Scope.OPS, header)
    assert sqlite_api.keys.recognised(header) is None


async def test_the_use_of_a_key_is_noted_once_a_minute(sqlite_api: Api) -> None:
    made, clock = await sqlite_api.keys.create("office", OPS, None, None), sqlite_api.clock
    began, noted = clock(), []
    for seconds in (0, 59, 1, 59, 1):
        clock.advance(seconds)
        await sqlite_api.keys.caller(f"Bearer {made.text}")
        [row] = await sqlite_api.keys.all()
        assert row.last_used_at is not None
        noted.append((row.last_used_at - began).total_seconds())
    assert noted == [0, 0, 60, 60, 120]


async def test_of_many_requests_at_once_one_notes_the_use_of_their_key(api: Api) -> None:
    made = await api.keys.create("office", OPS, None, None)
    # On PostgreSQL each of them would wait for the row that the one before has locked, with a connection.
    with statements_of(api.db) as statements:
        await asyncio.gather(*(api.keys.caller(f"Bearer {made.text}") for _ in range(30)))
    assert len([one for one in statements if one.startswith("UPDATE api_keys")]) == 1


async def test_a_key_is_good_although_its_use_cannot_be_noted(sqlite_api: Api) -> None:
    made = await sqlite_api.keys.create("office", OPS, None, None)
    with failing_at(sqlite_api.db, "UPDATE api_keys") as failures:
        caller = await sqlite_api.keys.caller(f"Bearer {made.text}")
    assert (caller.name, failures.count) == ("office", 1)


async def test_a_process_that_has_not_noticed_the_first_key_can_create_others(
    sqlite_api: Api,
) -> None:
    other = ApiKeys(sqlite_api.db, sqlite_api.clock)
    await sqlite_api.keys.create("ops", OPS, None, None)
    assert not other.are_there
    made = await other.create("teacher", TEACHER, None, None)
    assert (await other.caller(f"Bearer {made.text}")).rights == TEACHER


async def test_a_key_for_a_student_who_is_unknown_is_not_made_and_an_unknown_key_not_revoked(
    sqlite_api: Api,
) -> None:
    await sqlite_api.keys.create("ops", OPS, None, None)
    with pytest.raises(StudentNotFound):
        await sqlite_api.keys.create("theirs", frozenset(), 4711, None)
    with pytest.raises(ApiKeyNotFound):
        await sqlite_api.keys.revoke("000000000000")
    assert len(await sqlite_api.keys.all()) == 1
