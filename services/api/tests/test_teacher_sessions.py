"""A teacher signs in with a link that works once or with a key, and has the rights of one teacher."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from tests.support.api.application import Api, api_over
from tests.support.api.rows import rows
from tests.support.waiting import early_in_the_minute

from homework_api.domain.access import Scope
from homework_api.domain.errors import TeacherSessionEnded
from homework_api.http.app import create_app
from homework_api.http.middleware.rate_limits import FAILURES, RateLimiter
from homework_api.http.policy import HttpPolicy
from homework_api.schemas.teachers import TeacherName
from homework_api.services.api_keys import ApiKeys
from homework_api.services.teacher_sessions import LINK_LASTS, SESSION_LASTS

ADMIN_KEY = "a" * 32
ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
NONCE, ANOTHER_NONCE = "this-browser-and-no-other", "another-browser-altogether"
TEACHER = frozenset({Scope.TEACHER})
PATH = "/api/teacher-session"


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Api]:
    """An API that requires keys. Teachers 1 and 2 exist, and the client is an administrator."""
    async with api_over(database_url, admin_key=SecretStr(ADMIN_KEY)) as api:
        api.client.headers.update(ADMIN)
        await api.services.teachers.create(TeacherName(name="Bea"))
        yield api


async def link(api: Api, headers: dict[str, str] | None = None) -> str:
    made = await api.client.post("/api/teacher/link", headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


async def with_link(api: Api, token: str, nonce: str = NONCE) -> httpx.Response:
    return await api.client.post(PATH, json={"token": token, "nonce": nonce}, headers={"Authorization": ""})


async def with_key(api: Api, key: str, nonce: str = NONCE) -> httpx.Response:
    return await api.client.post(PATH, json={"nonce": nonce}, headers=bearing(key))


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def session_of(begun: httpx.Response) -> dict[str, str]:
    assert begun.status_code == 201, begun.text
    return bearing(begun.json()["secret"])


async def status(api: Api, session: dict[str, str]) -> int:
    return (await api.client.get("/api/teacher/students", headers=session)).status_code


async def keys_of(api: Api, teacher_id: int = 1, **more: Any) -> Any:
    return await api.keys.create("laptop", TEACHER, None, more.get("expires_at"), teacher_id)


async def test_a_session_has_a_teachers_rights_for_this_one_teacher_and_no_others(office: Api) -> None:
    await office.add_students(1)
    session = session_of(await with_link(office, await link(office, {"Teacher-Id": "2"})))
    assert session["Authorization"].startswith("Bearer ht_")
    told = (await office.client.get(PATH, headers=session)).json()
    assert (told["teacher_id"], told["name"]) == (2, "Bea")
    listed = await office.client.get("/api/teacher/students", headers=session)
    assert (listed.status_code, listed.json()) == (200, []), "the student is the first teacher's"
    others = await office.client.get("/api/teacher/students", headers=session | {"Teacher-Id": "1"})
    assert others.status_code == 404
    for method, path in (("GET", "/api/ops/keys"), ("POST", "/api/ops/keys"), ("GET", "/api/session")):
        answer = await office.client.request(
            method, path, headers=session, json={"name": "x", "rights": ["teacher"]}
        )
        assert answer.status_code == 403, path


async def test_a_key_begins_a_session_of_its_teacher(office: Api) -> None:
    key = await keys_of(office, 2)
    begun = await with_key(office, key.text)
    assert begun.json()["teacher_id"] == 2
    assert await status(office, session_of(begun)) == 200


async def test_the_administrators_key_begins_a_session_of_the_first_teacher_alone(office: Api) -> None:
    session = session_of(await with_key(office, ADMIN_KEY))
    assert (await office.client.get(PATH, headers=session)).json()["teacher_id"] == 1
    assert (await office.client.get("/api/ops/jobs", headers=session)).status_code == 403


@pytest.mark.parametrize("began_with", ["the key", "its link"])
async def test_a_session_ends_when_the_key_it_began_with_is_revoked(office: Api, began_with: str) -> None:
    key, other = await keys_of(office), await keys_of(office)
    if began_with == "the key":
        session = session_of(await with_key(office, key.text))
    else:
        session = session_of(await with_link(office, await link(office, bearing(key.text))))
    unaffected = session_of(await with_key(office, other.text))
    assert await status(office, session) == 200
    await office.keys.revoke(key.row.id)
    ended = await office.client.get("/api/teacher/students", headers=session)
    assert (ended.status_code, "sign in again" in ended.json()["detail"]) == (401, True)
    assert await status(office, unaffected) == 200


async def test_a_link_is_void_when_the_key_that_made_it_is_revoked(office: Api) -> None:
    key = await keys_of(office)
    token = await link(office, bearing(key.text))
    await office.keys.revoke(key.row.id)
    assert (await with_link(office, token)).status_code == 404


async def test_a_session_ends_when_its_key_expires(office: Api) -> None:
    key = await keys_of(office, expires_at=office.clock() + timedelta(hours=1))
    session = session_of(await with_key(office, key.text))
    office.clock.advance(3599)
    assert await status(office, session) == 200
    office.clock.advance(1)
    assert await status(office, session) == 401


async def test_a_session_of_a_key_in_the_settings_ends_when_that_key_is_changed(office: Api) -> None:
    session = session_of(await with_key(office, ADMIN_KEY))["Authorization"]
    same = ApiKeys(office.db, office.clock, SecretStr(ADMIN_KEY))
    assert (await same.caller(session)).teacher_id == 1
    changed = ApiKeys(office.db, office.clock, SecretStr("b" * 32))
    with pytest.raises(TeacherSessionEnded):
        await changed.caller(session)


async def test_a_key_without_the_right_is_told_what_to_do(office: Api) -> None:
    [student] = await office.add_students(1)
    ops = await office.keys.create("ops", frozenset({Scope.OPS}), None, None)
    pupil = await office.keys.create("pupil", frozenset(), student, None)
    for key in (ops.text, pupil.text):
        refused = await with_key(office, key)
        assert (refused.status_code, "homework keys create" in refused.json()["detail"]) == (403, True)
    for wrong in ("hk_000000000000_x", "", ops.text + "x"):
        assert (await with_key(office, wrong)).status_code == 401


async def test_a_session_makes_no_link_and_no_other_session_so_it_ends_when_it_should(office: Api) -> None:
    session = session_of(await with_link(office, await link(office)))
    made = await office.client.post("/api/teacher/link", headers=session)
    assert (made.status_code, "key" in made.json()["detail"]) == (403, True)
    again = await office.client.post(PATH, json={"nonce": ANOTHER_NONCE}, headers=session)
    assert again.status_code == 403


async def test_a_link_is_good_once_and_a_newer_one_makes_it_void(office: Api) -> None:
    earlier, later = [await link(office) for _ in range(2)]
    assert (await with_link(office, earlier)).status_code == 404
    assert (await with_link(office, later)).status_code == 201
    again = await with_link(office, later, ANOTHER_NONCE)
    assert (again.status_code, "homework teacher sign-in" in again.json()["detail"]) == (409, True)


@pytest.mark.parametrize("began_with", ["a key", "a link"])
async def test_a_double_click_leads_to_the_same_session(office: Api, began_with: str) -> None:
    token = await link(office)
    ask = with_link(office, token) if began_with == "a link" else with_key(office, ADMIN_KEY)
    others = [
        with_link(office, token) if began_with == "a link" else with_key(office, ADMIN_KEY) for _ in range(3)
    ]
    answers = await asyncio.gather(ask, *others)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(await rows(office.db, text("SELECT * FROM teacher_sessions"))) == 1


async def test_two_browsers_that_use_one_link_at_once_do_not_both_get_in(office: Api) -> None:
    token = await link(office)
    answers = await asyncio.gather(*(with_link(office, token, f"{NONCE}-{number}") for number in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_signing_out_ends_this_session_and_no_other(office: Api) -> None:
    token = await link(office)
    laptop, phone = session_of(await with_link(office, token)), session_of(await with_key(office, ADMIN_KEY))
    assert (await office.client.delete(PATH, headers=laptop)).status_code == 204
    assert (await status(office, laptop), await status(office, phone)) == (401, 200)
    assert (await with_link(office, token)).status_code == 409, "the used link lets nobody in again"


async def test_links_last_a_day_and_sessions_thirty(office: Api) -> None:
    token = await link(office)
    session = session_of(await with_key(office, ADMIN_KEY))
    office.clock.advance(LINK_LASTS.total_seconds())
    late = await with_link(office, token)
    assert (late.status_code, "makes a new one" in late.json()["detail"]) == (410, True)
    office.clock.advance((SESSION_LASTS - LINK_LASTS).total_seconds() - 1)
    assert await status(office, session) == 200
    office.clock.advance(1)
    assert await status(office, session) == 401
    session_of(await with_key(office, ADMIN_KEY, ANOTHER_NONCE))
    assert len(await rows(office.db, text("SELECT * FROM teacher_sessions"))) == 1, "the ended one is gone"


async def test_links_and_sessions_go_with_their_teacher(office: Api) -> None:
    headers = {"Teacher-Id": "2"}
    session = session_of(await with_link(office, await link(office, headers)))
    await link(office, headers)
    assert (await office.client.delete("/api/ops/teachers/2")).status_code == 204
    assert await status(office, session) == 401
    for table in ("teacher_links", "teacher_sessions"):
        assert await rows(office.db, text(f"SELECT * FROM {table}")) == []  # noqa: S608 - our own names


async def test_only_hashes_are_kept(office: Api) -> None:
    key = await keys_of(office)
    token = await link(office)
    secrets = [token, (await with_link(office, token)).json()["secret"]]
    secrets += [key.text, (await with_key(office, key.text)).json()["secret"], ADMIN_KEY]
    kept = str(await rows(office.db, text("SELECT * FROM teacher_links")))
    kept += str(await rows(office.db, text("SELECT * FROM teacher_sessions")))
    assert [secret for secret in secrets if secret.removeprefix("ht_") in kept] == []


async def test_while_no_key_is_in_use_only_a_link_begins_a_session(sqlite_api: Api) -> None:
    # `homework share` shows the pages to the whole network, and a request without a key counts as this
    # machine's user.
    for guess in ("anything", "hk_000000000000_x", "ht_" + "x" * 43):
        refused = await with_key(sqlite_api, guess)
        assert (refused.status_code, "sign-in" in refused.json()["detail"]) == (409, True)
    assert (await sqlite_api.client.post(PATH, json={"nonce": NONCE})).status_code == 409
    session = session_of(await with_link(sqlite_api, await link(sqlite_api)))
    assert await status(sqlite_api, session) == 200
    assert (await sqlite_api.client.get("/api/ops/jobs", headers=session)).status_code == 403
    await sqlite_api.client.delete(PATH, headers=session)
    assert await status(sqlite_api, session) == 401, "an ended session has nobody's rights"


@pytest.mark.parametrize(
    "body", [{}, {"token": "t"}, {"token": "t", "nonce": "short"}, {"token": "", "nonce": NONCE},
             {"token": "\ud800", "nonce": NONCE}, {"nonce": "\ud800" * 22}],
)  # fmt: skip
async def test_a_malformed_request_for_a_session_is_refused(office: Api, body: dict[str, str]) -> None:
    headers = {"Content-Type": "application/json", "Authorization": ""}
    answer = await office.client.post(PATH, content=json.dumps(body), headers=headers)
    assert answer.status_code in {401, 404, 422}


async def test_guessing_links_is_rate_limited_and_a_valid_link_still_works(sqlite_api: Api) -> None:
    await early_in_the_minute()
    app = create_app(
        sqlite_api.services, HttpPolicy(rates=RateLimiter("6000/minute", "memory://")), sqlite_api.stop
    )
    token = await link(sqlite_api)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        guesses = [
            await client.post(PATH, json={"token": f"guess-{number}", "nonce": NONCE})
            for number in range(FAILURES.amount + 1)
        ]
        assert [guess.status_code for guess in guesses] == [404] * FAILURES.amount + [429]
        good = await client.post(PATH, json={"token": token, "nonce": NONCE})
        assert good.status_code == 201


@pytest.mark.parametrize("by", ["a session", "a key", "the administrator"])
async def test_signing_out_everywhere_ends_every_session_of_this_teacher_and_their_link(
    office: Api, by: str
) -> None:
    key = (await keys_of(office, 2)).text
    of_bea = {"Teacher-Id": "2"}
    first = session_of(await with_link(office, await link(office, of_bea)))
    second = session_of(await with_key(office, key, ANOTHER_NONCE))
    of_another = session_of(await with_link(office, await link(office)))
    unused = await link(office, of_bea)
    who = {"a session": first, "a key": bearing(key), "the administrator": ADMIN | of_bea}[by]
    assert (await office.client.delete("/api/teacher/sessions", headers=who)).status_code == 204
    assert [await status(office, each) for each in (first, second)] == [401, 401]
    assert (await with_link(office, unused)).status_code == 404
    assert await status(office, of_another) == 200
    assert await status(office, session_of(await with_key(office, key, "one-more-browser-of-hers"))) == 200


async def test_a_teacher_who_is_not_there_cannot_be_signed_out(office: Api) -> None:
    gone = await office.client.delete("/api/teacher/sessions", headers={"Teacher-Id": "99"})
    assert gone.status_code == 404


async def test_signing_out_everywhere_needs_no_key_where_there_is_none(api: Api) -> None:
    session = session_of(await with_link(api, await link(api)))
    assert (await api.client.delete("/api/teacher/sessions")).status_code == 204
    assert await status(api, session) == 401
