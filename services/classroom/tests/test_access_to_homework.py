"""The homework of one teacher is hidden from others: each kind of user requests every page,
with keys in use.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.support.api.application import EXERCISE
from tests.support.classroom import CHOICE, URL, School

from homework_api.domain.access import Scope
from homework_api.schemas.teachers import TeacherName
from homework_client.models import ExerciseType

ONE = "/teacher/homework/{assignment_id}"
THEIR_OWN, OF_ONE_TEACHER = {"another teacher", "the teacher"}, {"the teacher"}
TEACHERS_MAY: dict[str, set[str]] = {
    "GET /teacher": THEIR_OWN,
    "GET /teacher/give": THEIR_OWN,
    "POST /teacher/give": OF_ONE_TEACHER,  # This is for a student of this teacher.
    f"GET {ONE}": OF_ONE_TEACHER,
    f"POST {ONE}/retry": OF_ONE_TEACHER,
    f"GET {ONE}/due": OF_ONE_TEACHER,
    f"POST {ONE}/due": OF_ONE_TEACHER,
    f"GET {ONE}/withdraw": OF_ONE_TEACHER,
    f"POST {ONE}/withdraw": OF_ONE_TEACHER,
    f"GET {ONE}/review": OF_ONE_TEACHER,
    f"GET {ONE}/release": OF_ONE_TEACHER,
    f"POST {ONE}/release": OF_ONE_TEACHER,
    f"POST {ONE}/take-back": OF_ONE_TEACHER,
    f"GET {ONE}/review/{{homework_id}}/{{index}}": OF_ONE_TEACHER,
    f"POST {ONE}/review/{{homework_id}}/{{index}}": OF_ONE_TEACHER,
    f"POST {ONE}/review/{{homework_id}}/{{index}}/anew": OF_ONE_TEACHER,
    f"GET {ONE}/results": OF_ONE_TEACHER,
    f"GET {ONE}/results/{{index}}": OF_ONE_TEACHER,
    f"POST {ONE}/results/{{index}}/decide": OF_ONE_TEACHER,
    f"GET {ONE}/decisions": OF_ONE_TEACHER,
    f"POST {ONE}/decisions/{{decision_id}}/withdraw": OF_ONE_TEACHER,
    f"GET {ONE}/files/{{kind}}": OF_ONE_TEACHER,
    "GET /teacher/students/{student_id}": OF_ONE_TEACHER,
}
"""The required access for each route."""


@dataclass
class Staff:
    """Two teachers and a student with their browsers. The homework belongs to the first teacher. `answered`
    is an assignment of one homework, which is sent and about which a decision exists.
    """

    school: School
    browsers: dict[str, httpx.AsyncClient]
    assignment_id: int
    homework_id: int
    answered: int
    decision_id: int

    async def stored(self) -> tuple[Any, ...]:
        """Everything that a request by another user could have changed, as the API has it."""
        path = "/api/teacher/assignments"
        sent = f"{path}/{self.answered}"
        paths = (path, f"{path}/{self.assignment_id}/homework", f"{sent}/decisions", f"{sent}/results")
        return tuple([(await self.school.api.client.get(path)).json() for path in paths])


@pytest.fixture
async def staff(school: School) -> AsyncIterator[Staff]:
    api, made = school.api, await school.api.assign([school.student], quantity=2, review=True)
    other = await api.add_student("luca@example.org", "Luca")
    answered = await api.assign([other], quantity=1)
    for homework in await api.homework(made["id"]) + await api.homework(answered["id"]):
        await api.settle(
            homework, exercises=[EXERCISE, CHOICE] if homework.student_id == school.student else None
        )
    decided = await _decision(school, other, answered["id"])
    await api.services.teachers.create(TeacherName(name="Bea"))
    await api.keys.create("ops", frozenset({Scope.OPS}), None, None)
    key = await api.keys.create("first", frozenset({Scope.TEACHER}), None, None, 1)
    api.client.headers["Authorization"] = f"Bearer {key.text}"
    async with (
        school.browser() as nobody,
        school.browser() as student,
        school.browser() as another,
        school.browser() as own,
    ):
        await school.sign_in(student)
        session = student.cookies[school.classroom.address.cookie]
        student.cookies.set(school.classroom.address.teacher_cookie, session)
        await school.sign_in_teacher(another, 2)
        await school.sign_in_teacher(own)
        browsers = {
            "nobody": nobody,
            "a student": student,
            "another teacher": another,
            "the teacher": own,
        }
        [homework] = await api.homework(made["id"])
        yield Staff(school, browsers, made["id"], homework.id or 0, answered["id"], decided)


async def _decision(school: School, student: int, assignment_id: int) -> int:
    [homework] = await school.api.homework(assignment_id)
    path = f"/api/student/{student}/homework/{homework.id}"
    await school.api.client.post(f"{path}/start")
    await school.api.client.post(f"{path}/submission", json={"answers": ["andati"]})
    body = {"homework_id": homework.id, "index": 1, "right": True}
    made = await school.api.client.post(f"/api/teacher/assignments/{assignment_id}/decisions", json=body)
    return int(made.json()["id"])


FORMS: dict[str, dict[str, str]] = {
    f"POST {ONE}/due": {"due_at": "2026-11-29T10:00"},
    f"POST {ONE}/release": {"since": "2026-11-23T09:00:00+00:00"},
    f"POST {ONE}/results/{{index}}/decide": {"homework_id": "2", "right": "1"},
    f"POST {ONE}/review/{{homework_id}}/{{index}}": {
        "type": "fill_in_blank", "question": "Oggi noi ___ al mare. (andare)", "correct_answer": "andiamo",
        "explanation": "The present of andare.",
    },
}  # fmt: skip


@pytest.mark.parametrize("route", TEACHERS_MAY)
async def test_a_teachers_objects_are_hidden_from_everybody_else(route: str, staff: Staff) -> None:
    method, path = route.split(" ")
    student = staff.school.student
    about_answers = "results" in path or "decision" in path
    url = path.format(
        assignment_id=staff.answered if about_answers else staff.assignment_id,
        homework_id=staff.homework_id, decision_id=staff.decision_id,
        index=1, kind="gift", student_id=student,
    )  # fmt: skip
    give = {"key": "k", "whom": "some", "cefr_level": "A1", f"student-{student}": "1"}
    form = FORMS.get(route, give | {f"type-{kind}": "1" for kind in ExerciseType})
    before, opened = await staff.stored(), set()
    for who, browser in staff.browsers.items():
        answer = await browser.request(method, url, headers={"Origin": URL}, data=form)
        if who in TEACHERS_MAY[route]:
            assert answer.status_code in {200, 303, 409}, (who, answer.text)
            assert ("Giulia" in answer.text) <= (who == "the teacher"), "a name is another teacher's"
            opened.add(who)
        else:
            # Withdrawing a missing object succeeds, so a second click gets that answer, and a stranger gets
            # it too.
            gone = 303 if path.endswith("{assignment_id}/withdraw") and method == "POST" else 404
            refused = {401} if who in {"nobody", "a student"} else {400, gone}
            assert answer.status_code in refused, (who, answer.text)
            assert "Giulia" not in answer.text
            assert await staff.stored() == before, who
    assert opened == TEACHERS_MAY[route]
