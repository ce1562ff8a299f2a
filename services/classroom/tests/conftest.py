"""The classroom with the real API, both in memory. SQLite stores the homework."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.support.api.application import api_over
from tests.support.classroom import URL, School

from homework_classroom.address import Address
from homework_classroom.api import connect
from homework_classroom.app import create_app
from homework_classroom.pages import Pages
from homework_classroom.static_files import read_static_files
from homework_classroom.visit import Classroom


@pytest.fixture
async def school(sqlite_url: str) -> AsyncIterator[School]:
    async with api_over(sqlite_url) as api:
        [student] = await api.add_students(1)
        asked: list[str] = []

        async def note(request: httpx.Request) -> None:
            asked.append(f"{request.method} {request.url.path}")

        async with connect("http://api", httpx.ASGITransport(api.app)) as client:
            client._http.event_hooks["request"].append(note)
            static = read_static_files()
            pages = Pages(static, ZoneInfo("Europe/Rome"))
            classroom = Classroom(client, Address(URL), pages, static, api.clock)
            yield School(api, create_app(classroom), classroom, student, asked)


@pytest.fixture
async def teacher(school: School) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of a teacher, who is signed in."""
    async with school.browser() as browser:
        await school.sign_in_teacher(browser)
        yield browser


@pytest.fixture
async def browser(school: School) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of the student, who is signed in."""
    async with school.browser() as browser:
        await school.sign_in(browser)
        yield browser
