"""Students save answers as often as they like and send them once. The answers are graded and shown again."""

import asyncio
import threading
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import ValidationError
from sqlalchemy import Select, update
from sqlalchemy.dialects import postgresql
from sqlmodel import col
from tests.support.api.application import EXERCISE, Api, api_over
from tests.support.api.rows import execute

from homework_api.database.models import Homework
from homework_api.database.queries.homework import find_homework
from homework_api.domain.access import EVERYTHING, Scope
from homework_api.domain.errors import HomeworkNotFound
from homework_api.domain.statuses import HomeworkStatus
from homework_api.grading.teachers_word import StoredGrade, grade_stored
from homework_api.services import homework
from homework_api.settings import ApiSettings, RevealAnswers
from homework_shared.runtime.clock import utc_now

THREE: list[dict[str, Any]] = [
    EXERCISE,
    {
        "type": "translation",
        "question": "Translate: The book is on the table.",
        "correct_answer": "Il libro è sul tavolo.",
        "accepted_answers": ["Sul tavolo c'è il libro."],
        "options": None,
        "explanation": "Essere, third person.",
    },
    {
        "type": "multiple_choice",
        "question": "Vado ___ Roma.",
        "correct_answer": "a",
        "options": ["in", "a", "da", "su"],
        "explanation": "A with cities.",
    },
]
RIGHT = ["siamo andati", "Il libro è sul tavolo.", "a"]


async def homework_of_three(api: Api, *, start: bool = True) -> str:
    """Make a written homework with one exercise of each type. Gives its path."""
    [student] = await api.add_students(1)
    [homework] = await api.homework((await api.assign([student], quantity=3))["id"])
    await api.settle(homework, "vllm", THREE)
    path = f"/api/student/{student}/homework/{homework.id}"
    if start:
        assert (await api.client.post(f"{path}/start")).status_code == 200
    return path


async def submit(api: Api, path: str, answers: object) -> httpx.Response:
    return await api.client.post(f"{path}/submission", json={"answers": answers})


async def test_an_accepted_answer_is_right_and_stands_beside_the_expected_one(api: Api) -> None:
    path = await homework_of_three(api)
    body = (await submit(api, path, ["siamo andati", "Sul tavolo c'è il libro", "a"])).json()
    assert body["score"] == 100
    assert [each["accepted_answers"] for each in body["exercises"]] == [[], ["Sul tavolo c'è il libro."], []]


async def test_sent_answers_are_graded_and_complete_the_homework(api: Api) -> None:
    path = await homework_of_three(api)
    api.clock.advance(60)
    answer = await submit(api, path, [" Siamo\nandati ", "Il libro e sul tavolo", None])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.pop("exercises") == [
        {"correct": True, "verdict": "correct", "given": "Siamo andati", "expected": "siamo andati",
         "accepted_answers": [], "feedback": "", "by_teacher": False},
        {"correct": False, "verdict": "almost", "given": "Il libro e sul tavolo",
         "expected": "Il libro è sul tavolo.", "accepted_answers": ["Sul tavolo c'è il libro."],
         "feedback": "“e” means “and”, “è” means “is”: two different words.", "by_teacher": False},
        {"correct": False, "verdict": "wrong", "given": None, "expected": "a", "accepted_answers": [],
         "feedback": "No answer", "by_teacher": False},
    ]  # fmt: skip
    homework = (await api.client.get(path)).json()
    assert body == {
        "homework_id": homework["id"],
        "assignment_id": homework["assignment_id"],
        "student_id": homework["student_id"],
        "status": "completed",
        "score": 50,
        "submitted_at": "2026-11-23T09:01:00Z",
        "late": False,
    }
    assert (homework["status"], homework["score"], homework["completed_at"]) == (
        "completed",
        50,
        "2026-11-23T09:01:00Z",
    )


async def test_answers_are_counted_by_verdict_once_they_are_stored(sqlite_api: Api) -> None:
    def counted() -> list[float]:
        name = "homework_answers_total"
        verdicts = ("correct", "almost", "wrong")
        return [REGISTRY.get_sample_value(name, {"verdict": verdict}) or 0 for verdict in verdicts]

    path = await homework_of_three(sqlite_api)
    before = counted()
    for _ in range(2):
        await submit(sqlite_api, path, ["siamo andati", "Il libro e sul tavolo", "a"])
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [2, 1, 0]


async def test_the_graded_submission_can_be_read_again(api: Api) -> None:
    path = await homework_of_three(api)
    early = await api.client.get(f"{path}/submission")
    assert early.status_code == 404
    assert "not been submitted yet" in early.json()["detail"]
    sent = await submit(api, path, RIGHT)
    assert (await api.client.get(f"{path}/submission")).json() == sent.json()
    assert sent.json()["score"] == 100


async def test_saved_answers_are_shown_until_others_are_saved_or_sent(api: Api) -> None:
    path = await homework_of_three(api)
    for answers in (["siamo", None, "b"], [None, "", "a"]):
        saved = await api.client.put(f"{path}/answers", json={"answers": answers})
        assert saved.status_code == 200, saved.text
        assert saved.json() == (await api.client.get(path)).json()
        assert (saved.json()["answers"], saved.json()["score"]) == (answers, None)
        assert saved.json()["status"] == "in_progress"
    await submit(api, path, RIGHT)
    assert (await api.client.get(path)).json()["answers"] == RIGHT


async def test_a_second_submission_is_refused_and_changes_nothing(api: Api) -> None:
    path = await homework_of_three(api)
    first = await submit(api, path, RIGHT)
    for method, where in (("POST", "submission"), ("PUT", "answers")):
        again = await api.client.request(method, f"{path}/{where}", json={"answers": ["x"] * 3})
        assert again.status_code == 409
        assert "submitted" in again.json()["detail"]
    assert (await api.client.get(f"{path}/submission")).json() == first.json()
    assert (await api.client.get(path)).json()["answers"] == RIGHT


async def test_of_submissions_sent_at_once_exactly_one_is_taken(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await homework_of_three(api)
    tries = [["siamo andati", f"try {number}", "a"] for number in range(4)]
    all_are_graded = threading.Barrier(len(tries))

    def grade_together(exercises: Any, answers: Any) -> StoredGrade:
        """Concurrent submissions. Each finds the homework open and is graded before any is stored."""
        all_are_graded.wait(60)
        return grade_stored(exercises, answers)

    monkeypatch.setattr(homework, "grade_stored", grade_together)
    answers = await asyncio.gather(*(submit(api, path, each) for each in tries))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 3
    [taken] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await api.client.get(f"{path}/submission")).json() == taken


async def test_answers_to_homework_that_was_not_started_are_refused_and_say_so(api: Api) -> None:
    path = await homework_of_three(api, start=False)
    for method, where in (("POST", "submission"), ("PUT", "answers")):
        answer = await api.client.request(method, f"{path}/{where}", json={"answers": RIGHT})
        assert answer.status_code == 409
        assert "POST …/start" in answer.json()["detail"]
    assert (await api.client.get(path)).json()["status"] == "available"


@pytest.mark.parametrize("status", [HomeworkStatus.PENDING, HomeworkStatus.FAILED])
async def test_homework_that_is_not_written_takes_no_answers(api: Api, status: HomeworkStatus) -> None:
    path = await homework_of_three(api)
    id_ = int(path.rsplit("/", 1)[1])
    await execute(api.db, update(Homework).where(col(Homework.id) == id_).values(status=status))
    answer = await submit(api, path, RIGHT)
    assert answer.status_code == 409
    assert status in answer.json()["detail"]


@pytest.mark.parametrize("answers", [[], ["a"], ["a"] * 4])
async def test_a_submission_needs_one_answer_for_each_exercise(api: Api, answers: list[str]) -> None:
    path = await homework_of_three(api)
    for method, where in (("POST", "submission"), ("PUT", "answers")):
        answer = await api.client.request(method, f"{path}/{where}", json={"answers": answers})
        assert answer.status_code == 400
        assert f"3 exercises and you sent {len(answers)}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "answers",
    [
        None,
        "siamo andati",
        [1, 2, 3],
        ["a"] * 21,
        ["x" * 1001, "", ""],
        ["\x1b[2J", "", ""],
        ["\x00", "", ""],
    ],
)
async def test_answers_that_are_malformed_are_refused_with_422(sqlite_api: Api, answers: object) -> None:
    path = await homework_of_three(sqlite_api)
    assert (await submit(sqlite_api, path, answers)).status_code == 422
    assert (await sqlite_api.client.get(path)).json()["status"] == "in_progress"


async def test_a_student_cannot_answer_for_another(api: Api) -> None:
    path = await homework_of_three(api)
    other = await api.add_student("other@example.com")
    theirs = f"/api/student/{other}/homework/{path.rsplit('/', 1)[1]}"
    answers = {"answers": RIGHT}
    for method, where in (("POST", "submission"), ("PUT", "answers"), ("GET", "submission")):
        answer = await api.client.request(method, f"{theirs}/{where}", json=answers)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Homework not found"})


def solutions(homework: dict[str, Any]) -> list[tuple[object, ...]]:
    return [
        (each["correct_answer"], each["explanation"], each.get("accepted_answers", []))
        for each in homework["exercises"]
    ]


async def test_solutions_are_hidden_until_the_submission_if_the_setting_says_so(database_url: str) -> None:
    async with api_over(database_url, RevealAnswers.AFTER_SUBMISSION) as api:
        path = await homework_of_three(api, start=False)
        hidden: list[tuple[object, ...]] = [(None, None, [])] * 3
        assert solutions((await api.client.get(path)).json()) == hidden
        assert solutions((await api.client.post(f"{path}/start")).json()) == hidden
        saved = await api.client.put(f"{path}/answers", json={"answers": ["x"] * 3})
        assert solutions(saved.json()) == hidden
        [listed] = (await api.client.get(path.rsplit("/", 1)[0])).json()["homework"]
        assert solutions(listed) == hidden
        assert listed["exercises"][2]["options"] == THREE[2]["options"]
        assert (await submit(api, path, RIGHT)).json()["score"] == 100
        assert solutions((await api.client.get(path)).json()) == solutions({"exercises": THREE})
        [listed] = (await api.client.get(path.rsplit("/", 1)[0])).json()["homework"]
        assert solutions(listed) == solutions({"exercises": THREE})


@pytest.mark.parametrize("reveal", [None, *RevealAnswers], ids=str)
async def test_a_students_key_sees_no_solution_before_the_submission_unless_the_setting_says_so(
    database_url: str, reveal: RevealAnswers | None
) -> None:
    async with api_over(database_url, reveal) as api:
        path = await homework_of_three(api)
        student = int(path.split("/")[3])
        keys = api.services.api_keys
        made = {
            "teacher": await keys.create("teacher", frozenset({Scope.TEACHER, Scope.OPS}), None, None),
            "student": await keys.create("tablet", frozenset(), student, None),
        }
        seen = {}
        for name, key in made.items():
            got = await api.client.get(path, headers={"Authorization": f"Bearer {key.text}"})
            seen[name] = [answer for answer, _, _ in solutions(got.json())] != [None] * 3
    expected = {
        None: {"teacher": True, "student": False},
        RevealAnswers.ALWAYS: {"teacher": True, "student": True},
        RevealAnswers.AFTER_SUBMISSION: {"teacher": False, "student": False},
    }
    assert seen == expected[reveal]


def test_the_setting_is_read_from_the_environment_and_a_misspelt_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AMQP_URL", "amqp://localhost")
    monkeypatch.delenv("REVEAL_ANSWERS", raising=False)
    assert ApiSettings().reveal_answers is None
    monkeypatch.setenv("REVEAL_ANSWERS", "")  # Compose passes on an empty setting like this.
    assert ApiSettings().reveal_answers is None
    monkeypatch.setenv("REVEAL_ANSWERS", "after_submission")
    assert ApiSettings().reveal_answers is RevealAnswers.AFTER_SUBMISSION
    monkeypatch.setenv("REVEAL_ANSWERS", "later")
    with pytest.raises(ValidationError):
        ApiSettings()


async def test_without_the_setting_solutions_are_shown_from_the_start(sqlite_api: Api) -> None:
    path = await homework_of_three(sqlite_api, start=False)
    assert (await sqlite_api.client.get(path)).json()["exercises"] == [
        {"accepted_answers": []} | exercise | {"generated_by": "vllm"} for exercise in THREE
    ]


class Recorder:
    """A connection to PostgreSQL that only records its statements, and finds nothing."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, statement: Select[Any]) -> "Recorder":
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        self.statements.append(" ".join(str(statement.compile(dialect=dialect)).split()))
        return self

    def first(self) -> None:
        return None


def test_where_many_write_homework_is_locked_before_it_is_changed_and_not_when_it_is_read() -> None:
    recorder: Any = Recorder()
    with pytest.raises(HomeworkNotFound):
        homework._locked(recorder, 1, 2, EVERYTHING, utc_now())
    find_homework(recorder, 1, 2, EVERYTHING)
    changed, read = recorder.statements
    assert changed.endswith("FOR UPDATE OF homework")
    assert "FOR UPDATE" not in read
