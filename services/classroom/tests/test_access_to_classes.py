"""The pages about classes, requested without a session, by a student, and by two teachers, while keys are in
use.
"""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.support.classroom import URL, School
from tests.support.classroom_classes import CLASSES_MAY, MEMBER, ONE_CLASS

from homework_api.domain.access import Scope
from homework_api.schemas.teachers import TeacherName

# Deleting a missing object succeeds, so a second click is not an error, and a stranger learns nothing.
GONE_IS_DONE = {
    f"POST {ONE_CLASS}/delete",
    f"POST {MEMBER}/withdraw",
    f"POST {MEMBER}/remove",
    f"POST {MEMBER}/delete",
}


@pytest.fixture
async def class_browsers(school: School) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A browser for each kind of caller. The first teacher's comes last, so that the others find nothing
    changed.
    """
    api = school.api
    await api.client.post("/api/teacher/classes", json={"name": "2B"})
    await api.client.patch("/api/teacher/classes/1/students", json={"add": [school.student]})
    await api.services.teachers.create(TeacherName(name="Bea"))
    async with (
        school.browser() as nobody,
        school.browser() as student,
        school.browser() as another,
        school.browser() as own,
    ):
        await school.sign_in(student)
        session = student.cookies[school.classroom.address.cookie]
        student.cookies.set(school.classroom.address.teacher_cookie, session)
        key = await api.keys.create("all", frozenset(Scope), None, None)
        api.client.headers["Authorization"] = f"Bearer {key.text}"
        await school.sign_in_teacher(another, 2)
        await school.sign_in_teacher(own)
        yield {"nobody": nobody, "a student": student, "another teacher": another, "the teacher": own}


async def stored_classes(school: School) -> list[Any]:
    paths = ("classes", "classes/1", "students")
    headers = {"Teacher-Id": "1"}
    return [(await school.api.client.get(f"/api/teacher/{path}", headers=headers)).json() for path in paths]


@pytest.mark.parametrize("route", CLASSES_MAY)
async def test_a_teachers_class_is_hidden_from_everybody_else(
    route: str, school: School, class_browsers: dict[str, httpx.AsyncClient]
) -> None:
    method, path = route.split(" ")
    url = path.format(class_id=1, student_id=school.student, token="t", kind="json")
    form = {"name": "3C", "list": "Ada", "nonce": "n" * 22, "links": f"{school.student} {'t' * 43}"}
    form |= {f"student-{school.student}": "1"}
    before = await stored_classes(school)
    for who, browser in class_browsers.items():
        answer = await browser.request(method, url, headers={"Origin": URL}, data=form)
        if who in CLASSES_MAY[route]:
            assert answer.status_code in ({200, 303} if "{class_id}" in route else {200, 303, 401, 404}), who
            assert ("Giulia" in answer.text) <= (who == "the teacher")
            continue
        refused = {401} if who in {"nobody", "a student"} else {303} if route in GONE_IS_DONE else {404}
        assert answer.status_code in refused, (who, answer.text)
        assert "Giulia" not in answer.text
        assert await stored_classes(school) == before, who
