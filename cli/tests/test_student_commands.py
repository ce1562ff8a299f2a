"""A student reads, answers and submits homework with commands."""

import json
from pathlib import Path

from tests.support.commands import Homework, own_homework


def test_a_student_answers_one_exercise_after_another_and_is_graded(
    homework: Homework, assigned: int
) -> None:
    own_id = own_homework(homework, 1)
    # The input ends after one answer.
    stopped = homework("student", "answer", 1, own_id, typed="ciao\n")
    assert stopped.exit_code == 1
    assert homework.json("student", "show", 1, own_id)["answers"] == ["ciao", None, None]
    answered = homework("student", "answer", 1, own_id, typed="\n-\nB\n")
    assert answered.exit_code == 0, answered.output
    assert "[ciao]" in answered.stderr
    assert homework.json("student", "show", 1, own_id)["answers"] == ["ciao", None, "B"]
    sent = homework.json("student", "submit", 1, own_id)
    assert [each["given"] is None for each in sent["exercises"]] == [False, True, False]
    assert homework.json("student", "grade", 1, own_id) == sent
    graded = homework.wide().done("student", "grade", 1, own_id)
    for each in sent["exercises"]:
        assert " / ".join([each["expected"], *each["accepted_answers"]]) in graded
    again = homework("student", "submit", 1, own_id)
    assert again.exit_code == 1
    assert "answers are sent once" in again.stderr
    assert "1 of 2 sent their answers" in homework.done("teacher", "results", assigned)


def test_answers_come_from_a_file_too(homework: Homework, assigned: int, tmp_path: Path) -> None:
    own_id = own_homework(homework, 2)
    homework.done("student", "start", 2, own_id)
    exercises = homework.json("student", "show", 2, own_id)["exercises"]
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"answers": [exercise["correct_answer"] for exercise in exercises]}))
    homework.done("student", "answer", 2, own_id, "--answers", file)
    assert homework.json("student", "submit", 2, own_id, "--answers", file)["score"] == 100
    file.write_text('"ciao"')
    refused = homework("student", "submit", 2, own_id, "--answers", file)
    assert refused.exit_code == 2
    assert "holds no list of answers" in refused.stderr


def test_homework_without_saved_answers_is_not_submitted(homework: Homework, assigned: int) -> None:
    own_id = own_homework(homework, 1)
    homework.done("student", "start", 1, own_id)
    result = homework("student", "submit", 1, own_id)
    assert result.exit_code == 1
    assert f"homework student answer 1 {own_id}" in result.stderr


def test_what_students_are_shown_has_no_solutions(homework: Homework, assigned: int) -> None:
    own_id = own_homework(homework, 1)
    shown = homework.done("student", "show", 1, own_id)
    for exercise in homework.json("student", "show", 1, own_id)["exercises"]:
        assert exercise["question"] in shown
        assert exercise["explanation"] not in shown
