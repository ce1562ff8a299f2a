"""What teachers make of classes, students and links is theirs alone: every page is tried by everybody."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.support.classroom import URL, School

from homework_api.domain.access import Scope
from homework_api.schemas.teachers import TeacherName

WHOEVER = {"nobody", "a student", "another teacher", "the teacher"}
HER_OWN, ONE_TEACHER = {"another teacher", "the teacher"}, {"the teacher"}
ONE_CLASS, MEMBER = "/teacher/classes/{class_id}", "/teacher/classes/{class_id}/students/{student_id}"
CLASSES_MAY: dict[str, set[str]] = {
    "GET /teacher/sign-in": WHOEVER,
    "POST /teacher/sign-in": WHOEVER,  # the key is what lets in
    "GET /teacher/in/{token}": WHOEVER,
    "POST /teacher/in/{token}": WHOEVER,  # the link is what lets in
    "POST /teacher/sign-out": WHOEVER,
    "GET /teacher/classes": HER_OWN,
    "POST /teacher/classes": HER_OWN,
    f"GET {ONE_CLASS}": ONE_TEACHER,
    f"POST {ONE_CLASS}/rename": ONE_TEACHER,
    f"POST {ONE_CLASS}/list": ONE_TEACHER,
    f"POST {ONE_CLASS}/students": ONE_TEACHER,
    f"POST {ONE_CLASS}/student": ONE_TEACHER,
    f"GET {ONE_CLASS}/others": ONE_TEACHER,
    f"POST {ONE_CLASS}/others": ONE_TEACHER,
    f"GET {ONE_CLASS}/links": ONE_TEACHER,
    f"POST {ONE_CLASS}/links": ONE_TEACHER,
    f"POST {ONE_CLASS}/links/sheet": ONE_TEACHER,
    f"GET {ONE_CLASS}/delete": ONE_TEACHER,
    f"POST {ONE_CLASS}/delete": ONE_TEACHER,
    f"GET {MEMBER}": ONE_TEACHER,
    f"POST {MEMBER}/link": ONE_TEACHER,
    f"GET {MEMBER}/withdraw": ONE_TEACHER,
    f"POST {MEMBER}/withdraw": ONE_TEACHER,
    f"POST {MEMBER}/remove": ONE_TEACHER,
    f"GET {MEMBER}/delete": ONE_TEACHER,
    f"POST {MEMBER}/delete": ONE_TEACHER,
}
"""The decision about each route. What another teacher may is about their own classes."""
# What is not there needs no deleting, so a second click is no mistake, and a stranger learns nothing.
GONE_IS_DONE = {
    f"POST {ONE_CLASS}/delete",
    f"POST {MEMBER}/withdraw",
    f"POST {MEMBER}/remove",
    f"POST {MEMBER}/delete",
}


@pytest.fixture
async def class_browsers(school: School) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """The first teacher's comes last, so that the others find nothing changed."""
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
async def test_a_teachers_class_is_nobody_elses(
    route: str, school: School, class_browsers: dict[str, httpx.AsyncClient]
) -> None:
    method, path = route.split(" ")
    url = path.format(class_id=1, student_id=school.student, token="t")
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
