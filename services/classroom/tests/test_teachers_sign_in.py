"""A teacher signs in with a link or a key and signs out. A person who is refused reads the reason."""

from datetime import timedelta

import httpx
import pytest
from tests.support.classroom import School, nonce_of, words_of

from homework_api.domain.access import Scope
from homework_api.services.teacher_sessions import LINK_LASTS, SESSION_LASTS

SIGN_IN = "/teacher/sign-in"
HOME = "/teacher"


async def with_key(browser: httpx.AsyncClient, key: str) -> httpx.Response:
    nonce = nonce_of(await browser.get(SIGN_IN))
    return await browser.post(SIGN_IN, data={"key": key, "nonce": nonce})


async def test_opening_a_link_uses_nothing_and_its_button_signs_in(school: School) -> None:
    path = await school.teacher_link()
    async with school.browser() as browser:
        for _ in range(2):
            page = await browser.get(path)
        assert not browser.cookies
        clicks = [await browser.post(path, data={"nonce": nonce_of(page)}) for _ in range(2)]
        assert [(click.status_code, click.headers["Location"]) for click in clicks] == [(303, HOME)] * 2
        cookie = clicks[0].headers["Set-Cookie"]
        assert cookie.startswith("homework-teacher-8002=ht_")
        assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
        assert "You are in already" in words_of(await browser.get(path))
        again = await browser.post(path, data={"nonce": "another-nonce-of-some-length"})
        assert again.headers["Location"] == HOME, "the used link leads on where somebody is in"


async def test_a_link_that_was_used_is_too_old_or_unknown_has_a_sentence(school: School) -> None:
    path = await school.teacher_link()
    async with school.browser() as first, school.browser() as second:
        nonce = {"nonce": nonce_of(await first.get(path))}
        await first.post(path, data=nonce)
        used = await second.post(path, data={"nonce": nonce_of(await second.get(path))})
        assert (used.status_code, "was already used" in words_of(used)) == (409, True)
        old = await school.teacher_link()
        school.api.clock.advance(LINK_LASTS.total_seconds())
        late = await second.post(old, data=nonce)
        assert (late.status_code, "older than a day" in words_of(late)) == (410, True)
        for unknown in (
            "/teacher/in/of-nobody",
            "/teacher/in/%F0%9F%A6%8A",
            "/teacher/in/a%22%3E%3Cscript%3E",
        ):
            answer = await second.post(unknown, data=nonce)
            assert (answer.status_code, "does not work" in words_of(answer)) == (404, True), unknown
            assert "<script>" not in (await second.get(unknown)).text
        assert not second.cookies


async def test_while_no_key_is_in_use_the_field_for_a_key_lets_nobody_in(school: School) -> None:
    # The whole network can open this page while the classroom is shared.
    async with school.browser() as browser:
        for guess in ("x", "hk_000000000000_" + "x" * 43):
            refused = await with_key(browser, guess)
            assert (refused.status_code, "No key is in use here" in words_of(refused)) == (409, True)
        assert not browser.cookies


@pytest.mark.parametrize("secret", ["x", "hk_000000000000_" + "x" * 43, "ht_" + "x" * 43, "hs_" + "x" * 43])
async def test_while_no_key_is_in_use_no_cookie_makes_a_teacher(school: School, secret: str) -> None:
    # With any other header, the API would take the sender for this machine's user, who has every right.
    async with school.browser() as browser:
        browser.cookies.set(school.classroom.address.teacher_cookie, secret)
        assert (await browser.get(HOME)).status_code == 401
        assert (await browser.post("/teacher/classes", data={"name": "2B"})).status_code == 401
    assert (await school.api.client.get("/api/teacher/classes")).json() == []


async def test_a_key_signs_in_and_its_end_signs_out(school: School) -> None:
    keys = school.api.keys
    await keys.create("ops", frozenset({Scope.OPS}), None, None)
    good = await keys.create("laptop", frozenset({Scope.TEACHER}), None, None)
    async with school.browser() as browser:
        entered = await with_key(browser, f" {good.text} ")
        assert (entered.status_code, entered.headers["Location"]) == (303, HOME)
        assert good.text not in entered.headers["Set-Cookie"]
        await keys.revoke(good.row.id)
        out = await browser.get(HOME)
        assert (out.status_code, "Your sign-in has ended" in words_of(out)) == (401, True)
        assert "Max-Age=0" in out.headers["Set-Cookie"]


async def test_a_key_that_is_not_good_and_one_without_the_right_have_a_sentence_each(school: School) -> None:
    keys = school.api.keys
    ops = await keys.create("ops", frozenset({Scope.OPS}), None, None)
    pupil = await keys.create("pupil", frozenset(), school.student, None)
    soon = school.api.clock() + timedelta(seconds=1)
    old = await keys.create("old", frozenset({Scope.TEACHER}), None, soon)
    school.api.clock.advance(1)
    async with school.browser() as browser:
        for key in ("hk_000000000000_x", old.text, "chiave sbagliata", "chiavé", "", "\u202e"):
            wrong = await with_key(browser, key)
            assert (wrong.status_code, "This key is not valid" in words_of(wrong)) == (401, True), key
            assert not key or key not in wrong.text
        for key in (ops.text, pupil.text):
            refused = await with_key(browser, key)
            assert (refused.status_code, "the right `teacher`" in words_of(refused)) == (403, True)
        assert not browser.cookies


async def test_signing_out_ends_the_session_and_not_only_the_cookie(school: School) -> None:
    async with school.browser() as browser, school.browser() as thief:
        await school.sign_in_teacher(browser)
        thief.cookies.update(dict(browser.cookies))
        out = await browser.post("/teacher/sign-out")
        assert (out.status_code, not browser.cookies) == (303, True)
        assert "You are signed out." in words_of(await browser.get(out.headers["Location"]))
        assert (await thief.get(HOME)).status_code == 401


async def test_signing_out_everywhere_ends_the_sessions_of_all_browsers(school: School) -> None:
    async with school.browser() as browser, school.browser() as forgotten:
        await school.sign_in_teacher(browser)
        await school.sign_in_teacher(forgotten)
        assert 'href="/teacher/sign-out-everywhere"' in (await browser.get("/teacher/classes")).text
        assert "Sign out everywhere" in words_of(await browser.get("/teacher/sign-out-everywhere"))
        assert (await forgotten.get(HOME)).status_code == 200, "asking ends nothing"
        out = await browser.post("/teacher/sign-out-everywhere")
        assert (out.status_code, not browser.cookies) == (303, True)
        assert "You are signed out." in words_of(await browser.get(out.headers["Location"]))
        assert (await forgotten.get(HOME)).status_code == 401


async def test_one_browser_is_a_teacher_and_a_student_and_each_signs_out_alone(school: School) -> None:
    async with school.browser() as browser:
        await school.sign_in(browser)
        await school.sign_in_teacher(browser)
        await browser.post("/teacher/sign-out")
        assert "Hello Giulia!" in words_of(await browser.get("/"))


async def test_an_ended_session_is_reported(school: School) -> None:
    async with school.browser() as browser:
        await school.sign_in_teacher(browser)
        school.api.clock.advance(SESSION_LASTS.total_seconds())
        page = await browser.get(HOME)
        assert (page.status_code, 'href="/teacher/sign-in"' in page.text) == (401, True)


@pytest.mark.parametrize("nonce", ["", "short", "x" * 5000])
async def test_a_link_without_a_usable_nonce_does_not_work(school: School, nonce: str) -> None:
    async with school.browser() as browser:
        refused = await browser.post(await school.teacher_link(), data={"nonce": nonce})
        assert (refused.status_code, "does not work" in words_of(refused)) == (404, True)
