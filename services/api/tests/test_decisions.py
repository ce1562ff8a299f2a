"""A teacher accepts or rejects an answer, and all homework with that answer is graded again."""

import asyncio
import threading
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col
from tests.support.api.application import EXERCISE, Api, api_over
from tests.support.api.rows import rows, scalars

from homework_api.database.models import Decision, Homework
from homework_api.domain.access import Scope
from homework_api.grading import grade, teachers_word
from homework_api.services import deciding, decisions
from homework_api.services import homework as homework_service
from homework_api.services.decisions import DecisionService

ASSIGNMENTS = "/api/teacher/assignments"
MIDNIGHT: dict[str, Any] = {
    "type": "fill_in_blank",
    "question": "Ci vediamo a ___. (midnight)",
    "correct_answer": "mezzanotte",
    "options": None,
    "explanation": "Midnight has no article.",
}
CHOICE: dict[str, Any] = {
    "type": "multiple_choice",
    "question": "Vado ___ Roma.",
    "correct_answer": "a",
    "options": ["in", "a", "da", "su"],
    "explanation": "A with cities.",
}
BOTH = [MIDNIGHT, CHOICE]


class Class:
    """An assignment whose students have these exercises."""

    def __init__(self, api: Api, assignment_id: int, homework: list[Homework]) -> None:
        self.api, self.id, self.homework = api, assignment_id, homework

    @property
    def path(self) -> str:
        return f"{ASSIGNMENTS}/{self.id}/decisions"

    def homework_path(self, student: int) -> str:
        one = self.homework[student]
        return f"/api/student/{one.student_id}/homework/{one.id}"

    async def start(self, student: int) -> None:
        answer = await self.api.client.post(f"{self.homework_path(student)}/start")
        assert answer.status_code == 200, answer.text

    async def send(self, student: int, *answers: str | None) -> dict[str, Any]:
        await self.start(student)
        return await self.submit(student, *answers)

    async def submit(self, student: int, *answers: str | None) -> dict[str, Any]:
        path = f"{self.homework_path(student)}/submission"
        answer = await self.api.client.post(path, json={"answers": answers})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def submission(self, student: int) -> dict[str, Any]:
        return dict((await self.api.client.get(f"{self.homework_path(student)}/submission")).json())

    async def verdicts(self, student: int) -> list[str]:
        return [each["verdict"] for each in (await self.submission(student))["exercises"]]

    async def ask(self, student: int, index: int = 1, **more: Any) -> httpx.Response:
        body = {"homework_id": self.homework[student].id, "index": index, "right": True, **more}
        return await self.api.client.post(self.path, json=body)

    async def decide(self, student: int, index: int = 1, **more: Any) -> dict[str, Any]:
        answer = await self.ask(student, index, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def take_back(self, decision: dict[str, Any]) -> dict[str, Any]:
        answer = await self.api.client.delete(f"{self.path}/{decision['id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def class_with(api: Api, *exercises: list[dict[str, Any]]) -> Class:
    """An assignment with one student for each list, who has that homework."""
    students = [await api.add_student(f"s{n}@example.com", f"Student {n}") for n in range(len(exercises))]
    types = [each["type"] for each in exercises[0]]
    assignment = await api.assign(students, quantity=len(types), exercise_types=types)
    homework = await api.homework(assignment["id"])
    for one, theirs in zip(homework, exercises, strict=True):
        await api.settle(one, "mock", theirs)
    return Class(api, assignment["id"], homework)


async def test_whoever_wrote_an_accepted_answer_is_graded_anew(api: Api) -> None:
    other = [EXERCISE, CHOICE]
    group = await class_with(api, BOTH, BOTH, BOTH, other)
    await group.send(0, "ventiquattro", "a")
    await group.send(1, " VENTIQUATTRO ", "in")
    await group.send(2, "le due", "a")
    untouched = await group.send(3, "ventiquattro", "a")
    made = await group.decide(0)
    assert [(each["name"], each["index"], each["verdict"], each["score"]) for each in made["regraded"]] == [
        ("Student 0", 1, "correct", 100),
        ("Student 1", 1, "correct", 50),
    ]
    assert (made["scope"], made["question"], made["answer"]) == (
        "class",
        MIDNIGHT["question"],
        "ventiquattro",
    )
    assert await group.verdicts(0) == ["correct", "correct"]
    assert await group.verdicts(2) == ["wrong", "correct"]
    assert await group.submission(3) == untouched, "it is another question"
    mine = await group.submission(1)
    assert mine["score"] == 50
    assert mine["exercises"][0] == {
        "correct": True, "verdict": "correct", "given": "VENTIQUATTRO", "expected": "mezzanotte",
        "accepted_answers": ["ventiquattro"],
        "feedback": "Your teacher accepts this answer.", "by_teacher": True,
    }  # fmt: skip


async def test_homework_that_is_sent_later_is_graded_by_what_was_decided(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.start(1)
    await group.decide(0)
    assert (await group.submit(1, "Ventiquattro", "a"))["score"] == 100
    assert (await group.send(2, "venti quattro", "a"))["score"] == 75, "nearly what was accepted"


async def test_exercises_that_a_gpu_replaced_remember_it_once_they_are_started(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.decide(0)
    await api.settle(group.homework[1], "vllm", BOTH)
    assert (await group.send(1, "ventiquattro", "a"))["score"] == 100


async def test_taking_a_decision_back_puts_everything_as_it_was(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH, BOTH, BOTH)
    before = [
        await group.send(0, "ventiquattro", "a"),
        await group.send(1, "venti quattro", "A"),
        await group.send(2, "mezzanotte", "b"),
    ]
    stored = select(col(Homework.exercises), col(Homework.grade)).order_by(col(Homework.id))
    as_it_was = await rows(api.db, stored)
    accepted, refused = await group.decide(0), await group.decide(2, right=False)
    assert [(await group.submission(student))["score"] for student in range(3)] == [100, 25, 50]
    for decision in (refused, accepted):
        await group.take_back(decision)
    assert [await group.submission(student) for student in range(3)] == before
    assert await rows(api.db, stored) == as_it_was
    assert (await group.send(3, "ventiquattro", "a"))["score"] == 50


async def test_a_decision_for_one_student_goes_before_the_one_for_the_class(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    for student in range(2):
        await group.send(student, "ventiquattro", "a")
    own = await group.decide(0, scope="student")
    assert [await group.verdicts(student) for student in range(2)] == [["correct"] * 2, ["wrong", "correct"]]
    assert own["homework_id"] == group.homework[0].id
    refused = await group.decide(1, right=False)
    assert [one["homework_id"] for one in refused["regraded"]] == []
    assert [(await group.verdicts(student))[0] for student in range(2)] == ["correct", "wrong"]
    await group.take_back(own)
    assert (await group.verdicts(0))[0] == "wrong"
    assert (await group.submission(0))["exercises"][0][
        "feedback"
    ] == "Your teacher does not accept this answer."


async def test_an_answer_that_the_rules_call_right_can_be_refused(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "mezzanotte", "a")
    await group.send(1, "MEZZANOTTE", "B")
    made = await group.decide(0, index=2, right=False)
    assert (made["answer"], len(made["regraded"])) == ("a", 2)
    assert [await group.verdicts(student) for student in range(2)] == [["correct", "wrong"]] * 2


async def test_where_the_expected_answer_is_refused_another_right_one_is_shown(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "mezzanotte", "a")
    await group.send(1, "ventiquattro", "a")
    await group.decide(1)
    await group.decide(0, right=False)
    assert (await group.submission(0))["exercises"][0]["expected"] == "ventiquattro"
    homework = (await api.client.get(group.homework_path(0))).json()
    assert homework["exercises"][0]["correct_answer"] == "ventiquattro"
    table = await api.client.get(f"{ASSIGNMENTS}/{group.id}/export", params={"format": "csv"})
    assert "ventiquattro" in table.text
    assert "mezzanotte" not in table.text


async def test_the_same_decision_again_changes_nothing_and_the_opposite_takes_its_place(api: Api) -> None:
    group = await class_with(api, BOTH)
    await group.send(0, "ventiquattro", "a")
    first = await group.decide(0)
    again = await group.ask(0, answer="VENTIQUATTRO ")
    assert (again.status_code, again.json()) == (200, first | {"regraded": []})
    opposite = await group.decide(0, right=False)
    listed = await api.client.get(group.path)
    assert [(one["id"], one["right"], one["withdrawn_at"] is None) for one in listed.json()] == [
        (opposite["id"], False, True),
        (first["id"], True, False),
    ]
    gone = await group.take_back(opposite)
    assert (await group.take_back(opposite)) == gone | {"regraded": []}


async def test_an_answer_that_nobody_wrote_yet_can_be_accepted_for_the_class(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "le due", "a")
    made = await group.decide(0, answer=" ventiquattro\n")
    assert (made["answer"], made["regraded"]) == ("ventiquattro", [])
    assert (await group.send(1, "ventiquattro", "a"))["score"] == 100


async def test_the_log_says_who_decided_and_when(database_url: str) -> None:
    async with api_over(database_url, admin_key=SecretStr("a" * 32)) as api:
        api.client.headers["Authorization"] = f"Bearer {'a' * 32}"
        group = await class_with(api, BOTH)
        await group.send(0, "ventiquattro", "a")
        key = await api.keys.create("Prof. Conti", frozenset({Scope.TEACHER}), None, None)
        admin = await group.decide(0)
        assert (admin["decided_by"], admin["decided_by_key"]) == ("the administrator", None)
        api.client.headers["Authorization"] = f"Bearer {key.text}"
        api.clock.advance(60)
        await group.take_back(admin)
        [logged] = (await api.client.get(group.path)).json()
        assert (logged["decided_at"], logged["withdrawn_at"]) == (
            "2026-11-23T09:00:00Z",
            "2026-11-23T09:01:00Z",
        )
        assert (logged["withdrawn_by"], logged["withdrawn_by_key"]) == ("Prof. Conti", key.row.id)


async def test_without_keys_the_log_names_nobody(sqlite_api: Api) -> None:
    group = await class_with(sqlite_api, BOTH)
    await group.send(0, "ventiquattro", "a")
    made = await group.decide(0)
    assert (made["decided_by"], made["decided_by_key"], made["decided_at"]) == (
        None,
        None,
        "2026-11-23T09:00:00Z",
    )


async def test_the_log_is_read_page_by_page(sqlite_api: Api) -> None:
    group = await class_with(sqlite_api, BOTH)
    await group.send(0, "le due", "a")
    made = [await group.decide(0, answer=answer) for answer in ("uno", "due", "tre")]
    page = await sqlite_api.client.get(group.path, params={"limit": 1, "offset": 1})
    assert ([one["id"] for one in page.json()], page.headers["X-Total-Count"]) == ([made[1]["id"]], "3")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"homework_id": 4711}, 404, "has no homework 4711: GET …/results lists"),
        ({"index": 3}, 404, "has 2 exercises: `index` is 1 to 2"),
        ({"homework_id": "unsent"}, 409, "not submitted yet"),
        ({"index": 2}, 400, "left blank"),
        ({"answer": " ​ "}, 400, "left blank"),
        ({"answer": "mezza", "scope": "student"}, 400, "wrote “ventiquattro”"),
        ({"index": 0}, 422, None),
        ({"index": 21}, 422, None),
        ({"answer": "x" * 1001}, 422, None),
        ({"answer": "\x1b[2J"}, 422, None),
        ({"scope": "school"}, 422, None),
        ({"right": None}, 422, None),
    ],
)
async def test_an_impossible_decision_is_refused_with_what_to_do(
    sqlite_api: Api, body: dict[str, Any], status: int, says: str | None
) -> None:
    group = await class_with(sqlite_api, BOTH, BOTH)
    await group.send(0, "ventiquattro", None)
    if body.get("homework_id") == "unsent":
        body = body | {"homework_id": group.homework[1].id}
    answer = await group.ask(0, **body)
    assert answer.status_code == status, answer.text
    assert says is None or says in answer.json()["detail"]
    assert await scalars(sqlite_api.db, select(col(Decision.id))) == []


async def test_decisions_belong_to_their_assignment(api: Api) -> None:
    group, answer = await class_with(api, BOTH), {"right": True, "index": 1}
    await group.send(0, "ventiquattro", "a")
    made = await group.decide(0)
    other = (await api.assign([group.homework[0].student_id], quantity=1))["id"]
    theirs = f"{ASSIGNMENTS}/{other}/decisions"
    strange = await api.client.post(theirs, json={"homework_id": group.homework[0].id, **answer})
    assert (strange.status_code, "has no homework" in strange.text) == (404, True)
    gone = await api.client.delete(f"{theirs}/{made['id']}")
    assert (gone.status_code, "GET …/decisions" in gone.text) == (404, True)
    assert (await api.client.get(theirs)).json() == []
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/1")):
        body = {"homework_id": 1, **answer}
        unknown = await api.client.request(method, f"{ASSIGNMENTS}/4711/decisions{path}", json=body)
        assert (unknown.status_code, unknown.json()) == (404, {"detail": "Assignment not found"}), method


async def test_too_many_decisions_about_one_question_are_refused(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "MAX_DECISIONS", 2)
    group = await class_with(sqlite_api, BOTH)
    await group.send(0, "le due", "a")
    first = await group.decide(0, answer="uno")
    await group.decide(0, answer="due")
    refused = await group.ask(0, answer="tre")
    assert (refused.status_code, "take some back" in refused.text) == (409, True)
    await group.decide(0, answer="due", right=False)
    await group.take_back(first)
    await group.decide(0, answer="tre")


async def test_decisions_go_with_their_assignment(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    for student in range(2):
        await group.send(student, "ventiquattro", "a")
        await group.decide(student, scope="student")
    await group.decide(0, answer="le ventiquattro")
    assert (await api.client.delete(f"{ASSIGNMENTS}/{group.id}")).status_code == 204
    assert await scalars(api.db, select(col(Decision.id))) == []


async def test_decisions_go_with_the_last_student_whom_they_concern(api: Api) -> None:
    group = await class_with(api, BOTH, [MIDNIGHT, CHOICE | {"question": "Abito ___ Roma."}])
    for student in range(2):
        await group.send(student, "ventiquattro", "in")
        await group.decide(student, scope="student")
    shared, own = await group.decide(0, answer="le ventiquattro"), await group.decide(0, index=2)
    left = select(col(Decision.homework_id), col(Decision.question)).order_by(col(Decision.id))
    for_the_second = (group.homework[1].id, MIDNIGHT["question"])
    assert own["question"] == CHOICE["question"]
    await api.client.delete(f"/api/teacher/students/{group.homework[0].student_id}")
    assert [tuple(row) for row in await rows(api.db, left)] == [for_the_second, (None, MIDNIGHT["question"])]
    await group.take_back(shared)
    await api.client.delete(f"/api/teacher/students/{group.homework[1].student_id}")
    assert await rows(api.db, left) == []


async def test_the_results_have_what_the_class_wrote_question_by_question(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH, BOTH, [EXERCISE, CHOICE], BOTH)
    await group.send(0, "le due", "a")
    await group.send(1, "ventiquattro", "B")
    await group.send(2, "VENTIQUATTRO", "in")
    await group.send(3, "siamo andati", None)
    one, two, three, four, _ = (each.id for each in group.homework)
    decision = await group.decide(1)
    path = f"{ASSIGNMENTS}/{group.id}/results"
    first, second = (await api.client.get(path, params={"answers": True})).json()["exercises"]
    midnight, sea = first["questions"]
    assert midnight == {
        "question": MIDNIGHT["question"],
        "options": None,
        "expected": "mezzanotte",
        "accepted_answers": ["ventiquattro"],
        "answers": [
            {"answer": "ventiquattro", "verdict": "correct", "homework_ids": [two, three],
             "feedback": "Your teacher accepts this answer.", "decision_id": decision["id"]},
            {"answer": "le due", "verdict": "wrong", "homework_ids": [one], "decision_id": None,
             "feedback": "Instead of “le due” write “mezzanotte”."},
        ],
    }  # fmt: skip
    assert [each["homework_ids"] for each in sea["answers"]] == [[four]]
    [chosen] = second["questions"]
    assert chosen["options"] == CHOICE["options"]
    assert [(each["answer"], each["homework_ids"]) for each in chosen["answers"]] == [
        ("a", [one, two]),
        ("in", [three]),
        (None, [four]),
    ]
    assert (first["correct"], first["missed"]) == (3, 1)


async def test_equal_answers_with_different_decisions_or_verdicts_are_listed_separately(
    sqlite_api: Api,
) -> None:
    group = await class_with(sqlite_api, BOTH, BOTH)
    for student in range(2):
        await group.send(student, "ventiquattro", "a")
    own = await group.decide(0, scope="student")
    path = f"{ASSIGNMENTS}/{group.id}/results?answers=true"
    [question] = (await sqlite_api.client.get(path)).json()["exercises"][0]["questions"]
    assert [(each["verdict"], each["decision_id"]) for each in question["answers"]] == [
        ("correct", own["id"]),
        ("wrong", None),
    ]


async def test_decisions_are_counted(sqlite_api: Api) -> None:
    def counted() -> list[float]:
        name = "homework_decisions_total"
        labels = ("accepted", "refused", "withdrawn")
        return [REGISTRY.get_sample_value(name, {"decision": label}) or 0 for label in labels]

    before = counted()
    group = await class_with(sqlite_api, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.decide(0)
    await group.ask(0)
    refused = await group.decide(0, right=False)
    await group.take_back(refused)
    await group.take_back(refused)
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1, 1]


async def test_a_submission_that_was_graded_before_a_decision_does_not_lose_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.start(1)
    graded, decided = threading.Event(), threading.Event()
    grade_stored = teachers_word.grade_stored

    def grade_slowly(*given: Any) -> Any:
        done = grade_stored(*given)
        graded.set()
        assert decided.wait(20)
        return done

    monkeypatch.setattr(homework_service, "grade_stored", grade_slowly)
    sending = asyncio.create_task(group.submit(1, "ventiquattro", "a"))
    assert await asyncio.to_thread(graded.wait, 20)
    await group.decide(0)
    decided.set()
    assert (await sending)["score"] == 100
    assert await group.verdicts(1) == ["correct", "correct"]


@pytest.fixture
def meeting_before_they_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two concurrent decisions. Neither is stored before both have read the state."""
    both = asyncio.Barrier(2)
    rehearse = DecisionService._rehearse

    async def rehearse_and_wait(*given: Any) -> None:
        await rehearse(*given)
        async with asyncio.timeout(20):
            await both.wait()

    monkeypatch.setattr(DecisionService, "_rehearse", rehearse_and_wait)


@pytest.mark.usefixtures("meeting_before_they_write")
async def test_of_the_same_decision_made_twice_at_once_one_is_stored(api: Api) -> None:
    group = await class_with(api, BOTH)
    await group.send(0, "ventiquattro", "a")
    answers = await asyncio.gather(group.ask(0), group.ask(0))
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await group.verdicts(0) == ["correct", "correct"]


@pytest.mark.usefixtures("meeting_before_they_write")
async def test_of_two_decisions_made_at_once_neither_is_lost(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.send(1, "le due", "in")
    await asyncio.gather(group.ask(0), group.ask(1))
    assert [await group.verdicts(student) for student in range(2)] == [["correct"] * 2, ["correct", "wrong"]]
    await asyncio.gather(group.ask(0, index=2, right=False), group.ask(1, index=2))
    assert [await group.verdicts(student) for student in range(2)] == [["correct", "wrong"], ["correct"] * 2]


async def test_a_decision_that_fails_half_way_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await class_with(api, BOTH)
    before = await group.send(0, "ventiquattro", "a")

    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(decisions, "update_classwork", fail)
    assert (await group.ask(0)).status_code == 500
    assert await scalars(api.db, select(col(Decision.id))) == []
    assert await group.submission(0) == before


async def test_answers_are_judged_before_the_transaction_and_not_inside_it(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await class_with(sqlite_api, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.send(1, "venti quattro", "a")
    judged: list[str] = []
    judge_by = grade.judge_by

    def note(exercise: Any, right: str, answer: str) -> Any:
        judged.append(threading.current_thread().name)
        return judge_by(exercise, right, answer)

    monkeypatch.setattr(decisions, "judge_by", note)
    await group.decide(0)
    assert (await group.verdicts(1))[0] == "almost"
    assert len(judged) == 1
    assert judged[0].startswith("asyncio_"), "one writes for all: in its thread all others would wait"
