"""A teacher accepts or rejects an answer, and all homework with that answer is graded again."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.support.api.application import EXERCISE, Api
from tests.support.api.decided_class import ASSIGNMENTS, BOTH, CHOICE, MIDNIGHT, class_with
from tests.support.api.rows import rows, scalars

from homework_api.database.models import Decision, Homework
from homework_api.services import deciding


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
