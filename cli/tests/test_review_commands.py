"""A teacher looks homework through, changes it, releases it and decides about answers, with commands."""

import json
import time
from datetime import timedelta
from pathlib import Path

from tests.support.commands import Homework, own_homework

from homework_shared.runtime.clock import utc_now


def test_homework_is_held_back_until_it_is_released(homework: Homework, pupils: list[int]) -> None:
    made = homework.json("teacher", "assign", "--level", "A2", "--student-ids", "1", "--review")
    assert (made["status"], made["review"], made["held_back"]) == ("completed", True, True)
    [theirs] = homework.json("student", "list", 1)["homework"]
    assert (theirs["status"], theirs["exercises"]) == ("pending", [])
    assert f"`homework teacher release {made['id']}`" in homework("teacher", "show", made["id"]).stderr
    tomorrow = utc_now().replace(microsecond=0) + timedelta(days=1)
    moved = homework("teacher", "release", made["id"], "--at", tomorrow.isoformat())
    assert f"students get it {tomorrow.astimezone():%d %b %H:%M:%S}" in moved.stderr
    assert homework("teacher", "release", made["id"], "--not-yet", "--at", tomorrow).exit_code == 2
    assert homework.json("teacher", "release", made["id"], "--not-yet")["release_at"] is None
    released = homework("teacher", "release", made["id"])
    assert "students see what is written" in released.stderr
    assert homework.json("student", "list", 1)["homework"][0]["status"] == "available"
    refused = homework("teacher", "release", made["id"], "--at", tomorrow.isoformat())
    assert (refused.exit_code, "already" in refused.stderr) == (1, True)


def test_a_teacher_reads_changes_and_replaces_exercises(
    homework: Homework, pupils: list[int], tmp_path: Path
) -> None:
    one = ("--student-ids", pupils[0], "--quantity", 2, "--exercise-type", "fill_in_blank")
    made = homework.json("teacher", "assign", "--level", "A2", *one, "--review")
    [before] = homework.json("teacher", "review", made["id"])
    shown = homework.done("teacher", "review", made["id"])
    assert f"Homework {before['id']} of a: available, held back" in shown
    mine = {
        "type": "fill_in_blank",
        "question": "Domani noi ___ al mercato. (andare)",
        "correct_answer": "andiamo",
        "explanation": "Andare is irregular: its first person plural is “andiamo”.",
    }
    file = tmp_path / "exercise.json"
    file.write_text(json.dumps(mine))
    edited = homework.json("teacher", "edit", before["id"], 1, file)
    assert [each["written_by"] == "teacher" for each in edited["exercises"]] == [True, False]
    asked = homework.json("teacher", "replace", before["id"], 2, "--deadline-seconds", 5)
    assert asked["exercises"][1] == before["exercises"][1] | {"asked_anew": True}
    deadline = time.monotonic() + 60
    while (now := homework.json("teacher", "review", made["id"])[0])["exercises"][1]["asked_anew"]:
        assert time.monotonic() < deadline, "it is there by its deadline"
    first, second = now["exercises"]
    assert first["question"] == mine["question"]
    assert second["question"] != before["exercises"][1]["question"]
    assert "asked for anew" in homework("teacher", "replace", before["id"], 2).stderr
    file.write_text("[]")
    assert homework("teacher", "edit", before["id"], 1, file).exit_code == 2
    assert "counted from 1" in homework("teacher", "replace", before["id"], 3).stderr


def test_a_teacher_accepts_refuses_and_takes_back_what_a_student_wrote(
    homework: Homework, assigned: int
) -> None:
    assert "nobody has sent answers yet" in homework("teacher", "results", assigned, "--answers").stderr
    own_id = own_homework(homework, 1)
    homework.done("student", "start", 1, own_id)
    homework.done("student", "answer", 1, own_id, typed="[b]ciao[/b]\n-\n-\n")
    homework.done("student", "submit", 1, own_id)
    looked = homework("teacher", "results", assigned, "--answers")
    assert "[b]ciao[/b]" in looked.stdout
    assert f"`homework teacher accept {assigned} {own_id} 1`" in looked.stderr
    accepted = homework("teacher", "accept", assigned, own_id, 1)
    assert (accepted.exit_code, "correct" in accepted.stdout) == (0, True), accepted.output
    assert "“[b]ciao[/b]” is right for the whole class; 1 verdict has changed" in accepted.stderr
    assert f"`homework teacher take-back {assigned} 1` takes it back" in accepted.stderr
    assert homework.json("student", "grade", 1, own_id)["score"] == 33
    again = homework.json("teacher", "accept", assigned, own_id, 1, "--answer", "CIAO")
    assert (again["id"], again["answer"]) == (2, "CIAO")
    alone = homework.json("teacher", "refuse", assigned, own_id, 1, "--for", "student")
    assert (alone["right"], alone["homework_id"], alone["regraded"][0]["score"]) == (False, own_id, 0)
    assert "homework" in homework.done("teacher", "decisions", assigned)
    for decision, change in ((alone["id"], "1 verdict has"), (1, "1 verdict has"), (1, "no verdict has")):
        back = homework("teacher", "take-back", assigned, decision)
        assert (back.exit_code, back.stderr.count(f"{change} changed")) == (0, 1), back.output
    blank = homework("teacher", "accept", assigned, own_id, 2)
    assert (blank.exit_code, "left blank" in blank.stderr) == (1, True)
    assert homework("teacher", "take-back", assigned, 99).exit_code == 1
