"""A student signs in with a link that works once, and has a student's rights until signing out."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from tests.support.api.application import EXERCISE, Api, api_over
from tests.support.api.rows import rows
from tests.support.waiting import early_in_the_minute

from homework_api.http.app import create_app
from homework_api.http.middleware.rate_limits import FAILURES, RateLimiter
from homework_api.http.policy import HttpPolicy
from homework_api.services.student_links import LINK_LASTS, SAME_LINKS_WITHIN, SESSION_LASTS

ADMIN = {"Authorization": f"Bearer {'a' * 32}"}
NONCE, ANOTHER_NONCE = "this-browser-and-no-other", "another-browser-altogether"


@pytest.fixture
async def school(database_url: str) -> AsyncIterator[Api]:
    """An API that requires keys. Students 1 and 2 exist, and the client is a teacher."""
    async with api_over(database_url, admin_key=SecretStr("a" * 32)) as api:
        api.client.headers.update(ADMIN)
        await api.add_students(2)
        yield api


async def link(api: Api, student_id: int = 1) -> str:
    made = await api.client.post(f"/api/teacher/students/{student_id}/link")
    assert made.status_code == 201, made.text
    token: str = made.json()["token"]
    return token


async def begin(api: Api, token: str, nonce: str = NONCE) -> httpx.Response:
    return await api.client.post(
        "/api/session", json={"token": token, "nonce": nonce}, headers={"Authorization": ""}
    )


async def signed_in(api: Api, student_id: int = 1) -> dict[str, str]:
    """The header of a new session."""
    begun = await begin(api, await link(api, student_id))
    assert begun.status_code == 201, begun.text
    return {"Authorization": f"Bearer {begun.json()['secret']}"}


async def status_of_their_list(api: Api, session: dict[str, str], student_id: int = 1) -> int:
    return (await api.client.get(f"/api/student/{student_id}/homework", headers=session)).status_code


async def test_a_link_begins_a_session_with_the_rights_of_this_student_alone(school: Api) -> None:
    made = (await school.client.post("/api/teacher/students/1/link")).json()
    assert (made["student_id"], made["name"]) == (1, "Giulia")
    begun = (await begin(school, made["token"])).json()
    session = {"Authorization": f"Bearer {begun['secret']}"}
    told = (await school.client.get("/api/session", headers=session)).json()
    assert told == {"student_id": 1, "name": "Giulia", "expires_at": begun["expires_at"]}
    assert await status_of_their_list(school, session) == 200
    assert await status_of_their_list(school, session, 2) == 403
    for route in ("/api/teacher/students", "/api/ops/keys"):
        assert (await school.client.get(route, headers=session)).status_code == 403


async def test_a_session_is_told_what_its_student_is_called_now_and_a_key_is_not(school: Api) -> None:
    session = await signed_in(school)
    await school.client.patch("/api/teacher/students/1", json={"name": "Zoë D’Àvila"})
    listed = await school.client.get("/api/student/1/homework", headers=session)
    assert unquote(listed.headers["Student-Name"]) == "Zoë D’Àvila"
    assert "X-Total-Count" in listed.headers
    assert "Student-Name" not in (await school.client.get("/api/student/1/homework")).headers


async def test_a_link_is_good_once_and_says_what_to_do(school: Api) -> None:
    token = await link(school)
    assert (await begin(school, token)).status_code == 201
    again = await begin(school, token, ANOTHER_NONCE)
    assert (again.status_code, "ask your teacher for a new one" in again.json()["detail"]) == (409, True)


async def test_a_double_click_or_a_lost_answer_leads_to_the_same_session(school: Api) -> None:
    token = await link(school)
    answers = await asyncio.gather(*(begin(school, token) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(await rows(school.db, text("SELECT * FROM student_sessions"))) == 1


async def test_two_browsers_that_use_one_link_at_once_do_not_both_get_in(school: Api) -> None:
    token = await link(school)
    answers = await asyncio.gather(*(begin(school, token, f"{NONCE}-{number}") for number in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_after_signing_out_the_used_link_does_not_let_the_same_browser_in_again(school: Api) -> None:
    token = await link(school)
    session = {"Authorization": f"Bearer {(await begin(school, token)).json()['secret']}"}
    assert (await school.client.delete("/api/session", headers=session)).status_code == 204
    assert await status_of_their_list(school, session) == 401
    assert (await school.client.get("/api/session", headers=session)).status_code == 401
    assert (await begin(school, token)).status_code == 409


async def test_signing_out_of_one_browser_leaves_the_other_signed_in(school: Api) -> None:
    phone, tablet = [await signed_in(school) for _ in range(2)]
    await school.client.delete("/api/session", headers=tablet)
    assert await status_of_their_list(school, tablet) == 401
    assert await status_of_their_list(school, phone) == 200


async def test_a_new_link_makes_the_earlier_one_void(school: Api) -> None:
    earlier, later = [await link(school) for _ in range(2)]
    assert (await begin(school, earlier)).status_code == 404
    assert (await begin(school, later)).status_code == 201


async def test_a_withdrawn_link_is_void_and_ends_what_began_with_it(school: Api) -> None:
    session, other = await signed_in(school), await signed_in(school, 2)
    token = await link(school)
    assert (await school.client.delete("/api/teacher/students/1/link")).status_code == 204
    assert (await begin(school, token)).status_code == 404
    assert await status_of_their_list(school, session) == 401
    assert await status_of_their_list(school, other, 2) == 200
    assert (await school.client.delete("/api/teacher/students/1/link")).status_code == 204


async def test_a_link_that_nobody_used_in_time_is_void(school: Api) -> None:
    token = await link(school)
    school.clock.advance(LINK_LASTS.total_seconds())
    late = await begin(school, token)
    assert (late.status_code, "new one" in late.json()["detail"]) == (410, True)


async def test_a_session_ends_by_itself_and_its_row_goes_when_the_student_signs_in_again(
    school: Api,
) -> None:
    session = await signed_in(school)
    school.clock.advance(SESSION_LASTS.total_seconds() - 1)
    assert await status_of_their_list(school, session) == 200
    school.clock.advance(1)
    ended = await school.client.get("/api/student/1/homework", headers=session)
    assert (ended.status_code, "new link" in ended.json()["detail"]) == (401, True)
    await signed_in(school)
    assert len(await rows(school.db, text("SELECT * FROM student_sessions"))) == 1


async def test_links_and_sessions_go_with_their_student(school: Api) -> None:
    session = await signed_in(school)
    token = await link(school)
    assert (await school.client.delete("/api/teacher/students/1")).status_code == 204
    assert await status_of_their_list(school, session) == 401
    assert (await begin(school, token)).status_code == 404
    for table in ("student_links", "student_sessions"):
        assert await rows(school.db, text(f"SELECT * FROM {table}")) == []  # noqa: S608 - our own names


async def test_only_hashes_are_kept(school: Api) -> None:
    token = await link(school)
    secret = (await begin(school, token)).json()["secret"]
    kept = str(await rows(school.db, text("SELECT * FROM student_links")))
    kept += str(await rows(school.db, text("SELECT * FROM student_sessions")))
    assert token not in kept
    assert secret not in kept
    assert secret.removeprefix("hs_") not in kept


async def test_a_class_gets_a_link_for_everybody_in_it(school: Api) -> None:
    made = await school.client.post("/api/teacher/classes", json={"name": "2B"})
    links = f"/api/teacher/classes/{made.json()['id']}/links"
    assert (await school.client.post(links)).status_code == 409
    await school.client.patch(links.replace("/links", "/students"), json={"add": [2, 1]})
    earlier = await link(school)
    sheet = (await school.client.post(links)).json()
    assert [each["student_id"] for each in sheet] == [1, 2]
    assert [(await begin(school, each["token"])).status_code for each in sheet] == [201, 201]
    assert (await begin(school, earlier)).status_code == 404


async def test_what_does_not_exist_gets_no_link(school: Api) -> None:
    for method, path in (
        ("POST", "students/99/link"),
        ("DELETE", "students/99/link"),
        ("POST", "classes/99/links"),
    ):
        assert (await school.client.request(method, f"/api/teacher/{path}")).status_code == 404


async def test_a_session_hides_right_answers_even_while_no_key_is_in_use(sqlite_api: Api) -> None:
    [student] = await sqlite_api.add_students(1)
    [homework] = await sqlite_api.homework((await sqlite_api.assign([student]))["id"])
    await sqlite_api.settle(homework)
    path = f"/api/student/{student}/homework/{homework.id}"
    session = await signed_in(sqlite_api, student)
    shown: dict[str, Any] = (await sqlite_api.client.get(path, headers=session)).json()
    assert shown["exercises"][0]["correct_answer"] is None
    open_ = (await sqlite_api.client.get(path)).json()["exercises"][0]
    assert open_["correct_answer"] == EXERCISE["correct_answer"]
    refused = await sqlite_api.client.get("/api/teacher/students", headers=session)
    assert refused.status_code == 403
    await sqlite_api.client.delete("/api/session", headers=session)
    assert (await sqlite_api.client.get(path, headers=session)).status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"token": "t"}, {"token": "t", "nonce": "short"}, {"token": "", "nonce": NONCE},
             {"token": "\ud800", "nonce": NONCE}, {"token": "t", "nonce": "\ud800" * 22}],
)  # fmt: skip
async def test_a_malformed_request_for_a_session_is_refused(sqlite_api: Api, body: dict[str, str]) -> None:
    sent: dict[str, Any] = {"content": json.dumps(body), "headers": {"Content-Type": "application/json"}}
    assert (await sqlite_api.client.post("/api/session", **sent)).status_code in {404, 422}


async def test_guessing_links_is_rate_limited_and_a_valid_link_still_works(sqlite_api: Api) -> None:
    await early_in_the_minute()
    rates = RateLimiter("6000/minute", "memory://")
    app = create_app(sqlite_api.services, HttpPolicy(rates=rates), sqlite_api.stop)
    await sqlite_api.add_students(1)
    token = await link(sqlite_api)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        guesses = [
            await client.post("/api/session", json={"token": f"guess-{number}", "nonce": NONCE})
            for number in range(FAILURES.amount + 1)
        ]
        assert [guess.status_code for guess in guesses] == [404] * FAILURES.amount + [429]
        assert int(guesses[-1].headers["Retry-After"]) > 0
        good = await client.post("/api/session", json={"token": token, "nonce": NONCE})
        assert good.status_code == 201
        # The session is counted separately, and not with the address that it shares with a guesser.
        session = {"Authorization": f"Bearer {good.json()['secret']}"}
        assert (await client.get("/api/session", headers=session)).headers["RateLimit"].count("r=5999")


ONE_FORM = "f" * 43


async def made_of(api: Api, nonce: str) -> str:
    made = await api.client.post("/api/teacher/students/1/link", json={"nonce": nonce})
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


async def test_the_same_nonce_gives_the_same_link_and_does_not_make_a_used_one_good_again(api: Api) -> None:
    await api.add_students(1)
    token = await made_of(api, ONE_FORM)
    begin = {"token": token, "nonce": "this-browser-and-no-other"}
    assert (await api.client.post("/api/session", json=begin)).status_code == 201
    assert await made_of(api, ONE_FORM) == token
    begin["nonce"] = "another-browser-altogether"
    assert (await api.client.post("/api/session", json=begin)).status_code == 409
    assert await made_of(api, "g" * 43) != token


async def test_a_form_that_is_sent_again_much_later_makes_new_links(api: Api) -> None:
    await api.add_students(1)
    token = await made_of(api, ONE_FORM)
    api.clock.advance(SAME_LINKS_WITHIN.total_seconds() * 2)
    assert await made_of(api, ONE_FORM) != token


@pytest.mark.parametrize("nonce", ["", "short", "x" * 101, 7])
async def test_links_are_made_of_no_nonce_that_could_be_guessed(api: Api, nonce: object) -> None:
    await api.add_students(1)
    made = await api.client.post("/api/teacher/students/1/link", json={"nonce": nonce})
    assert made.status_code == 422
