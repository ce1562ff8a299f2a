"""Teachers create, list and delete students."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col
from tests.support.api.application import Api
from tests.support.api.rows import execute, scalar
from typer.testing import CliRunner

from homework_api.database.models import Homework, OutboxEntry, Student
from homework_api.database.queries import students as queries
from homework_api.domain.addresses import stand_in
from homework_api.main import app

STUDENTS = "/api/teacher/students"


async def test_a_student_is_created_with_the_fields_of_the_contract(api: Api) -> None:
    answer = await api.client.post(STUDENTS, json={"name": " Giulia ", "email": "Giulia@EXAMPLE.com"})
    assert answer.status_code == 201
    student = answer.json()
    assert student == {
        "id": student["id"],
        "name": "Giulia",
        "email": "Giulia@example.com",
        "created_at": "2026-11-23T09:00:00Z",
    }
    assert isinstance(student["id"], int)


async def test_a_taken_email_is_refused_with_400(api: Api) -> None:
    await api.add_student("giulia@example.com")
    answer = await api.client.post(STUDENTS, json={"name": "Other", "email": "giulia@EXAMPLE.com"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Student with this email already exists"})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada.Rossi@example.com", "ada.rossi@example.com"),
        ("ada.rossi@example.com", "ADA.ROSSI@EXAMPLE.COM"),
        ("josé@example.com", "JOSÉ@example.com"),
        ("ÀDA.rossi@example.com", "àda.Rossi@example.com"),
    ],
)
async def test_addresses_are_compared_without_regard_to_case(api: Api, first: str, second: str) -> None:
    made = (await api.client.post(STUDENTS, json={"name": "Ada", "email": first})).json()
    assert made["email"] == first
    answer = await api.client.post(STUDENTS, json={"name": "Ada", "email": second})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Student with this email already exists"})
    await api.client.delete(f"{STUDENTS}/{made['id']}")
    assert (await api.client.post(STUDENTS, json={"name": "Ada", "email": second})).status_code == 201


async def test_of_many_students_with_one_address_in_many_cases_at_once_exactly_one_is_created(
    api: Api,
) -> None:
    spellings = ("ada@example.com", "Ada@example.com", "ADA@example.com", "aDa@example.com") * 2
    answers = await asyncio.gather(
        *(api.client.post(STUDENTS, json={"name": "Ada", "email": each}) for each in spellings)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7


async def test_no_other_process_takes_the_address_between_the_look_and_the_insert(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.add_student("Ada@example.com")
    monkeypatch.setattr(queries, "is_email_taken", lambda *_: False)
    answer = await api.client.post(STUDENTS, json={"name": "Ada", "email": "ada@example.com"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Student with this email already exists"})


async def test_of_many_students_with_one_email_at_once_exactly_one_is_created(api: Api) -> None:
    body = {"name": "Giulia", "email": "giulia@example.com"}
    answers = await asyncio.gather(*(api.client.post(STUDENTS, json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.com"},
        {"name": "Giulia", "email": ""},
        {"name": "", "email": "a@example.com"},
        {"name": "   ", "email": "a@example.com"},
        {"name": "x" * 101, "email": "a@example.com"},
        {"name": "x" + " " * 100, "email": "a@example.com"},
        {"name": "a\x00b", "email": "a@example.com"},
        {"name": "a\x1b[2Jb", "email": "a@example.com"},
        {"name": "Giulia", "email": "no address"},
        {"name": "Giulia", "email": "a\x00@example.com"},
        {"name": 7, "email": "a@example.com"},
        [],
    ],
)
async def test_a_malformed_student_is_refused_with_422(sqlite_api: Api, body: object) -> None:
    answer = await sqlite_api.client.post(STUDENTS, json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"]


INVISIBLE = [
    "\u200b",
    "\u00ad",
    "\u200e",
    "\u202a\u202c",
    "\u2066\u2069",
    "\u200d\ufe0f",
    "\ufeff",
    "\u3164",
    "\u2800",
    "\u115f\u1160",
    "\u034f",
    "\u180e",
    "\U000e0041",
    " \u200b \u00a0",
]
NAMES = [
    "Ada\u00adline",
    "👩\u200d👩\u200d👧",
    "🏳\ufe0f\u200d🌈",
    "\u200fשרה",
    "می\u200cخواهم",
    "e\u0301",
    "?",
]


@pytest.mark.parametrize("name", INVISIBLE)
async def test_a_name_that_shows_nothing_is_refused_and_says_why(sqlite_api: Api, name: str) -> None:
    answer = await sqlite_api.client.post(STUDENTS, json={"name": name, "email": "a@example.com"})
    [problem] = answer.json()["detail"]
    assert (answer.status_code, problem["loc"]) == (422, ["body", "name"])
    assert "invisible" in problem["msg"]
    assert (await sqlite_api.client.get(STUDENTS)).json() == []


@pytest.mark.parametrize("name", NAMES)
async def test_joiners_within_emoji_and_words_stay(sqlite_api: Api, name: str) -> None:
    answer = await sqlite_api.client.post(STUDENTS, json={"name": name, "email": "a@example.com"})
    assert (answer.status_code, answer.json()["name"]) == (201, name)


async def test_all_that_people_give_names_with_has_to_show_something(sqlite_api: Api) -> None:
    student = await sqlite_api.add_student("a@example.com")
    for path, body in (
        ("/api/teacher/assignments", {"cefr_level": "A1", "student_ids": [student], "topic": "\u200b"}),
        (
            "/api/teacher/assignments",
            {"cefr_level": "A1", "student_ids": [student], "grammar_focus": "\u200b"},
        ),
        ("/api/ops/keys", {"name": "\u200b", "rights": ["ops"]}),
    ):
        answer = await sqlite_api.client.post(path, json=body)
        assert (answer.status_code, "invisible" in answer.text) == (422, True), path


@pytest.mark.parametrize(
    ("name", "said"), [("\u200b", "invisible"), ("x" * 101, "101 characters are too many")]
)
def test_a_key_made_at_the_database_has_a_name_like_others(name: str, said: str) -> None:
    done = CliRunner().invoke(app, ["keys", "create", name, "--right", "ops"])
    assert (done.exit_code, said in done.stderr) == (2, True)


async def test_unknown_fields_are_ignored_as_the_predecessor_did(sqlite_api: Api) -> None:
    body = {"name": "Giulia", "email": "g@example.com", "shoe_size": 38}
    assert (await sqlite_api.client.post(STUDENTS, json=body)).status_code == 201


async def test_students_are_listed_newest_first_and_in_pages(api: Api) -> None:
    ids = await api.add_students(5)
    everything = await api.client.get(STUDENTS)
    page = await api.client.get(STUDENTS, params={"limit": 2, "offset": 1})
    beyond = await api.client.get(STUDENTS, params={"offset": 9})
    assert [student["id"] for student in everything.json()] == ids[::-1]
    assert [student["id"] for student in page.json()] == [ids[3], ids[2]]
    assert beyond.json() == []
    assert {answer.headers["X-Total-Count"] for answer in (everything, page, beyond)} == {"5"}


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": -1}, {"limit": 1001}, {"offset": -1}, {"offset": 2**53}, {"limit": "x"}]
)
async def test_a_page_outside_its_bounds_is_refused_with_422(sqlite_api: Api, query: dict[str, str]) -> None:
    assert (await sqlite_api.client.get(STUDENTS, params=query)).status_code == 422


async def test_a_deleted_student_is_gone_with_homework_and_outbox_rows_and_classmates_are_not(
    api: Api,
) -> None:
    leaver, stayer = await api.add_students(2)
    assignment = await api.assign([leaver, stayer])
    answer = await api.client.delete(f"{STUDENTS}/{leaver}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await api.assignment(assignment["id"]))["student_ids"] == [stayer]
    assert await scalar(api.db, select(func.count()).select_from(Homework)) == 1
    assert await scalar(api.db, select(func.count()).select_from(OutboxEntry)) == 1
    assert (await api.client.get(f"/api/student/{leaver}/homework")).status_code == 404


async def test_an_assignment_that_waited_only_for_a_deleted_student_is_completed(api: Api) -> None:
    leaver, stayer = await api.add_students(2)
    assignment = await api.assign([leaver, stayer])
    _, of_stayer = await api.homework(assignment["id"])
    await api.settle(of_stayer)
    assert (await api.assignment(assignment["id"]))["status"] == "pending"
    await api.client.delete(f"{STUDENTS}/{leaver}")
    after = await api.assignment(assignment["id"])
    assert (after["status"], after["progress"]["total"]) == ("completed", 1)


@pytest.mark.parametrize(("student_id", "status"), [(7, 404), (0, 422), (-1, 422), (2**53, 422), ("x", 422)])
async def test_deleting_an_unknown_student_is_refused(api: Api, student_id: object, status: int) -> None:
    answer = await api.client.delete(f"{STUDENTS}/{student_id}")
    assert answer.status_code == status
    if status == 404:
        assert answer.json() == {"detail": "Student not found"}


async def test_the_largest_id_is_unknown_and_not_an_error(api: Api) -> None:
    assert (await api.client.delete(f"{STUDENTS}/{2**53 - 1}")).status_code == 404


async def test_the_id_of_a_deleted_student_is_never_given_again(api: Api) -> None:
    first = await api.add_student("first@example.com")
    await api.client.delete(f"{STUDENTS}/{first}")
    assert await api.add_student("second@example.com") > first


async def test_a_student_needs_no_address_and_none_is_shown(api: Api) -> None:
    made = await api.client.post("/api/teacher/students", json={"name": "Luca"})
    twin = await api.client.post("/api/teacher/students", json={"name": "Luca", "email": None})
    assert (made.status_code, twin.status_code, made.json()["email"]) == (201, 201, "")
    assert made.json()["id"] != twin.json()["id"]
    listed = await api.client.get("/api/teacher/students")
    assert [one["email"] for one in listed.json()] == ["", ""]
    await api.assign([made.json()["id"]])
    results = (await api.client.get("/api/teacher/assignments/1/results")).json()
    assert results["students"][0]["email"] == ""
    assert (
        "invalid"
        not in (
            await api.client.get("/api/teacher/assignments/1/results", headers={"Accept": "text/csv"})
        ).text
    )


async def test_a_repeated_idempotency_key_creates_no_second_student(api: Api) -> None:
    def ask(name: str, key: str) -> Any:
        headers = {"Idempotency-Key": key}
        return api.client.post("/api/teacher/students", json={"name": name}, headers=headers)

    answers = await asyncio.gather(*(ask("Luca", "list-1") for _ in range(5)))
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, 1)}
    assert (await ask("Ada", "list-2")).json()["id"] != 1


async def test_a_request_cannot_use_a_placeholder_address(api: Api) -> None:
    body = {"name": "Eve", "email": stand_in("list-1")}
    assert (await api.client.post("/api/teacher/students", json=body)).status_code == 422


async def correct(api: Api, student_id: int, **wanted: Any) -> tuple[int, Any]:
    answer = await api.client.patch(f"{STUDENTS}/{student_id}", json=wanted)
    return answer.status_code, answer.json()


async def test_a_name_and_an_address_are_corrected_and_what_is_not_sent_stays(api: Api) -> None:
    student = await api.add_student("giulia@example.com")
    made = {"id": student, "email": "giulia@example.com", "created_at": "2026-11-23T09:00:00Z"}
    assert await correct(api, student, name=" Giulia Verdi ") == (200, made | {"name": "Giulia Verdi"})
    corrected = made | {"name": "Giulia Verdi", "email": "verdi@example.com"}
    assert await correct(api, student, email="verdi@EXAMPLE.com") == (200, corrected)
    assert (await api.client.get(STUDENTS)).json() == [corrected]
    assert await api.add_student("giulia@example.com") != student, "the address is free again"


async def test_an_address_is_taken_away_and_given_back(api: Api) -> None:
    student = await api.add_student("giulia@example.com")
    for _ in range(2):
        status, answer = await correct(api, student, email=None)
        assert (status, answer["email"], answer["name"]) == (200, "", "Giulia")
    assert await scalar(api.db, select(func.count()).where(col(Student.email).contains("giulia"))) == 0
    assert (await correct(api, student, email="giulia@example.com"))[1]["email"] == "giulia@example.com"


async def test_another_students_address_is_refused_and_ones_own_in_another_case_is_not(api: Api) -> None:
    student = await api.add_student("josé@example.com")
    await api.add_student("ADA@example.com")
    refused = (400, {"detail": "Student with this email already exists"})
    assert await correct(api, student, name="Ada", email="ada@example.com") == refused
    assert [one["name"] for one in (await api.client.get(STUDENTS)).json()] == ["Giulia", "Giulia"]
    for own in ("josé@example.com", "JOSÉ@example.com"):
        assert (await correct(api, student, email=own))[1]["email"] == own


async def test_no_other_process_takes_the_address_between_the_look_and_the_correction(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    student, _ = await api.add_student("a@example.com"), await api.add_student("b@example.com")
    monkeypatch.setattr(queries, "is_email_taken", lambda *_: False)
    refused = (400, {"detail": "Student with this email already exists"})
    assert await correct(api, student, email="B@example.com") == refused


async def test_a_duplicate_address_of_an_earlier_version_is_unique_once_it_is_corrected(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = await api.add_student("a@example.com")
    await execute(api.db, update(Student).values(address_copy=student))
    await correct(api, student, email="b@example.com")
    monkeypatch.setattr(queries, "is_email_taken", lambda *_: False)
    answer = await api.client.post(STUDENTS, json={"name": "B", "email": "B@example.com"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": None},
        {"name": ""},
        {"name": "\u200b"},
        {"name": "x" * 101},
        {"email": ""},
        {"email": "no address"},
        {"email": stand_in("list-1")},
        {"name": "Giulia", "shoe_size": 38},
        [],
    ],
)
async def test_a_malformed_correction_is_refused_with_422(sqlite_api: Api, body: object) -> None:
    student = await sqlite_api.add_student("a@example.com")
    answer = await sqlite_api.client.patch(f"{STUDENTS}/{student}", json=body)
    assert (answer.status_code, bool(answer.json()["detail"])) == (422, True)
    assert (await sqlite_api.client.get(STUDENTS)).json()[0]["name"] == "Giulia"


async def test_an_unknown_student_is_not_corrected(api: Api) -> None:
    assert await correct(api, 7, name="Ada") == (404, {"detail": "Student not found"})
