"""Tests of `homework status
dead
teacher
student` with a service that listens and the real mock.
"""

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.support.api.live import Live
from tests.support.commands import Homework

from homework_api.domain.statuses import HomeworkStatus
from homework_api.export import ExportFormat as ApiExportFormat
from homework_cli.client import CommandFailed
from homework_cli.commands import follow
from homework_cli.commands.student import Filter
from homework_cli.run_folder import remove_classroom_url, save_classroom_url
from homework_client.client import Client, Reply
from homework_client.models import Assignment, ExportFormat
from homework_client.refusals import Unreachable
from homework_client.request import Stream
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus
from homework_shared.messaging.transport import Envelope, envelop
from homework_shared.runtime.clock import utc_now


@pytest.fixture
def pupils(homework: Homework) -> list[int]:
    return [int(homework.done("teacher", "students", "add", name, f"{name}@example.org")) for name in "ab"]


@pytest.fixture
def assigned(homework: Homework, pupils: list[int]) -> int:
    """An assignment that is written."""
    made = homework.json("teacher", "assign", "--cefr-level", "A2", "--quantity", 3, "--student-ids", "all")
    assert (made["status"], made["progress"]["available"]) == ("completed", 2)
    return int(made["id"])


def own(homework: Homework, student: int) -> int:
    [only] = homework.json("student", "list", student)["homework"]
    return int(only["id"])


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


def test_homework_gets_dates_that_can_be_changed(homework: Homework, pupils: list[int]) -> None:
    ready, due = (utc_now() + timedelta(hours=hours) for hours in (1, 24))
    times = ("--ready-by", ready.isoformat(), "--due-at", due.isoformat(), "--late-work", "refuse")
    made = homework.json("teacher", "assign", "--level", "A2", "--student-ids", "1", *times, "--no-follow")
    assert datetime.fromisoformat(made["deadline_at"]) == ready
    assert (datetime.fromisoformat(made["due_at"]), made["late_work"]) == (due, "refuse")
    shown = f"{due.astimezone():%d %b %H:%M:%S}"
    assert shown in homework.done("student", "list", 1)
    assert shown in homework("teacher", "show", made["id"]).stderr
    later = f"{(utc_now() + timedelta(days=2)).astimezone():%Y-%m-%dT%H:%M}"
    moved = homework("teacher", "due", made["id"], "--at", later, "--late-work", "accept")
    assert "late work is accepted" in moved.stderr
    assert homework.json("teacher", "due", made["id"], "--never")["due_at"] is None
    for wrong in ((), ("--at", later, "--never"), ("--at", "tomorrow")):
        assert homework("teacher", "due", made["id"], *wrong).exit_code == 2
    over = homework("teacher", "due", made["id"], "--at", "2020-01-01T00:00")
    assert (over.exit_code, "send a `due_at` after" in over.stderr) == (1, True)


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
    deadline = time.monotonic() + 30
    while (now := homework.json("teacher", "review", made["id"])[0])["exercises"][1]["asked_anew"]:
        assert time.monotonic() < deadline, "it is there by its deadline"
    first, second = now["exercises"]
    assert first["question"] == mine["question"]
    assert second["question"] != before["exercises"][1]["question"]
    assert "asked for anew" in homework("teacher", "replace", before["id"], 2).stderr
    file.write_text("[]")
    assert homework("teacher", "edit", before["id"], 1, file).exit_code == 2
    assert "counted from 1" in homework("teacher", "replace", before["id"], 3).stderr


def test_homework_can_be_assigned_for_a_time_to_come(homework: Homework, pupils: list[int]) -> None:
    at = utc_now().replace(microsecond=0) + timedelta(days=1)
    made = homework.json("teacher", "assign", "--level", "A2", "--student-ids", "1", "--release-at", at)
    assert (datetime.fromisoformat(made["release_at"]), made["held_back"]) == (at, True)


@pytest.mark.parametrize(
    ("whom", "says", "code"),
    [
        ((), "either --student-ids or --class", 2),
        (("--student-ids", "1", "--class", "2B"), "either --student-ids or --class", 2),
        (("--class", "9Z"), "there is no class '9Z': `homework teacher classes list`", 1),
    ],
)
def test_homework_is_for_students_or_for_a_class_that_exists(
    homework: Homework, whom: tuple[str, ...], says: str, code: int
) -> None:
    done = homework("teacher", "assign", "--level", "A2", *whom)
    assert done.exit_code == code
    assert says in done.stderr


def test_json_is_what_the_api_answers_letter_by_letter(live: Live, homework: Homework, assigned: int) -> None:
    for path, command in {
        "/api/teacher/students": ("teacher", "students", "list"),
        "/api/teacher/classes": ("teacher", "classes", "list"),
        "/api/teacher/assignments": ("teacher", "assignments"),
        f"/api/teacher/assignments/{assigned}": ("teacher", "show", assigned),
        f"/api/teacher/assignments/{assigned}/results": ("teacher", "results", assigned),
        f"/api/teacher/assignments/{assigned}/results?answers=true": (
            "teacher",
            "results",
            assigned,
            "--answers",
        ),
        f"/api/teacher/assignments/{assigned}/decisions": ("teacher", "decisions", assigned),
        "/api/student/1/homework": ("student", "list", 1),
        "/api/ops/dead": ("dead", "list"),
    }.items():
        assert homework.done(*command, "--json") == httpx.get(live.url + path).text + "\n", path


def test_an_assignment_is_followed_until_all_is_written(homework: Homework, pupils: list[int]) -> None:
    result = homework("teacher", "assign", "--level", "B1", "--student-ids", "1,2", "--topic", "[red]cibo[/]")
    assert result.exit_code == 0, result.output
    assert "2/2" in result.stdout
    assert "[red]cibo[/]" in result.stdout
    assert "assignment 1 is accepted" in result.stderr
    # The bar shows the last state of the assignment.
    assert "completed" in result.stderr


def test_an_assignment_that_is_not_followed_is_answered_at_once(live_alone: Live) -> None:
    homework = Homework(live_alone.url)
    homework.done("teacher", "students", "add", "a", "a@example.org")
    made = homework.json("teacher", "assign", "--level", "A1", "--student-ids", "1", "--no-follow")
    assert made["status"] == "pending"
    request = ("--level", "A1", "--student-ids", "1", "--no-follow", "--idempotency-key", "k")
    first, second = (homework.json("teacher", "assign", *request)["id"] for _ in range(2))
    assert made["id"] != first == second


def test_every_field_of_the_request_can_be_given(homework: Homework, pupils: list[int]) -> None:
    made = homework.json(
        "teacher", "assign", "--cefr-level", "C1", "--grammar-focus", "congiuntivo", "--topic", "arte",
        "--quantity", 2, "--exercise-type", "translation", "--exercise-type", "multiple_choice",
        "--student-ids", "2", "--deadline-seconds", 7, "--no-follow",
    )  # fmt: skip
    wanted = {
        "cefr_level": "C1", "grammar_focus": "congiuntivo", "topic": "arte", "quantity": 2,
        "exercise_types": ["translation", "multiple_choice"], "student_ids": [2],
    }  # fmt: skip
    assert wanted.items() <= made.items()


def test_an_unknown_student_and_a_number_out_of_range_have_their_own_exit_codes(homework: Homework) -> None:
    unknown = homework("teacher", "assign", "--level", "A1", "--student-ids", "99")
    assert (unknown.exit_code, unknown.stderr.strip()) == (1, "One or more students not found: 99")
    nobody = homework("teacher", "assign", "--level", "A1", "--student-ids", "all")
    assert nobody.exit_code == 1
    assert "homework teacher students add" in nobody.stderr
    many = homework("teacher", "assign", "--level", "A1", "--student-ids", "99", "--quantity", 21)
    assert many.exit_code == 2
    assert many.stderr.startswith("quantity: ")


def test_a_student_answers_one_exercise_after_another_and_is_graded(
    homework: Homework, assigned: int
) -> None:
    own_id = own(homework, 1)
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


def test_a_teacher_accepts_refuses_and_takes_back_what_a_student_wrote(
    homework: Homework, assigned: int
) -> None:
    assert "nobody has sent answers yet" in homework("teacher", "results", assigned, "--answers").stderr
    own_id = own(homework, 1)
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


def test_answers_come_from_a_file_too(homework: Homework, assigned: int, tmp_path: Path) -> None:
    own_id = own(homework, 2)
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
    own_id = own(homework, 1)
    homework.done("student", "start", 1, own_id)
    result = homework("student", "submit", 1, own_id)
    assert result.exit_code == 1
    assert f"homework student answer 1 {own_id}" in result.stderr


def test_what_students_are_shown_has_no_solutions(homework: Homework, assigned: int) -> None:
    own_id = own(homework, 1)
    shown = homework.done("student", "show", 1, own_id)
    for exercise in homework.json("student", "show", 1, own_id)["exercises"]:
        assert exercise["question"] in shown
        assert exercise["explanation"] not in shown


@pytest.mark.parametrize("format_", list(ApiExportFormat))
def test_an_exported_file_is_the_one_that_the_api_makes(
    live: Live,
    homework: Homework,
    assigned: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format_: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    homework.done("teacher", "export", assigned, "--format", format_)
    written = homework.json(
        "teacher", "export", assigned, "--format", format_, "-o", "mine", "--student-id", 1
    )
    assert written == {"file": "mine", "bytes": (tmp_path / "mine").stat().st_size}
    path = f"{live.url}/api/teacher/assignments/{assigned}/export"
    [named] = [file for file in tmp_path.iterdir() if file.name.startswith("assignment-1.")]
    # The bytes of a PDF contain the time, so no two of them are equal.
    if format_ != "pdf":
        assert named.read_bytes() == httpx.get(path, params={"format": format_}).content
        mine = httpx.get(path, params={"format": format_, "student_id": 1}).content
        assert (tmp_path / "mine").read_bytes() == mine != named.read_bytes()
    refused = homework("teacher", "export", assigned, "--format", format_, "-o", tmp_path)
    assert (refused.exit_code, "choose another file with -o" in refused.stderr) == (1, True)


def test_all_that_is_kept_about_a_student_is_written_to_a_file(
    homework: Homework, assigned: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export = ("teacher", "students", "export", 1)
    assert homework(*export).stderr == "wrote student-1.json\n"
    kept = json.loads((tmp_path / "student-1.json").read_text())
    assert [one["assignment_id"] for one in kept["homework"]] == [assigned]
    assert kept["email"] == "a@example.org"
    written = homework.json(*export, "--format", "pdf", "-o", "mine.pdf")
    assert written == {"file": "mine.pdf", "bytes": (tmp_path / "mine.pdf").stat().st_size}
    assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF")
    assert homework("teacher", "students", "export", 99).exit_code == 1


def test_the_audit_log_is_listed(homework: Homework, pupils: list[int]) -> None:
    assert "there are none yet" in homework("audit").stderr
    homework.done("teacher", "students", "remove", pupils[0], "--yes")
    [entry] = homework.json("audit")
    assert (entry["action"], entry["thing"]) == ("student_deleted", str(pupils[0]))
    shown = homework.wide().done("audit", "--limit", 5)
    assert "student deleted" in shown
    assert f"student {pupils[0]}" in shown
    assert "a user of the service's machine" in shown


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_the_class_table_is_written_for_a_spreadsheet(
    homework: Homework,
    assigned: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format_: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    homework.done("teacher", "results", assigned, "--format", format_)
    written = tmp_path / f"assignment-{assigned}-results.{format_}"
    made = homework.json("teacher", "results", assigned, "-f", format_, "-o", "mine")
    assert made == {"file": "mine", "bytes": written.stat().st_size}
    refused = homework("teacher", "results", assigned, "-o", tmp_path)
    assert (refused.exit_code, "choose another file with -o" in refused.stderr) == (1, True)


def test_an_empty_list_is_reported_with_what_to_do(live: Live) -> None:
    homework = Homework(live.url)
    assert "homework teacher students add" in homework("teacher", "students", "list").stderr
    assert "homework teacher assign" in homework("teacher", "assignments").stderr
    student = homework.done("teacher", "students", "add", "Ada", "ada@example.org").strip()
    assert "there are none yet" in homework("student", "list", student).stderr
    made = homework.json("teacher", "assign", "--level", "A1", "--student-ids", student, "--no-follow")["id"]
    homework.done("teacher", "students", "remove", student, "--yes")
    for command in ("show", "results"):
        assert "this assignment has no students any more" in homework("teacher", command, made).stderr
    refused = homework("teacher", "export", made, "--format", "pdf")
    assert (refused.exit_code, "This assignment has no students" in refused.stderr) == (1, True)
    long = homework("teacher", "students", "add", "x" * 101, "long@example.org")
    assert (long.exit_code, long.stderr.strip()) == (
        2, "name: 101 characters are too many: shorten it to 100",
    )  # fmt: skip


def test_a_list_is_read_on_after_the_last_one_that_was_seen(live: Live) -> None:
    homework = Homework(live.url)
    ids = [int(homework.done("teacher", "students", "add", f"S{n}", f"s{n}@example.org")) for n in range(3)]
    listed = homework("teacher", "students", "list", "--limit", 2)
    assert f"--before-id {ids[1]}" in listed.stderr
    homework.done("teacher", "students", "remove", ids[2], "--yes")
    older = homework.json("teacher", "students", "list", "--limit", 2, "--before-id", ids[1])
    assert [student["id"] for student in older] == [ids[0]]
    assert "--before-id" not in homework("teacher", "assignments", "--limit", 2).stderr
    assert homework.json("student", "list", ids[0], "--limit", 1, "--before-id", 1)["homework"] == []


def test_a_retry_with_nothing_to_do_is_refused_and_a_replacement_is_asked_for(live_on_the_mock: Live) -> None:
    homework = Homework(live_on_the_mock.url)
    homework.done("teacher", "students", "add", "a", "a@example.org")
    request = ("--level", "A1", "--student-ids", "1", "--deadline-seconds", 5)
    assigned = homework.json("teacher", "assign", *request)["id"]
    nothing = homework("teacher", "retry", assigned)
    assert nothing.exit_code == 1
    assert "Nothing to retry" in nothing.stderr
    asked = homework("teacher", "retry", assigned, "--replace-mock", "--deadline-seconds", 5)
    assert asked.exit_code == 0, asked.output
    assert "students keep what they have" in asked.stderr


def test_the_choices_of_the_options_are_those_of_the_api() -> None:
    assert [each.value for each in ExportFormat] == [each.value for each in ApiExportFormat]
    assert [each.value for each in Filter] == ["all", *(each.value for each in HomeworkStatus)]


def test_dead_letters_are_listed_shown_sent_to_the_mock_and_dropped(live_alone: Live) -> None:
    homework = Homework(live_alone.url)
    assert homework("dead", "list").stderr.strip() == "nothing is dead"
    live_alone.bury(Envelope("Novel", "1", b'{"a": "[bold]"}'), Envelope("Other", "2", b"\x1b[2J"))
    newest, oldest = (letter["id"] for letter in homework.json("dead", "list")["letters"])
    table = Homework(live_alone.url, COLUMNS="80").done("dead", "list")
    # The id is not wrapped, because people copy it.
    assert newest in table
    table = homework.done("dead", "list")
    assert "generation.fallback" in table
    assert "and 1 more" in homework("dead", "list", "--limit", 1).stderr
    assert '"a": "[bold]"' in homework.done("dead", "show", oldest)
    assert "\x1b" not in homework.done("dead", "show", newest)
    for action in ("replay", "to-mock"):
        refused = homework("dead", action, newest)
        assert (refused.exit_code, "DELETE drops it" in refused.stderr) == (1, True)
    assert homework("dead", "drop", newest, typed="n\n").exit_code == 1
    dropped = homework.done("dead", "drop", newest, oldest, "--yes", "--json").splitlines()
    assert [json.loads(line) for line in dropped] == [
        {"id": each, "dropped": True} for each in (newest, oldest)
    ]
    assert homework.json("dead", "list") == {"letters": [], "total": 0}
    gone = homework("dead", "show", newest)
    assert (gone.exit_code, "No dead letter has this id" in gone.stderr) == (1, True)


def test_keys_are_made_used_listed_and_revoked(live_alone: Live) -> None:
    nobody = Homework(live_alone.url)
    assert "requests need none" in nobody("keys", "list").stderr
    refused = nobody("keys", "create", "tablet", "--right", "teacher")
    assert (refused.exit_code, "first key needs the right `ops`" in refused.stderr) == (1, True)
    key = nobody.done(
        "keys", "create", "office", "--right", "ops", "--right", "teacher", "--expires-days", "90"
    ).strip()
    locked = nobody("keys", "list")
    assert (locked.exit_code, "set HOMEWORK_API_KEY" in locked.stderr) == (1, True)
    office = Homework(live_alone.url, HOMEWORK_API_KEY=key)
    second = office.json("keys", "create", "tablet", "--right", "teacher")
    assert "tablet" in office.done("keys", "list")
    assert key not in office.done("keys", "list")
    assert office("keys", "revoke", second["id"]).exit_code == 0
    assert "revoked 20" in office.done("keys", "list")
    tablet = Homework(live_alone.url, HOMEWORK_API_KEY=second["key"])
    assert tablet("teacher", "students", "list").exit_code == 1
    assert office("keys", "create", "nothing").exit_code == 2
    assert office("keys", "revoke", "none").exit_code == 1


def test_teachers_are_added_given_keys_and_removed(live_alone: Live) -> None:
    nobody = Homework(live_alone.url)
    assert nobody.done("teachers", "add", "Anna") == "2\n"
    assert nobody("teachers", "add", "ANNA").exit_code == 1
    key = nobody.done("keys", "create", "office", "--right", "ops", "--right", "teacher").strip()
    office = Homework(live_alone.url, HOMEWORK_API_KEY=key)
    annas = office.json("keys", "create", "Anna", "--right", "teacher", "--teacher", "anna")
    assert annas["teacher_id"] == 2
    unknown = office("keys", "create", "x", "--right", "teacher", "--teacher", "Bea")
    assert (unknown.exit_code, "`homework teachers list`" in unknown.stderr) == (1, True)

    anna = Homework(live_alone.url, HOMEWORK_API_KEY=annas["key"])
    anna.done("teacher", "students", "add", "Ada", "ada@example.org")
    for teacher, seen in (("1", 0), ("2", 1), (None, 1)):
        asked = Homework(live_alone.url, HOMEWORK_API_KEY=key, HOMEWORK_TEACHER_ID=teacher)
        assert len(asked.json("teacher", "students", "list")) == seen
    wrong = Homework(live_alone.url, HOMEWORK_API_KEY=annas["key"], HOMEWORK_TEACHER_ID="1")
    assert "Teacher not found" in wrong("teacher", "students", "list").stderr

    no_id = Homework(live_alone.url, HOMEWORK_TEACHER_ID="Anna")("teacher", "students", "list")
    assert (no_id.exit_code, "`homework teachers list`" in no_id.stderr) == (2, True)

    refused = office("teachers", "remove", "2", "--yes")
    assert (refused.exit_code, "delete them first" in refused.stderr) == (1, True)
    anna.done("teacher", "students", "remove", "1", "--yes")
    assert "teacher 2 is Anna Verdi now" in office("teachers", "rename", "Anna", "Anna Verdi").stderr
    assert "Anna Verdi" in office.done("teachers", "list")
    assert office("teachers", "remove", "anna verdi", typed="n\n").exit_code == 1
    assert office.json("teachers", "remove", "anna verdi", "--yes") == {"id": 2, "deleted": True}
    assert anna("teacher", "students", "list").exit_code == 1


def status_when(homework: Homework, condition: str) -> str:
    """The output of `homework status` once it contains `condition`. The API looks for
    generators each second.
    """
    deadline = time.monotonic() + 10
    while condition not in (shown := homework("status").output):
        assert time.monotonic() < deadline, shown
        time.sleep(0.1)
    return shown


def test_the_status_shows_health_and_the_next_steps(live_on_the_mock: Live) -> None:
    homework = Homework(live_on_the_mock.url)
    shown = status_when(homework, "so the mock generator writes")
    assert "Status: ready" in shown
    assert "generation.dead" in shown
    assert homework("status").exit_code == 0
    found = homework.json("status")
    assert (found["ready"]["status"], found["overview"]["mode"]) == ("ready", "mock")


def test_the_status_shows_a_generators_usable_share(live_alone: Live) -> None:
    status = GeneratorStatus(
        worker_id="gpu-1", kind=GeneratorKind.VLLM, model="marco", in_flight=0, done=0, tokens_per_second=0,
        version="1", started_at=utc_now(), tries=8, usable=6,
    )  # fmt: skip
    live_alone.announce(envelop(status, "gpu-1"))
    shown = status_when(Homework(live_alone.url), "gpu-1")
    assert re.search(r"marco .* 75% ", shown)


def test_the_status_names_engine_server_and_model_of_each_generator(live_alone: Live) -> None:
    known = {"kind": GeneratorKind.VLLM, "in_flight": 0, "done": 0, "tokens_per_second": 0, "version": "1",
             "started_at": utc_now()}  # fmt: skip
    for said in (
        {"worker_id": "mac", "model": "gemma", "engine": "Ollama", "server": "http://mac:11434"},
        {"worker_id": "colab", "model": "marco", "engine": "vLLM", "gpu": "Tesla T4"},
        {"worker_id": "old", "model": "older"},
        {"worker_id": "liar", "model": "m", "engine": "[red]\u202e[/red]", "server": "http://h:1"},
    ):
        status = GeneratorStatus.model_validate(known | said)
        live_alone.announce(envelop(status, status.worker_id))
    homework = Homework(live_alone.url, COLUMNS="160")
    shown = status_when(homework, "liar")
    assert re.search(r"mac .* Ollama .* gemma .* http://mac:11434 ", shown)
    assert re.search(r"colab .* vLLM .* marco .* Tesla T4 ", shown)
    assert re.search(r"old .* vllm .* older .* – ", shown)
    assert "[red]\N{REPLACEMENT CHARACTER}[/red]" in shown


def test_the_status_of_a_service_without_a_generator(live_alone: Live) -> None:
    live_alone.bury(Envelope("Novel", "1", b"{}"))
    shown = status_when(Homework(live_alone.url), "dead letters: 1; `homework dead list`")
    assert "no generator is running: start `homework-mock-generator`" in shown


def test_watching_prints_one_line_each_time_and_waits_for_a_service_that_is_away(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = iter([None, KeyboardInterrupt])

    def pause(_: float) -> None:
        if error := next(pauses):
            raise error

    monkeypatch.setattr("homework_cli.commands.status.time.sleep", pause)
    lines = Homework(live.url).done("status", "--watch", "--json").splitlines()
    assert [json.loads(line)["ready"]["status"] for line in lines] == ["ready"] * 2
    pauses = iter([None, KeyboardInterrupt])
    away = Homework("http://127.0.0.1:1").done("status", "--watch", "--json").splitlines()
    assert ["does not answer" in json.loads(line)["error"] for line in away] == [True] * 2


def state(status: str) -> Reply[Assignment]:
    made = {
        "id": 7, "cefr_level": "A1", "grammar_focus": None, "topic": None, "quantity": 1,
        "exercise_types": ["translation"], "status": status, "student_ids": [1],
        "created_at": "2026-11-23T09:00:00Z", "completed_at": None, "error_message": "nobody wrote it",
        "deadline_at": "2026-11-23T09:01:00Z",
        "progress": {
            "total": 1, "available": 1, "failed": 0, "by_generator": {"vllm": 1, "mock": 0}, "submitted": 0,
        },
    }  # fmt: skip
    return Reply(Assignment.model_validate(made), json.dumps(made), {})


def test_a_stream_that_breaks_is_opened_again_until_the_assignment_is_final(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = [state("generating"), state("completed")]
    streams: Iterator[list[Reply[Assignment]] | Unreachable] = iter([whole[:1], Unreachable("cut"), whole])

    def stream(_: Client, request: Stream[Assignment]) -> Iterator[Reply[Assignment]]:
        assert request.path == "/api/teacher/assignments/7/events"
        if isinstance(opened := next(streams), Unreachable):
            raise opened
        yield from opened

    monkeypatch.setattr(Client, "stream", stream)
    monkeypatch.setattr(follow, "PAUSE_SECONDS", 0)
    with Client("http://127.0.0.1:1") as api:
        assert follow.follow(api, 7) == state("completed")


def test_an_assignment_that_failed_says_why_and_how_to_go_on() -> None:
    follow.must_be_complete(state("completed").value)
    with pytest.raises(CommandFailed, match=r"nobody wrote it: `homework teacher retry 7`"):
        follow.must_be_complete(state("failed").value)
