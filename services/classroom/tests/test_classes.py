"""A teacher creates, checks and deletes classes and students on pages. Each error has a sentence."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from tests.support.classroom import School, nonce_of, words_of

CLASS = "/teacher/classes/1"
UPLOAD = "multipart/form-data"
NONCE = "this-form-and-no-other-one"


@pytest.fixture
async def teacher(school: School) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of a signed-in teacher who has an empty class 2B."""
    async with school.browser() as browser:
        await school.sign_in_teacher(browser)
        made = await browser.post("/teacher/classes", data={"name": "2B"})
        assert made.headers["Location"] == f"{CLASS}?notice=made"
        yield browser


def carried(page: httpx.Response) -> dict[str, str]:
    """The fields that the form of a reviewed list sends."""
    [text] = re.findall(r'<textarea name="list" hidden>\n?(.*?)</textarea>', page.text, re.DOTALL)
    return {"list": unescape(text), "nonce": nonce_of(page)}


async def students(school: School) -> list[dict[str, Any]]:
    return list((await school.api.client.get("/api/teacher/students")).json())


async def members(school: School) -> list[str]:
    found = await school.api.client.get("/api/teacher/classes/1")
    return [one["name"] for one in found.json()["students"]]


async def test_a_class_is_made_renamed_and_deleted(school: School, teacher: httpx.AsyncClient) -> None:
    assert "Class 2B The class is made." in words_of(await teacher.get(f"{CLASS}?notice=made"))
    again = await teacher.post("/teacher/classes", data={"name": " 2b "})
    assert again.headers["Location"] == f"{CLASS}?notice=there", "a second click makes no second class"
    assert "0 students" in words_of(await teacher.get("/teacher/classes"))
    renamed = await teacher.post(f"{CLASS}/rename", data={"name": "3B <b>"})
    assert renamed.status_code == 303
    assert "<h1>Class 3B &lt;b&gt;</h1>" in (await teacher.get(CLASS)).text
    asked = await teacher.get(f"{CLASS}/delete")
    assert "Its students stay" in words_of(asked)
    clicks = [await teacher.post(f"{CLASS}/delete") for _ in range(2)]
    assert {click.headers["Location"] for click in clicks} == {"/teacher/classes?notice=deleted"}
    assert "There is no class yet." in words_of(await teacher.get("/teacher/classes"))
    assert (await teacher.get(CLASS)).status_code == 404


@pytest.mark.parametrize("name", ["", "x" * 101, "\u200b"])
async def test_an_invalid_name_is_reported_beside_its_field(teacher: httpx.AsyncClient, name: str) -> None:
    for path in ("/teacher/classes", f"{CLASS}/rename"):
        refused = await teacher.post(path, data={"name": name})
        assert (refused.status_code, "between 1 and 100" in words_of(refused)) == (422, True)


async def test_a_class_takes_no_name_of_another(teacher: httpx.AsyncClient) -> None:
    await teacher.post("/teacher/classes", data={"name": "3A"})
    refused = await teacher.post(f"{CLASS}/rename", data={"name": "3a"})
    assert (refused.status_code, "Another class has this name" in words_of(refused)) == (409, True)


async def test_a_pasted_list_is_confirmed_first_and_a_second_click_creates_no_duplicates(
    school: School, teacher: httpx.AsyncClient
) -> None:
    [known] = await students(school)
    text = f"Ada\nGiulia\t{known['email']}\nLuca luca@example.org\nluca@example.org Luca\n12\nEva eva@x"
    page = await teacher.post(f"{CLASS}/list", data={"list": text})
    shown = words_of(page)
    for row in (
        "1 Ada – Is added as a new student",
        f"2 Giulia {known['email']} Is your student already",
        "4 Luca luca@example.org Is in this list twice",
        "5 – – Is left out: there is no name",
        "6 Eva eva@x Is left out: the e-mail address",
        "Add 3 students",
    ):
        assert row in shown
    assert (len(await students(school)), await members(school)) == (1, [])
    form = carried(page)
    clicks = await asyncio.gather(*(teacher.post(f"{CLASS}/students", data=form) for _ in range(4)))
    assert {click.headers.get("Location") for click in clicks} == {f"{CLASS}?notice=added"}
    assert sorted(await members(school)) == ["Ada", "Giulia", "Luca"]
    assert len(await students(school)) == 3
    assert "Nobody on this list" in words_of(await teacher.post(f"{CLASS}/list", data={"list": "ADA"}))


async def test_a_file_is_read_as_a_list(school: School, teacher: httpx.AsyncClient) -> None:
    content = "Cognome;Nome;E-mail\r\nD’Àvila;Nicolò;n@example.org\r\n".encode("cp1252")
    files = {"file": ("classe.csv", content, "text/csv")}
    page = await teacher.post(f"{CLASS}/list", data={"list": ""}, files=files)
    assert "1 Nicolò D’Àvila n@example.org Is added" in words_of(page)
    await teacher.post(f"{CLASS}/students", data=carried(page))
    assert await members(school) == ["Nicolò D’Àvila"]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"data": {"list": " \n ;; \n"}}, "There is nobody in this list"),
        ({"data": {"list": "Ada\n" * 301}}, "longer than 300 lines"),
        ({"files": {"file": ("a.csv", b"Ada\n" * 301, "text/csv")}}, "longer than 300 lines"),
        ({"files": {"file": ("a.csv", b"x" * 300_000, "text/csv")}}, "This could not be done"),
        (
            {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            "nobody in this list",
        ),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, "This could not be done"),
    ],
)
async def test_an_unreadable_list_is_refused_with_a_sentence(
    teacher: httpx.AsyncClient, sent: Any, says: str
) -> None:
    refused = await teacher.post(f"{CLASS}/list", **sent)
    assert (refused.status_code in {400, 422}, says in words_of(refused)) == (True, True)


async def test_one_student_is_added_by_hand_once(school: School, teacher: httpx.AsyncClient) -> None:
    nonce = nonce_of(await teacher.get(CLASS))
    form = {"name": 'Anna "Nina" Rossi', "email": "", "nonce": nonce}
    clicks = await asyncio.gather(*(teacher.post(f"{CLASS}/student", data=form) for _ in range(3)))
    assert {click.status_code for click in clicks} <= {200, 303}, "a late click sees that she is there"
    assert await members(school) == ['Anna "Nina" Rossi']
    assert len(await students(school)) == 2
    text = (await teacher.get(CLASS)).text
    assert "invalid" not in text, "the address that stands in for none is shown nowhere"
    wrong = await teacher.post(f"{CLASS}/student", data={"name": "Eva", "email": "eva", "nonce": nonce})
    assert "the e-mail address is not valid" in words_of(wrong)
    assert (await teacher.post(f"{CLASS}/student", data={"name": "Eva", "nonce": "x"})).status_code == 400


async def test_students_of_other_classes_come_in_and_go_out_again(
    school: School, teacher: httpx.AsyncClient
) -> None:
    page = await teacher.get(f"{CLASS}/others")
    assert "Giulia" in words_of(page)
    await teacher.post(f"{CLASS}/others", data={f"student-{school.student}": "1"})
    assert await members(school) == ["Giulia"]
    assert "All of them are in this class." in words_of(await teacher.get(f"{CLASS}/others"))
    assert "Make a new link" in words_of(await teacher.get(f"{CLASS}/students/{school.student}"))
    for _ in range(2):
        out = await teacher.post(f"{CLASS}/students/{school.student}/remove")
        assert out.headers["Location"] == f"{CLASS}?notice=removed"
    assert (await members(school), len(await students(school))) == ([], 1)
    assert (await teacher.get(f"{CLASS}/students/{school.student}")).status_code == 404
    nobody = await teacher.post(f"{CLASS}/others", data={"student-x": "1", "student-99": "1"})
    assert nobody.status_code == 404


async def test_a_student_is_deleted_with_the_homework_after_a_question(
    school: School, teacher: httpx.AsyncClient
) -> None:
    await teacher.post(f"{CLASS}/others", data={f"student-{school.student}": "1"})
    theirs = f"{CLASS}/students/{school.student}"
    assert "All homework and marks" in words_of(await teacher.get(f"{theirs}/delete"))
    assert len(await students(school)) == 1
    for _ in range(2):
        assert (await teacher.post(f"{theirs}/delete")).headers["Location"] == f"{CLASS}?notice=deleted"
    assert await students(school) == []


async def test_long_lists_are_in_pages(school: School, teacher: httpx.AsyncClient) -> None:
    names = "\n".join(f"S{number:03}" for number in range(130))
    await teacher.post(f"{CLASS}/students", data={"list": names, "nonce": NONCE})
    first, second = words_of(await teacher.get(CLASS)), words_of(await teacher.get(f"{CLASS}?page=2"))
    assert ("S099" in first, "S100" in first, "Page 1 of 2." in first) == (True, False, True)
    assert ("S099" in second, "S100" in second) == (False, True)
    assert "S129" in words_of(await teacher.get(f"{CLASS}?page=99"))
    for number in range(60):
        await school.api.client.post("/api/teacher/classes", json={"name": f"class {number}"})
    page = await teacher.get("/teacher/classes")
    assert ("class 59" in page.text, "class 0" in page.text) == (True, False)
    [older] = re.findall(r'href="(/teacher/classes\?before=[0-9]+)"', page.text)
    assert "class 0" in (await teacher.get(older)).text
