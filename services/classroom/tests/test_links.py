"""Links for students on a teacher's pages: a sheet for the class, a link for one student, and withdrawn
links.
"""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest
from pypdf import PdfReader
from tests.support.classroom import URL, School, nonce_of, words_of

from homework_classroom.address import Address
from homework_classroom.app import create_app
from homework_classroom.sheet import Card, Words, draw
from homework_shared.runtime.clock import utc_now

CLASS = "/teacher/classes/1"
SHARED = "http://192.168.1.20:8003"


@pytest.fixture
async def teacher(school: School) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of a teacher who has Giulia and Nicolò in a class 2B."""
    await school.api.client.post("/api/teacher/classes", json={"name": "2B"})
    other = (await school.api.client.post("/api/teacher/students", json={"name": "Nicolò D’Àvila"})).json()
    members = {"add": [school.student, other["id"]]}
    await school.api.client.patch("/api/teacher/classes/1/students", json=members)
    async with school.browser() as browser:
        await school.sign_in_teacher(browser)
        yield browser


def links_in(page: httpx.Response) -> list[str]:
    return re.findall(r'<p class="given">(http[^<]+)</p>', page.text)


def sheet_form(page: httpx.Response) -> dict[str, str]:
    [links] = re.findall(r'name="links" value="([^"]*)"', page.text)
    return {"links": unescape(links)}


async def test_a_form_that_is_sent_twice_gives_the_same_links_and_all_of_them_work(
    school: School, teacher: httpx.AsyncClient
) -> None:
    form = {"nonce": nonce_of(await teacher.get(f"{CLASS}/links"))}
    pages = await asyncio.gather(*(teacher.post(f"{CLASS}/links", data=form) for _ in range(2)))
    links = links_in(pages[0])
    assert links == links_in(pages[1])
    assert [await enters(school, link) for link in links] == [303, 303]
    another = {"nonce": nonce_of(await teacher.get(f"{CLASS}/links"))}
    assert not set(links) & set(links_in(await teacher.post(f"{CLASS}/links", data=another)))


async def test_a_link_for_one_student_whose_form_is_sent_twice_is_one(
    school: School, teacher: httpx.AsyncClient
) -> None:
    page = f"{CLASS}/students/{school.student}"
    form = {"nonce": nonce_of(await teacher.get(page))}
    first, second = [links_in(await teacher.post(f"{page}/link", data=form)) for _ in range(2)]
    assert first == second
    assert await enters(school, first[0]) == 303


async def enters(school: School, link: str) -> int:
    path = "/" + link.partition("//")[2].partition("/")[2]
    async with school.browser() as phone:
        nonce = {"nonce": nonce_of(await phone.get(path))}
        return (await phone.post(path, data=nonce)).status_code


async def test_a_class_gets_links_on_the_screen_and_the_same_ones_on_paper(
    school: School, teacher: httpx.AsyncClient
) -> None:
    asked = await teacher.get(f"{CLASS}/links")
    assert "Earlier links that nobody has used no longer work." in words_of(asked)
    page = await teacher.post(f"{CLASS}/links")
    links = links_in(page)
    assert [link.rpartition("/")[0] for link in links] == [f"{URL}/in"] * 2
    assert page.text.count('src="data:image/svg+xml') == 2
    assert 'alt="QR code of the link for Giulia"' in page.text
    sheets = [await teacher.post(f"{CLASS}/links/sheet", data=sheet_form(page)) for _ in range(2)]
    assert sheets[0].content == sheets[1].content, "a second click makes no other links"
    assert sheets[0].headers["Content-Type"] == "application/pdf"
    assert "Links%20for%202B.pdf" in sheets[0].headers["Content-Disposition"]
    [paper] = PdfReader(io.BytesIO(sheets[0].content)).pages
    text = paper.extract_text()
    for shown in ("Giulia", "Nicolò D’Àvila", "2B", "Scan the code", "Come in"):
        assert shown in text
    flat = re.sub(r"\s", "", text)
    assert all(link in flat for link in links)
    assert [await enters(school, link) for link in links] == [303, 303]


async def test_the_sheet_is_in_the_language_of_the_page(teacher: httpx.AsyncClient) -> None:
    await teacher.post("/language", data={"language": "it"})
    page = await teacher.post(f"{CLASS}/links")
    sheet = await teacher.post(f"{CLASS}/links/sheet", data=sheet_form(page))
    assert "premi “Entra”" in PdfReader(io.BytesIO(sheet.content)).pages[0].extract_text()


async def test_a_second_click_makes_the_first_links_void_and_its_own_are_good(
    school: School, teacher: httpx.AsyncClient
) -> None:
    first, second = [links_in(await teacher.post(f"{CLASS}/links")) for _ in range(2)]
    assert [await enters(school, link) for link in (first[0], second[0])] == [404, 303]


async def test_links_begin_with_the_address_that_students_open(
    school: School, teacher: httpx.AsyncClient, tmp_path: Path
) -> None:
    here = words_of(await teacher.get(f"{CLASS}/links"))
    assert "opens on this computer only" in here
    assert "homework share" in here
    file = tmp_path / "shared-url"
    cookies = dict(teacher.cookies)
    for classroom in (
        replace(school.classroom, shared_url_file=file),  # The classroom runs beside `homework share`.
        replace(school.classroom, address=Address(SHARED)),  # `homework share` runs this process.
    ):
        file.write_text(f"{SHARED}\n")
        school.app = create_app(classroom)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(school.app), base_url=classroom.address.url
        ) as browser:
            browser.cookies.set(classroom.address.teacher_cookie, next(iter(cookies.values())))
            page = await browser.post(f"{CLASS}/links")
            assert links_in(page)[0].startswith(f"{SHARED}/in/")
            assert "on this computer only" not in page.text
            sheet = await browser.post(f"{CLASS}/links/sheet", data=sheet_form(page))
            assert SHARED in PdfReader(io.BytesIO(sheet.content)).pages[0].extract_text()
            file.unlink()


async def test_one_student_gets_a_new_link_and_it_can_be_withdrawn(
    school: School, teacher: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    theirs = f"{CLASS}/students/{school.student}"
    [link] = links_in(await teacher.post(f"{theirs}/link"))
    assert (await browser.get("/")).status_code == 200, "whoever is signed in stays so"
    assert "signed out on every device" in words_of(await teacher.get(f"{theirs}/withdraw"))
    assert (await browser.get("/")).status_code == 200
    for _ in range(2):
        assert (await teacher.post(f"{theirs}/withdraw")).headers["Location"] == f"{CLASS}?notice=withdrawn"
    assert (await browser.get("/")).status_code == 401
    assert await enters(school, link) == 404


async def test_an_empty_class_is_told_to_add_students(teacher: httpx.AsyncClient) -> None:
    await teacher.post("/teacher/classes", data={"name": "3C"})
    refused = await teacher.post("/teacher/classes/2/links")
    assert (refused.status_code, "Nobody is in this class" in words_of(refused)) == (409, True)


@pytest.mark.parametrize("links", ["", "1", "x y", "1 a/b", "1 <b>", "99 token", "1 a b"])
async def test_a_sheet_of_links_that_are_none_is_refused(teacher: httpx.AsyncClient, links: str) -> None:
    assert (await teacher.post(f"{CLASS}/links/sheet", data={"links": links})).status_code == 400


def test_a_sheet_has_eight_cards_a_page_and_holds_names_of_any_length() -> None:
    cards = [
        Card(f"{'Massimiliano ' * 8}{number}", f"https://classe.example.org/in/{'x' * 43}")
        for number in range(9)
    ]
    words = Words("Links", "2B " * 30, ("Scan the code. " * 5, "z" * 100, "日本"))
    assert len(PdfReader(io.BytesIO(draw(cards, words, utc_now()))).pages) == 2
