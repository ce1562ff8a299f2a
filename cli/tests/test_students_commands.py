"""`homework teacher students`, `classes`, `links` and `sign-in` on a running service."""

import re
from pathlib import Path

import pytest
from tests.support.commands import Homework

from homework_cli.run_folder import remove_classroom_url, save_classroom_url


def test_students_are_added_listed_and_removed(homework: Homework, pupils: list[int]) -> None:
    listed = homework.done("teacher", "students", "list")
    assert "a@example.org" in listed
    taken = homework("teacher", "students", "add", "c", "a@example.org")
    assert (taken.exit_code, taken.stdout) == (1, "")
    assert "already exists" in taken.stderr
    assert homework("teacher", "students", "remove", pupils[0], typed="n\n").exit_code == 1
    removed = homework.json("teacher", "students", "remove", pupils[0], "--yes")
    assert removed == {"id": pupils[0], "deleted": True}
    assert [student["id"] for student in homework.json("teacher", "students", "list")] == [pupils[1]]


def test_a_students_name_and_address_are_corrected_and_the_address_is_taken_away(
    homework: Homework, pupils: list[int]
) -> None:
    correct = ("teacher", "students", "correct", pupils[0])
    renamed = homework(*correct, "--name", "Ada", "--email", "ada@example.org")
    assert renamed.stderr == f"student {pupils[0]} is Ada, ada@example.org\n"
    assert homework.json(*correct, "--no-email")["email"] == ""
    assert "already exists" in homework(*correct, "--email", "b@example.org").stderr
    for wrong, told in (((), "say what to correct"), (("--email", "x@y.it", "--no-email"), "not both")):
        refused = homework.wide()(*correct, *wrong)
        assert (refused.exit_code, told in refused.stderr) == (2, True)
    assert homework("teacher", "students", "correct", 99, "--name", "X").exit_code == 1


def test_classes_are_created_filled_and_assigned_homework(homework: Homework, pupils: list[int]) -> None:
    assert "classes create NAME" in homework("teacher", "classes", "list").stderr
    assert homework.done("teacher", "classes", "create", "2B") == "1\n"
    assert homework.json("teacher", "classes", "add", "2b", "all")["size"] == 2
    made = homework.json("teacher", "assign", "--level", "A2", "--class", "2b", "--no-follow")
    assert (made["class_id"], made["student_ids"]) == (1, pupils)
    removed = homework("teacher", "classes", "remove", "2B", str(pupils[0]))
    assert (removed.exit_code, removed.stderr) == (0, "class 2B has 1 student\n")
    assert "b@example.org" in homework.done("teacher", "classes", "show", "2B")
    assert "class 3B has 1 student" in homework("teacher", "classes", "rename", "2B", "3B").stderr
    assert "3B" in homework.done("teacher", "classes", "list")
    assert homework("teacher", "classes", "delete", "3B", typed="n\n").exit_code == 1
    assert homework.json("teacher", "classes", "delete", "3B", "--yes") == {"id": 1, "deleted": True}
    assert len(homework.json("teacher", "students", "list")) == 2


def test_students_get_links_that_are_good_once_and_can_be_withdrawn(
    homework: Homework, pupils: list[int]
) -> None:
    address = ("--classroom-url", "http://192.168.1.20:8002/")
    [first, _] = homework.json("teacher", "links", "create", "--student-ids", "all", *address)
    assert {first["student_id"]} < set(pupils)
    assert re.fullmatch(r"http://192\.168\.1\.20:8002/in/[A-Za-z0-9_-]{43}", first["link"])
    homework.done("teacher", "classes", "create", "2B")
    homework.done("teacher", "classes", "add", "2B", pupils[0])
    shown = homework.wide().done("teacher", "links", "create", "--class", "2b")
    assert "http://127.0.0.1:8002/in/" in shown
    assert first["link"].rpartition("/")[2] not in shown
    assert homework.json("teacher", "links", "withdraw", pupils[0]) == {"id": pupils[0], "withdrawn": True}
    assert homework("teacher", "links", "create").exit_code == 2
    assert homework("teacher", "links", "withdraw", 99).exit_code == 1


def test_a_teacher_gets_a_link_into_the_classroom_and_is_told_what_it_does(homework: Homework) -> None:
    shown = homework("teacher", "sign-in", "--classroom-url", "https://classe.example.org/")
    assert re.fullmatch(r"https://classe\.example\.org/teacher/in/[A-Za-z0-9_-]{43}\n", shown.stdout)
    assert "once, within 24 hours" in shown.stderr
    assert homework.json("teacher", "sign-in")["link"].startswith("http://127.0.0.1:8002/teacher/in/")
    assert "signed out in every browser" in homework("teacher", "sign-out").stderr
    assert homework.json("teacher", "sign-out") == {"signed_out": True}


def test_links_begin_with_the_address_that_homework_up_has_noted(
    homework: Homework, pupils: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".run").mkdir()
    save_classroom_url(tmp_path / ".run", "http://127.0.0.1:8009")
    [made] = homework.json("teacher", "links", "create", "--student-ids", pupils[0])
    assert made["link"].startswith("http://127.0.0.1:8009/in/")
    remove_classroom_url(tmp_path / ".run")
    [made] = homework.json("teacher", "links", "create", "--student-ids", pupils[0])
    assert made["link"].startswith("http://127.0.0.1:8002/in/")
