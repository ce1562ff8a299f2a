"""A teacher corrects a student's name and address on a page, and downloads all data about the student."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.support.classroom import School, words_of

CLASS = "/teacher/classes/1"


@pytest.fixture
async def teacher(school: School) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of a teacher whose class has one student."""
    async with school.browser() as browser:
        await school.sign_in_teacher(browser)
        await browser.post("/teacher/classes", data={"name": "2B"})
        await browser.post(f"{CLASS}/others", data={f"student-{school.student}": "1"})
        yield browser


@pytest.fixture
def page(school: School) -> str:
    """The path of the student's page."""
    return f"{CLASS}/students/{school.student}"


async def stored(school: School) -> dict[str, Any]:
    found = (await school.api.client.get("/api/teacher/students")).json()
    return dict(next(one for one in found if one["id"] == school.student))


async def correct(browser: httpx.AsyncClient, page: str, name: str, email: str) -> httpx.Response:
    return await browser.post(f"{page}/correct", data={"name": name, "email": email})


async def test_a_name_and_an_address_are_corrected_and_the_page_says_so(
    school: School, teacher: httpx.AsyncClient, page: str
) -> None:
    before = await stored(school)
    assert f'value="{before["email"]}"' in (await teacher.get(page)).text
    done = await correct(teacher, page, "  Giulia   <b> D’Àvila ", "Giulia.New@example.org")
    assert (done.status_code, done.headers["Location"]) == (303, f"{page}?notice=corrected")
    after = await stored(school)
    assert (after["name"], after["email"]) == ("Giulia <b> D’Àvila", "Giulia.New@example.org")
    shown = await teacher.get(done.headers["Location"])
    assert "The correction is saved." in words_of(shown)
    assert "<h1>Giulia &lt;b&gt; D’Àvila</h1>" in shown.text


async def test_an_address_that_is_left_empty_is_taken_away_and_may_be_given_again(
    school: School, teacher: httpx.AsyncClient, page: str
) -> None:
    address = (await stored(school))["email"]
    for email in ("", "", address):
        assert (await correct(teacher, page, "Giulia", email)).status_code == 303
        assert (await stored(school))["email"] == email
        assert "invalid" not in (await teacher.get(page)).text


@pytest.mark.parametrize(
    ("name", "email"),
    [("", ""), (" \t ", ""), ("x" * 101, ""), ("Ada", "ada"), ("Ada", "ada@example.invalid"), ("\u200b", "")],
)
async def test_what_is_no_name_or_no_address_is_said_beside_what_was_typed(
    school: School, teacher: httpx.AsyncClient, page: str, name: str, email: str
) -> None:
    before = await stored(school)
    refused = await correct(teacher, page, name, email)
    assert (refused.status_code, "This was not saved." in words_of(refused)) == (422, True)
    assert f'value="{email}"' in refused.text
    assert await stored(school) == before


async def test_an_address_of_another_student_is_refused(
    school: School, teacher: httpx.AsyncClient, page: str
) -> None:
    await school.api.add_student("taken@example.org", "Luca")
    before = await stored(school)
    refused = await correct(teacher, page, "Giulia", "Taken@Example.org")
    assert (refused.status_code, "another of your students" in words_of(refused)) == (409, True)
    assert 'value="Taken@Example.org"' in refused.text
    assert await stored(school) == before


async def test_everything_about_a_student_is_saved_as_a_file_and_noted(
    school: School, teacher: httpx.AsyncClient, page: str
) -> None:
    await school.written()
    offered = (await teacher.get(page)).text
    files = {kind: await teacher.get(f"{page}/files/{kind}") for kind in ("json", "pdf")}
    assert all(f'href="{page}/files/{kind}"' in offered for kind in files)
    for kind, file in files.items():
        name = f"student-{school.student}.{kind}"
        assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert file.headers["Cache-Control"] == "no-store"
    record = json.loads(files["json"].content)
    assert (record["name"], len(record["homework"])) == ("Giulia", 1)
    assert files["pdf"].content.startswith(b"%PDF-")
    noted = (await school.api.client.get("/api/ops/audit")).json()
    assert [one["action"] for one in noted].count("student_exported") == 2


async def test_pages_and_files_of_a_student_who_is_not_in_the_class_do_not_exist(
    school: School, teacher: httpx.AsyncClient
) -> None:
    outside = await school.api.add_student("outside@example.org", "Luca")
    page = f"{CLASS}/students/{outside}"
    answers = [
        await teacher.get(page),
        await teacher.get(f"{page}/files/json"),
        await correct(teacher, page, "X", ""),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    found = (await school.api.client.get("/api/teacher/students")).json()
    assert "Luca" in {one["name"] for one in found}


@pytest.mark.parametrize("kind", ["csv", "JSON", "x.json", "%2e%2e"])
async def test_no_other_kind_of_file_exists(teacher: httpx.AsyncClient, page: str, kind: str) -> None:
    assert (await teacher.get(f"{page}/files/{kind}")).status_code == 404


async def test_a_form_of_another_site_corrects_nothing(
    school: School, teacher: httpx.AsyncClient, page: str
) -> None:
    before = await stored(school)
    form = {"name": "Mallory", "email": ""}
    refused = await teacher.post(f"{page}/correct", data=form, headers={"Origin": "https://evil.example"})
    assert (refused.status_code, await stored(school)) == (403, before)


async def test_the_page_is_in_italian_too(teacher: httpx.AsyncClient, page: str) -> None:
    shown = words_of(await teacher.get(page, headers={"Accept-Language": "it"}))
    for sentence in ("Nome ed e-mail", "Salva la correzione", "Salva come PDF", "Tutto su questo studente"):
        assert sentence in shown
