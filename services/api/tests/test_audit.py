"""The audit log records each action and its actor in the same transaction, and names no student."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, insert
from tests.support.api.application import Api, api_over
from tests.support.api.failing_database import failing_at

from homework_api.database.models import AUDIT_LOG
from homework_api.database.queries.counts import count_rows
from homework_api.domain.access import Scope
from homework_api.domain.audit import Action, ThingKind
from homework_api.pipeline.housekeeping import AUDIT_LIFETIME, Housekeeping

AUDIT, STUDENTS, ASSIGNMENTS = "/api/ops/audit", "/api/teacher/students", "/api/teacher/assignments"
NAME, ANSWER = "Zdeslava Quixotovna", "parallelepipedo strano"
ADMIN_KEY = "a" * 32


class School:
    """An API with an office's key and a teacher's key, and the actions of both."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.keys: dict[str, str] = {}
        self.ids: dict[str, str] = {}

    async def ask(self, who: str, method: str, path: str, status: int, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}
        answer = await self.api.client.request(method, path, headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer

    async def log(self, **params: int) -> list[tuple[str | None, str, str, str]]:
        """The entries, the oldest first."""
        found = (await self.ask("office", "GET", AUDIT, 200, params=params)).json()
        return [(one["done_by"], one["action"], one["kind"], one["thing"]) for one in reversed(found)]

    async def homework(self) -> tuple[int, int, int]:
        """A student, an assignment and a homework that the student has sent."""
        made = await self.ask("Anna", "POST", STUDENTS, 201, json={"name": NAME, "email": "z@example.org"})
        student = made.json()["id"]
        body = {"cefr_level": "A2", "student_ids": [student], "quantity": 1}
        assignment = (await self.ask("Anna", "POST", ASSIGNMENTS, 201, json=body)).json()["id"]
        [homework] = await self.api.homework(assignment)
        await self.api.settle(homework)
        path = f"/api/student/{student}/homework/{homework.id}"
        await self.ask("Anna", "POST", f"{path}/start", 200)
        await self.ask("Anna", "POST", f"{path}/submission", 200, json={"answers": [ANSWER]})
        return student, assignment, homework.id or 0


@pytest.fixture
async def school(api: Api) -> School:
    made = School(api)
    for name, rights in (("office", {Scope.OPS}), ("Anna", {Scope.TEACHER})):
        key = await api.keys.create(name, frozenset(rights), None, None)
        made.keys[name], made.ids[name] = key.text, key.row.id
    return made


async def test_keys_created_at_the_database_are_logged_as_this_machines_users(school: School) -> None:
    assert await school.log() == [
        (None, "key_made", "key", school.ids["office"]),
        (None, "key_made", "key", school.ids["Anna"]),
    ]


async def test_a_students_record_says_who_corrected_exported_and_deleted_it(school: School) -> None:
    student, assignment, _ = await school.homework()
    one = f"{STUDENTS}/{student}"
    await school.ask("Anna", "PATCH", one, 200, json={"name": "Another Name"})
    for format_ in ("json", "pdf"):
        await school.ask("Anna", "GET", f"{one}/export", 200, params={"format": format_})
    await school.ask("Anna", "DELETE", one, 204)
    await school.ask("Anna", "DELETE", f"{ASSIGNMENTS}/{assignment}", 204)
    assert (await school.log())[2:] == [
        ("Anna", "student_corrected", "student", str(student)),
        ("Anna", "student_exported", "student", str(student)),
        ("Anna", "student_exported", "student", str(student)),
        ("Anna", "student_deleted", "student", str(student)),
        ("Anna", "assignment_deleted", "assignment", str(assignment)),
    ]


async def test_decisions_are_noted_when_they_are_made_and_when_they_are_taken_back(school: School) -> None:
    _, assignment, homework = await school.homework()
    decisions = f"{ASSIGNMENTS}/{assignment}/decisions"
    for right, status in ((True, 201), (True, 200), (False, 201)):
        body = {"homework_id": homework, "index": 1, "right": right}
        await school.ask("Anna", "POST", decisions, status, json=body)
    for _ in range(2):
        await school.ask("Anna", "DELETE", f"{decisions}/2", 200)
    assert (await school.log())[2:] == [
        ("Anna", "answer_accepted", "decision", "1"),
        ("Anna", "decision_withdrawn", "decision", "1"),
        ("Anna", "answer_refused", "decision", "2"),
        ("Anna", "decision_withdrawn", "decision", "2"),
    ], "what changes nothing is not noted"


async def test_a_release_is_noted_and_so_is_that_it_was_taken_back(school: School) -> None:
    [student] = (await school.homework())[:1]
    body = {"cefr_level": "A2", "student_ids": [student], "review": True}
    made = (await school.ask("Anna", "POST", ASSIGNMENTS, 201, json=body)).json()["id"]
    release = f"{ASSIGNMENTS}/{made}/release"
    later = (school.api.clock() + timedelta(days=1)).isoformat()
    await school.ask("Anna", "POST", release, 200, json={"release_at": later})
    await school.ask("Anna", "DELETE", release, 200)
    for _ in range(2):
        await school.ask("Anna", "POST", release, 200)
    await school.ask("Anna", "DELETE", release, 409)
    assert [entry[1:] for entry in (await school.log())[2:]] == [
        ("assignment_released", "assignment", str(made)),
        ("release_taken_back", "assignment", str(made)),
        ("assignment_released", "assignment", str(made)),
    ]


async def test_exports_are_in_the_audit_log_and_reading_is_not(school: School) -> None:
    _, assignment, _ = await school.homework()
    results = f"{ASSIGNMENTS}/{assignment}/results"
    await school.ask("Anna", "GET", results, 200)
    await school.ask("Anna", "GET", results, 200, headers={"Accept": "text/csv"})
    await school.ask("Anna", "GET", f"{ASSIGNMENTS}/{assignment}/export?format=gift", 200)
    assert (await school.log())[2:] == [
        ("Anna", "table_exported", "assignment", str(assignment)),
        ("Anna", "assignment_exported", "assignment", str(assignment)),
    ]


async def test_operators_acts_are_noted_with_the_key_that_did_them(school: School) -> None:
    made = await school.ask("office", "POST", "/api/ops/keys", 201, json={"name": "x", "rights": ["ops"]})
    await school.ask("office", "DELETE", f"/api/ops/keys/{made.json()['id']}", 204)
    await school.ask("office", "POST", "/api/ops/teachers", 201, json={"name": "Bea"})
    await school.ask("office", "DELETE", "/api/ops/teachers/2", 204)
    entries = (await school.ask("office", "GET", AUDIT, 200)).json()[:4]
    assert [(one["action"], one["thing"]) for one in reversed(entries)] == [
        ("key_made", made.json()["id"]),
        ("key_revoked", made.json()["id"]),
        ("teacher_made", "2"),
        ("teacher_removed", "2"),
    ]
    assert {(one["done_by"], one["done_by_key"]) for one in entries} == {("office", school.ids["office"])}
    assert {one["done_at"] for one in entries} == {"2026-11-23T09:00:00Z"}


async def test_refused_requests_are_not_in_the_audit_log(school: School) -> None:
    before = await school.log()
    for method, path in (
        ("DELETE", f"{STUDENTS}/99"),
        ("PATCH", f"{STUDENTS}/99"),
        ("GET", f"{STUDENTS}/99/export"),
        ("DELETE", f"{ASSIGNMENTS}/99"),
        ("GET", f"{ASSIGNMENTS}/99/export?format=csv"),
    ):
        await school.ask("Anna", method, path, 404, json={"name": "x"})
    for path in ("/api/ops/keys/none", "/api/ops/teachers/99"):
        await school.ask("office", "DELETE", path, 404)
    await school.ask("office", "POST", "/api/ops/teachers", 201, json={"name": "Bea"})
    await school.ask("office", "POST", "/api/ops/teachers", 409, json={"name": "BEA"})
    assert (await school.log())[len(before) :] == [("office", "teacher_made", "teacher", "2")]


async def test_a_deletion_that_cannot_be_noted_is_not_done_and_a_file_not_handed_out(school: School) -> None:
    student, assignment, _ = await school.homework()
    before = await school.log()
    with failing_at(school.api.db, "INSERT INTO audit_log"):
        await school.ask("Anna", "DELETE", f"{STUDENTS}/{student}", 503)
        refused = await school.ask("Anna", "GET", f"{STUDENTS}/{student}/export", 503)
        await school.ask("Anna", "GET", f"{ASSIGNMENTS}/{assignment}/export?format=csv", 503)
    assert NAME not in refused.text
    assert await school.log() == before
    await school.ask("Anna", "GET", f"{STUDENTS}/{student}/export", 200)


async def test_no_name_of_a_student_and_no_answer_is_in_the_log(school: School) -> None:
    student, assignment, homework = await school.homework()
    await school.ask("Anna", "GET", f"{STUDENTS}/{student}/export", 200)
    decide = {"homework_id": homework, "index": 1, "right": True}
    await school.ask("Anna", "POST", f"{ASSIGNMENTS}/{assignment}/decisions", 201, json=decide)
    await school.api.keys.create(f"{NAME}'s tablet", frozenset(), student, None)
    await school.ask("Anna", "DELETE", f"{STUDENTS}/{student}", 204)
    text = (await school.ask("office", "GET", AUDIT, 200)).text
    assert not [word for word in (NAME, "Zdeslava", ANSWER, "z@example.org") if word in text]


async def test_the_log_is_paged_newest_first_with_its_total(school: School) -> None:
    for number in range(3):
        await school.ask("Anna", "POST", STUDENTS, 201, json={"name": "A"})
        await school.ask("Anna", "DELETE", f"{STUDENTS}/{number + 1}", 204)
    first = await school.ask("office", "GET", AUDIT, 200, params={"limit": 2})
    ids = [one["id"] for one in first.json()]
    assert (ids, first.headers["X-Total-Count"]) == ([5, 4], "5")
    after = await school.ask("office", "GET", AUDIT, 200, params={"limit": 2, "before_id": 4})
    assert [one["id"] for one in after.json()] == [3, 2]
    for wrong in ({"limit": 0}, {"limit": 1001}, {"offset": -1}, {"before_id": 0}):
        await school.ask("office", "GET", AUDIT, 422, params=wrong)
    await school.ask("Anna", "GET", AUDIT, 403)


async def test_entries_are_forgotten_after_three_years(api: Api) -> None:
    row = {"action": Action.STUDENT_DELETED, "kind": ThingKind.STUDENT, "thing": "1"}
    rows = [row | {"done_at": api.clock() + timedelta(seconds=second)} for second in (0, 1)]
    await api.db.write(lambda connection: connection.execute(insert(AUDIT_LOG), rows).close())
    api.clock.advance(AUDIT_LIFETIME.total_seconds() + 1)
    assert (await Housekeeping(api.db, api.clock).tidy())["audit_log"] == 1

    def total(connection: Connection) -> int:
        return count_rows(connection, AUDIT_LOG)

    assert await api.db.read(total) == 1


async def test_an_administrators_key_from_the_settings_and_no_key_at_all_have_their_names(
    sqlite_url: str,
) -> None:
    async with api_over(sqlite_url, admin_key=SecretStr(ADMIN_KEY)) as api:
        api.client.headers["Authorization"] = f"Bearer {ADMIN_KEY}"
        await api.client.delete(f"{STUDENTS}/{await api.add_student('a@example.org')}")
        [entry] = (await api.client.get(AUDIT)).json()
        assert (entry["done_by"], entry["done_by_key"]) == ("the administrator", None)


async def test_without_keys_the_audit_log_names_this_machines_user(sqlite_api: Api) -> None:
    await sqlite_api.client.delete(f"{STUDENTS}/{await sqlite_api.add_student('a@example.org')}")
    [entry] = (await sqlite_api.client.get(AUDIT)).json()
    assert (entry["done_by"], entry["done_by_key"]) == (None, None)


@pytest.mark.parametrize("action", Action)
def test_every_action_knows_what_it_is_done_to(action: Action) -> None:
    assert action.kind in ThingKind
