"""Responses about homework are built from the stored data without their models. They must equal the models'
output.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.responses import Response

from homework_api.database.queries.homework import HomeworkRecord
from homework_api.domain.due_dates import LateWork
from homework_api.domain.statuses import HomeworkStatus
from homework_api.http.plain_json import PlainJson
from homework_api.schemas.homework import HomeworkListResponse, HomeworkResponse
from homework_api.services.seen_homework import SeenHomework
from homework_shared.exercises.messages import GeneratorKind

GAP: dict[str, Any] = {
    "question": "Ieri noi ___ al mare. (andare)",
    "correct_answer": "siamo andati",
    "accepted_answers": ["siamo andate"],
    "explanation": "Andare takes essere.",
    "type": "fill_in_blank",
    "options": None,
}
CHOICE: dict[str, Any] = {
    "question": "Lui ___ “sì”. \\ é",
    "correct_answer": "dice",
    "explanation": "It is the third person.",
    "type": "multiple_choice",
    "options": ["dice", "dici", "dico", "dite"],
}
OF_THE_FIRST_VERSION = {name: GAP[name] for name in ("type", "question", "correct_answer", "explanation")}
DECIDED = GAP | {
    "decided": [{"answer": "andammo", "right": True}, {"answer": "siamo andate", "right": False}]
}
WRITTEN = HomeworkRecord(
    id=12,
    assignment_id=7,
    student_id=1,
    status=HomeworkStatus.AVAILABLE,
    exercises=[GAP, CHOICE],
    exercise_writers=None,
    answers=None,
    grade=None,
    score=None,
    generated_by=GeneratorKind.VLLM,
    model="italian-3b",
    created_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    completed_at=None,
    due_at=datetime(2026, 11, 27, 17, 0, 0, 250_000, tzinfo=UTC),
    late_work=LateWork.MARK,
    review=False,
    release_at=None,
    grammar_focus="passato prossimo",
    topic=None,
)
HOMEWORK = {
    "written": WRITTEN,
    "not written": replace(
        WRITTEN, status=HomeworkStatus.PENDING, exercises=None, generated_by=None, model=None
    ),
    "of two writers": replace(WRITTEN, exercise_writers=["vllm", "mock"]),
    "changed by a teacher": replace(WRITTEN, exercise_writers=["teacher", "vllm"]),
    "of the first version": replace(WRITTEN, exercises=[OF_THE_FIRST_VERSION], generated_by=None),
    "with decisions": replace(WRITTEN, exercises=[DECIDED, CHOICE]),
    "sent": replace(
        WRITTEN,
        status=HomeworkStatus.COMPLETED,
        answers=["siamo andati", None],
        grade=[{}, {}],
        score=50,
        completed_at=datetime(2026, 11, 28, tzinfo=UTC),
    ),
}


def answered(homework: HomeworkRecord, *, with_solutions: bool = True) -> dict[str, Any]:
    return SeenHomework(homework).answer(with_solutions=with_solutions)


@pytest.mark.parametrize("with_solutions", [True, False])
@pytest.mark.parametrize("homework", HOMEWORK.values(), ids=HOMEWORK)
def test_an_answer_is_byte_for_byte_what_its_model_would_be(
    homework: HomeworkRecord, with_solutions: bool
) -> None:
    answer = answered(homework, with_solutions=with_solutions)
    body = bytes(PlainJson(answer, Response()).body)
    assert body == HomeworkResponse.model_validate_json(body).model_dump_json().encode()
    listed = bytes(PlainJson({"homework": [answer], "total": 1}, Response()).body)
    assert listed == HomeworkListResponse.model_validate_json(listed).model_dump_json().encode()


def test_an_exercise_has_what_is_stored_and_who_wrote_it() -> None:
    [gap, choice] = answered(WRITTEN)["exercises"]
    assert gap == GAP | {"generated_by": "vllm"}
    assert choice == CHOICE | {"accepted_answers": [], "generated_by": "vllm"}


def test_without_solutions_nothing_gives_them_away() -> None:
    for homework in HOMEWORK.values():
        answer = answered(homework, with_solutions=False)
        for exercise in answer["exercises"]:
            hidden = {name: exercise[name] for name in ("correct_answer", "accepted_answers", "explanation")}
            assert hidden == {"correct_answer": None, "accepted_answers": [], "explanation": None}
        assert "andammo" not in json.dumps(answer, default=str)


def test_what_a_teacher_decided_is_shown_and_how_she_decided_is_not() -> None:
    [gap, _] = answered(HOMEWORK["with decisions"])["exercises"]
    assert (gap["correct_answer"], gap["accepted_answers"]) == ("siamo andati", ["andammo"])
    assert set(gap) == set(GAP) | {"generated_by"}


def test_an_exercise_that_a_teacher_wrote_has_no_generator() -> None:
    answer = answered(HOMEWORK["changed by a teacher"])
    assert [each["generated_by"] for each in answer["exercises"]] == [None, "vllm"]


def test_homework_of_the_first_version_is_answered_in_todays_form() -> None:
    [exercise] = answered(HOMEWORK["of the first version"])["exercises"]
    assert exercise == OF_THE_FIRST_VERSION | {"accepted_answers": [], "options": None, "generated_by": None}
