"""Every page declares who may open it, and each kind of user requests each page."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.classroom import URL, School
from tests.support.classroom_classes import CLASSES_MAY

from homework_api.services.student_links import SESSION_LASTS
from homework_classroom import app

from .test_access_to_homework import TEACHERS_MAY

ANYBODY, STUDENT = {"nobody", "an ended session", "another student", "the student"}, {"the student"}
STUDENTS = STUDENT | {"another student"}

WHO_MAY: dict[str, set[str]] = {
    "GET /health": ANYBODY,
    "GET /static/{name}": ANYBODY,
    "POST /language": ANYBODY,
    "GET /in/{token}": ANYBODY,
    "POST /in/{token}": ANYBODY,  # The link gives access.
    "POST /sign-out": ANYBODY,
    "GET /signed-out": ANYBODY,
    "GET /": STUDENTS,
    "GET /earlier": STUDENTS,
    "GET /homework/{homework_id}": STUDENT,
    "GET /homework/{homework_id}/check": STUDENT,
    "POST /homework/{homework_id}/start": STUDENT,
    "POST /homework/{homework_id}/answers": STUDENT,
    "POST /homework/{homework_id}/send": STUDENT,
}
"""The required access for each route. A new route fails until it is listed."""


@pytest.fixture
async def browsers(school: School) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A browser for each kind of caller. The student's comes last, so that the others find
    nothing changed.
    """
    async with (
        school.browser() as nobody,
        school.browser() as ended,
        school.browser() as another,
        school.browser() as own,
    ):
        await school.sign_in(ended)
        school.api.clock.advance(SESSION_LASTS.total_seconds())
        mine, school.student = school.student, await school.api.add_student("luca@example.org", "Luca")
        await school.sign_in(another)
        school.student = mine
        await school.sign_in(own)
        yield {"nobody": nobody, "an ended session": ended, "another student": another, "the student": own}


def test_every_route_has_a_decision_about_who_may_open_it() -> None:
    routed = {
        f"{method} {route.path}"
        for module in app._ROUTES
        for route in module.router.routes
        for method in route.methods
    }
    assert routed == set(WHO_MAY) | set(CLASSES_MAY) | set(TEACHERS_MAY)


@pytest.mark.parametrize("route", WHO_MAY)
async def test_a_page_opens_for_those_who_may_and_changes_nothing_for_others(
    route: str, school: School, browsers: dict[str, httpx.AsyncClient]
) -> None:
    homework_id = await school.written()
    method, path = route.split(" ")
    file = school.classroom.static["classroom.css"].path.rpartition("/")[2]
    url = path.format(homework_id=homework_id, token="t", name=file)
    before, opened = await school.stored(homework_id), set()
    for who, browser in browsers.items():
        answer = await browser.request(method, url, headers={"Origin": URL})
        if who not in WHO_MAY[route]:
            assert answer.status_code in {401, 404}, who
            assert await school.stored(homework_id) == before, who
            continue
        opened.add(who)
        assert answer.status_code != 401, who
    assert opened == WHO_MAY[route]
