"""A student signs in with a link and signs out. A person who is refused reads what to do."""

from dataclasses import replace

import httpx
import pytest
from tests.support.classroom import URL, School, nonce_of, words_of

from homework_api.services.student_links import LINK_LASTS, SESSION_LASTS
from homework_classroom.address import Address
from homework_classroom.app import create_app
from homework_client.student_links import STUDENT_NAME


async def test_opening_a_link_uses_nothing_and_its_button_signs_in(school: School) -> None:
    path = await school.link()
    async with school.browser() as preview:  # A messenger opens each link to draw a preview.
        assert (await preview.get(path)).status_code == 200
        assert not preview.cookies
    async with school.browser() as browser:
        page = await browser.get(path)
        assert "Come in" in words_of(page)
        entered = await browser.post(path, data={"nonce": nonce_of(page)})
        assert (entered.status_code, entered.headers["Location"]) == (303, "/")
        assert "Hello Giulia!" in words_of(await browser.get("/"))


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(school: School) -> None:
    async with school.browser() as browser:
        cookie = (await school.sign_in(browser)).headers["Set-Cookie"]
        assert cookie.startswith("homework-classroom-8002=hs_")
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie


async def test_behind_tls_the_cookie_is_sent_over_tls_alone_and_can_be_forgotten(school: School) -> None:
    address = Address("https://classe.example.org")
    school.app = create_app(replace(school.classroom, address=address))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(school.app), base_url=address.url) as browser:
        cookie = (await school.sign_in(browser)).headers["Set-Cookie"]
        assert cookie.startswith("__Host-homework-classroom=hs_")
        assert "Secure" in cookie.split("; ")
        out = (await browser.post("/sign-out")).headers["Set-Cookie"]
        assert out.startswith('__Host-homework-classroom="";')
        assert {"Secure", "Max-Age=0"} <= set(out.split("; "))


async def test_a_second_browser_with_the_same_link_is_told_to_ask_for_a_new_one(school: School) -> None:
    path = await school.link()
    async with school.browser() as first, school.browser() as second:
        await first.post(path, data={"nonce": nonce_of(await first.get(path))})
        refused = await second.post(path, data={"nonce": nonce_of(await second.get(path))})
        assert refused.status_code == 409
        assert "This link was used already" in words_of(refused)
        assert "ask your teacher" in words_of(refused)
        assert not second.cookies


async def test_the_same_link_opened_again_on_the_same_phone_leads_to_the_homework(school: School) -> None:
    path = await school.link()
    async with school.browser() as browser:
        await browser.post(path, data={"nonce": nonce_of(await browser.get(path))})
        page = await browser.get(path)
        assert "You are in already, as Giulia." in words_of(page)
        again = await browser.post(path, data={"nonce": nonce_of(page)})
        assert (again.status_code, again.headers["Location"]) == (303, "/")
        assert "Set-Cookie" not in again.headers
        assert "Hello Giulia!" in words_of(await browser.get("/"))


async def test_a_double_click_on_the_button_signs_in_once(school: School) -> None:
    path = await school.link()
    async with school.browser() as browser:
        nonce = nonce_of(await browser.get(path))
        clicks = [await browser.post(path, data={"nonce": nonce}) for _ in range(2)]
        assert [click.status_code for click in clicks] == [303, 303]
        assert (await browser.get("/")).status_code == 200


@pytest.mark.parametrize("nonce", ["", "short", "x" * 5000])
async def test_a_link_without_a_usable_nonce_does_not_work(school: School, nonce: str) -> None:
    async with school.browser() as browser:
        refused = await browser.post(await school.link(), data={"nonce": nonce})
        assert (refused.status_code, "This link does not work" in refused.text) == (404, True)


async def test_old_and_withdrawn_and_mistyped_links_each_get_a_sentence(school: School) -> None:
    async with school.browser() as browser:
        old = await school.link()
        nonce = {"nonce": nonce_of(await browser.get(old))}
        school.api.clock.advance(LINK_LASTS.total_seconds())
        expired = await browser.post(old, data=nonce)
        assert (expired.status_code, "too old" in words_of(expired)) == (410, True)
        await school.api.client.delete(f"/api/teacher/students/{school.student}/link")
        for path in (old, "/in/of-nobody", "/in/%F0%9F%A6%8A", "/in/a%22%3E%3Cscript%3E"):
            unknown = await browser.post(path, data=nonce)
            assert (unknown.status_code, "does not work" in words_of(unknown)) == (404, True), path
            assert "<script>" not in (await browser.get(path)).text


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    school: School, browser: httpx.AsyncClient
) -> None:
    stolen = dict(browser.cookies)
    out = await browser.post("/sign-out")
    assert (out.status_code, out.headers["Location"]) == (303, "/signed-out")
    assert not browser.cookies
    page = await browser.get("/signed-out")
    assert "ask your teacher for a new link" in words_of(page)
    assert "data-forget" in page.text, "what is kept on a shared tablet is forgotten"
    async with school.browser() as thief:
        thief.cookies.update(stolen)
        assert (await thief.get("/")).status_code == 401


async def test_signing_in_as_another_student_ends_the_session_that_was_there(
    school: School, browser: httpx.AsyncClient
) -> None:
    before = dict(browser.cookies)
    school.student = await school.api.add_student("luca@example.org", "Luca")
    await school.sign_in(browser)
    assert "Hello Luca!" in words_of(await browser.get("/"))
    async with school.browser() as other:
        other.cookies.update(before)
        assert (await other.get("/")).status_code == 401


async def test_a_visitor_without_a_session_reads_how_to_sign_in(school: School) -> None:
    async with school.browser() as browser:
        for path in ("/", "/homework/1", "/homework/1/check", "/earlier"):
            page = await browser.get(path)
            assert (page.status_code, "scan the QR code" in words_of(page)) == (401, True)
        for path in ("/homework/1/start", "/homework/1/answers", "/homework/1/send"):
            assert (await browser.post(path)).status_code == 401


async def test_an_ended_session_is_reported_and_its_cookie_deleted(
    school: School, browser: httpx.AsyncClient
) -> None:
    school.api.clock.advance(SESSION_LASTS.total_seconds())
    page = await browser.get("/")
    assert (page.status_code, "Your sign-in has ended" in words_of(page)) == (401, True)
    assert "Max-Age=0" in page.headers["Set-Cookie"]


async def test_a_deleted_student_is_signed_out(school: School, browser: httpx.AsyncClient) -> None:
    await school.api.client.delete(f"/api/teacher/students/{school.student}")
    page = await browser.get("/")
    assert (page.status_code, "ask your teacher for a new link" in words_of(page).lower()) == (401, True)


@pytest.mark.parametrize(
    "headers",
    [{"Host": "rebound.example"}, {"Origin": "https://other.example"}, {"Origin": "null"}],
)
async def test_another_name_or_another_sites_page_gets_the_address_to_open(
    school: School, browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for method, path in (("GET", "/"), ("POST", "/sign-out"), ("GET", "/static/classroom.css")):
        refused = await browser.request(method, path, headers=headers)
        assert (refused.status_code, URL in refused.text) == (403, True)
    assert (await browser.get("/")).status_code == 200, "nobody was signed out"
    assert (await browser.get("/health", headers=headers)).text == "ok"


async def test_our_own_forms_pass_the_gate_and_say_where_they_come_from(
    school: School, browser: httpx.AsyncClient
) -> None:
    page = await browser.get("/")
    # With `no-referrer` a browser sends `Origin: null` with a form, and the origin check refuses it.
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert (await browser.post("/sign-out", headers={"Origin": URL})).status_code == 303


async def rename(school: School, name: str) -> None:
    path = f"/api/teacher/students/{school.student}"
    assert (await school.api.client.patch(path, json={"name": name})).status_code == 200


async def test_a_corrected_name_is_on_every_page_from_the_next_request_on(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await school.written()
    for number, path in enumerate(("/", "/earlier", f"/homework/{homework_id}")):
        await rename(school, f"Zoë N° {number} <b>")
        school.asked.clear()
        page = await browser.get(path)
        assert f"Zoë N° {number} <b>" in words_of(page), path
        assert len(school.asked) == 1, "it costs no question of its own"
    await browser.post(f"/homework/{homework_id}/start")
    await rename(school, "Zoë Z.")
    assert "Zoë Z." in words_of(await browser.get(f"/homework/{homework_id}/check"))


async def test_the_cookie_holds_no_name_and_one_of_the_version_before_shows_the_name_of_today(
    school: School, browser: httpx.AsyncClient
) -> None:
    cookie = school.classroom.address.cookie
    secret, student, rest = browser.cookies[cookie].split(".")
    assert (student, rest) == (str(school.student), "-")
    browser.cookies.clear()
    browser.cookies.set(cookie, f"{secret}.{student}.R3VpbGlh")  # "Guilia" is a misspelling of Giulia.
    assert "Hello Giulia!" in words_of(await browser.get("/"))


async def test_an_api_of_the_version_before_which_says_no_name_with_its_answers_is_asked_for_it(
    school: School, browser: httpx.AsyncClient
) -> None:
    async def leave_out(response: httpx.Response) -> None:
        response.headers.pop(STUDENT_NAME, None)

    school.classroom.api._http.event_hooks["response"].append(leave_out)
    await rename(school, "Zoë")
    assert "Hello Zoë!" in words_of(await browser.get("/"))


@pytest.mark.parametrize("who", ["", ".1", ".1.", ".1.A", ".1._w", ".x.R2l1bGlh", ".1.R2l1bGlh.more"])
async def test_a_malformed_cookie_never_breaks_a_page(
    school: School, browser: httpx.AsyncClient, who: str
) -> None:
    cookie = school.classroom.address.cookie
    secret = browser.cookies[cookie].partition(".")[0]
    browser.cookies.clear()
    browser.cookies.set(cookie, secret + who)
    page = await browser.get("/")
    assert page.status_code == (200 if who in {"", ".1.A", ".1._w"} else 401)
    assert ("Hello Giulia!" in words_of(page)) == (page.status_code == 200)


async def test_a_cookie_that_names_another_student_shows_nothing_of_theirs(
    school: School, browser: httpx.AsyncClient
) -> None:
    other = await school.api.add_student("luca@example.org", "Luca")
    homework_id = await school.written()
    cookie = school.classroom.address.cookie
    secret, _, name = browser.cookies[cookie].split(".")
    browser.cookies.clear()
    browser.cookies.set(cookie, f"{secret}.{other}.{name}")
    for path in ("/", f"/homework/{homework_id}"):
        assert (await browser.get(path)).status_code in {401, 404}
