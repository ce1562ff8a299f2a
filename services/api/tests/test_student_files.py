"""A student's file contains all data that is stored about the student, and nothing about another student."""

import io
from typing import Any

from pypdf import PdfReader
from sqlalchemy import Connection, select
from tests.support.api.application import EXERCISE, Api, in_zone, statements_of

from homework_api.database.models import STUDENT_LINKS, STUDENT_SESSIONS, STUDENTS
from homework_api.domain.access import EVERYTHING, Scope

STUDENTS_PATH = "/api/teacher/students"
CHOICE = {
    "type": "multiple_choice",
    "question": "Vado ___ Roma.",
    "correct_answer": "a",
    "options": ["in", "a", "da", "su"],
    "explanation": "A with cities.",
}


async def give(api: Api, students: list[int], answers: list[str | None]) -> tuple[int, list[int]]:
    """An assignment of two exercises that all students have sent. The first sent these answers, the others
    "ciao". Returns the ids of the assignment and of the homework.
    """
    made = await api.assign(students, quantity=2, grammar_focus="passato prossimo", topic="una vacanza")
    homework = await api.homework(made["id"])
    for one in homework:
        await api.settle(one, "mock", [EXERCISE, CHOICE])
        path = f"/api/student/{one.student_id}/homework/{one.id}"
        assert (await api.client.post(f"{path}/start")).status_code == 200
        theirs = answers if one.student_id == students[0] else ["ciao", "su"]
        sent = await api.client.post(f"{path}/submission", json={"answers": theirs})
        assert sent.status_code == 200, sent.text
    return made["id"], [one.id or 0 for one in homework]


async def decide(api: Api, assignment: int, homework: int, **more: Any) -> None:
    body = {"homework_id": homework, "index": 1, "right": True, **more}
    made = await api.client.post(f"/api/teacher/assignments/{assignment}/decisions", json=body)
    assert made.status_code == 201, made.text


async def file_of(api: Api, student: int) -> dict[str, Any]:
    answer = await api.client.get(f"{STUDENTS_PATH}/{student}/export")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def pages_of(api: Api, student: int) -> list[str]:
    answer = await api.client.get(f"{STUDENTS_PATH}/{student}/export", params={"format": "pdf"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    return [" ".join(text.split()) for text in texts]


async def let_in(api: Api, student: int) -> list[str]:
    """Make a link, a session and a key. Returns their secrets, and the hashes that the database stores."""
    links = api.services.student_links
    link = await links.make(student, EVERYTHING)
    session = await links.begin_session(link.token, "n" * 22)
    office = await api.keys.create("office", frozenset(Scope), None, None)
    key = await api.keys.create("Ada's tablet", frozenset(), student, None)
    api.client.headers["Authorization"] = f"Bearer {office.text}"

    def hashes(connection: Connection) -> list[str]:
        return [
            *connection.scalars(select(STUDENT_LINKS.c.token_hash)),
            *connection.scalars(select(STUDENT_SESSIONS.c.secret_hash)),
        ]

    stored = await api.db.read(hashes)
    return [link.token, session.secret, key.text, key.row.secret_hash, key.row.id, *stored]


async def test_the_file_has_all_that_is_kept_about_the_student(api: Api) -> None:
    ada = await api.add_student("ada@example.com", "Ada Rossi")
    group = (await api.client.post("/api/teacher/classes", json={"name": "2B"})).json()["id"]
    await api.client.patch(f"/api/teacher/classes/{group}/students", json={"add": [ada]})
    assignment, [homework] = await give(api, [ada], ["siamo andate", None])
    await decide(api, assignment, homework, scope="student")
    file = await file_of(api, ada)
    now = "2026-11-23T09:00:00Z"
    [work], [decision] = file.pop("homework"), file.pop("decisions")
    assert file == {
        "student_id": ada, "name": "Ada Rossi", "email": "ada@example.com", "created_at": now,
        "teacher": "First teacher", "classes": ["2B"], "access": [], "exported_at": now,
    }  # fmt: skip
    exercises = work.pop("exercises")
    assert work == {
        "id": homework, "assignment_id": assignment, "cefr_level": "A2", "grammar_focus": "passato prossimo",
        "topic": "una vacanza", "status": "completed", "created_at": now, "available_at": now, "due_at": None,
        "completed_at": now, "edited_at": None, "generated_by": "mock", "model": "mock-1", "score": 50,
    }  # fmt: skip
    assert exercises[0] == {
        "type": "fill_in_blank", "question": EXERCISE["question"], "options": [],
        "correct_answer": "siamo andati", "accepted_answers": ["siamo andate"],
        "explanation": EXERCISE["explanation"], "given": "siamo andate", "verdict": "correct",
        "feedback": "Your teacher accepts this answer.", "by_teacher": True,
    }  # fmt: skip
    assert (exercises[1]["options"], exercises[1]["given"]) == (CHOICE["options"], None)
    assert (exercises[1]["verdict"], exercises[1]["feedback"]) == ("wrong", "No answer")
    assert (decision["homework_id"], decision["answer"], decision["right"]) == (
        homework, "siamo andate", True,
    )  # fmt: skip


async def test_links_sessions_and_keys_are_dates_and_nothing_of_their_secrets(api: Api) -> None:
    ada = await api.add_student("ada@example.com")
    secrets = await let_in(api, ada)
    answer = await api.client.get(f"{STUDENTS_PATH}/{ada}/export")
    listed = answer.json()["access"]
    assert [(one["kind"], one["name"]) for one in listed] == [
        ("link", None),
        ("session", None),
        ("key", "Ada's tablet"),
    ]
    assert (listed[0]["last_used_at"], listed[0]["expires_at"]) == (
        "2026-11-23T09:00:00Z",
        "2026-12-23T09:00:00Z",
    )
    assert not [secret for secret in secrets if secret in answer.text]
    assert "key Ada's tablet: made 23 November 2026" in (await pages_of(api, ada))[0]


async def test_a_classmates_answers_are_not_in_it_even_where_a_decision_for_the_class_quotes_them(
    api: Api,
) -> None:
    ada, ben = await api.add_student("ada@example.com", "Ada"), await api.add_student("b@example.com", "Ben")
    assignment, [adas, bens] = await give(api, [ada, ben], ["siamo andate", "a"])
    for homework in (adas, bens):
        await decide(api, assignment, homework)
    file = await file_of(api, ada)
    assert [one["answer"] for one in file["decisions"]] == ["siamo andate"]
    assert [one["id"] for one in file["homework"]] == [adas]
    assert "Ben" not in str(file)
    assert [one["answer"] for one in (await file_of(api, ben))["decisions"]] == ["ciao"]


async def test_a_decision_that_was_taken_back_is_still_in_it(api: Api) -> None:
    ada = await api.add_student("ada@example.com")
    assignment, [homework] = await give(api, [ada], ["siamo andate", "a"])
    await decide(api, assignment, homework)
    await api.client.delete(f"/api/teacher/assignments/{assignment}/decisions/1")
    [decision] = (await file_of(api, ada))["decisions"]
    assert decision["withdrawn_at"] == "2026-11-23T09:00:00Z"
    assert "taken back 23 November 2026" in (await pages_of(api, ada))[-1]


async def test_the_pdf_says_the_same_in_the_days_and_hours_of_its_reader(sqlite_api: Api) -> None:
    api = sqlite_api
    in_zone(api, "Europe/Rome")
    ada = await api.add_student("ada@example.com", "Łucja Żółć")
    assignment, [homework] = await give(api, [ada], ["siamo andate", None])
    await decide(api, assignment, homework)
    person, work, decided = await pages_of(api, ada)
    for said in (
        "Łucja Żółć",
        "on 23 November 2026, 10:00", "E-mail address: ada@example.com", "Teacher: First teacher",
        "Classes: none", "Homework: 1", "Ways to sign in none",
    ):  # fmt: skip
        assert said in person, said
    for told in (
        f"Homework {homework} · A2 · passato prossimo · una vacanza", "Status: completed, score 50 of 100",
        EXERCISE["question"], "Answer: siamo andate", "Answer: (none)",
        "Grade: correct (decided by the teacher). Your teacher accepts this answer.",
        "Right: siamo andati / siamo andate", "– su",
    ):  # fmt: skip
        assert str(told) in work, told
    assert "“siamo andate” is right" in decided
    assert "for the whole class" in decided


async def test_homework_that_is_not_written_not_sent_or_held_back_is_in_it_too(api: Api) -> None:
    ada = await api.add_student("ada@example.com")
    await api.assign([ada])
    held = await api.assign([ada], review=True)
    [homework] = await api.homework(held["id"])
    await api.settle(homework)
    waiting, written = (await file_of(api, ada))["homework"]
    assert (waiting["status"], waiting["exercises"], waiting["score"]) == ("pending", [], None)
    assert (written["status"], written["exercises"][0]["verdict"]) == ("available", None)
    assert len(await pages_of(api, ada)) == 3


async def test_a_student_without_an_address_and_without_anything_has_a_file(api: Api) -> None:
    luca = (await api.client.post(STUDENTS_PATH, json={"name": "Luca"})).json()["id"]
    file = await file_of(api, luca)
    assert (file["email"], file["homework"], file["classes"]) == ("", [], [])
    assert "E-mail address: none" in (await pages_of(api, luca))[0]


async def test_the_file_is_an_attachment_without_the_name_and_no_cache_keeps_it(sqlite_api: Api) -> None:
    ada = await sqlite_api.add_student("ada@example.com", "Ada")
    for format_ in ("json", "pdf"):
        path = f"{STUDENTS_PATH}/{ada}/export?format={format_}"
        headers = (await sqlite_api.client.get(path)).headers
        assert headers["Content-Disposition"] == f'attachment; filename="student-{ada}.{format_}"'
        assert headers["Cache-Control"] == "no-store"


async def test_an_unknown_student_or_format_is_refused(api: Api) -> None:
    answer = await api.client.get(f"{STUDENTS_PATH}/7/export")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Student not found"})
    ada = await api.add_student("ada@example.com")
    assert (await api.client.get(f"{STUDENTS_PATH}/{ada}/export?format=csv")).status_code == 422


async def test_it_takes_as_many_statements_however_much_there_is(sqlite_api: Api) -> None:
    ada = await sqlite_api.add_student("ada@example.com")
    counts = []
    for _ in range(3):
        with statements_of(sqlite_api.db) as statements:
            await file_of(sqlite_api, ada)
        counts.append(len([each for each in statements if each.startswith("SELECT")]))
        await give(sqlite_api, [ada], ["x", "a"])
    assert counts == [counts[0]] * 3
    assert any(STUDENTS.name in each for each in statements)
