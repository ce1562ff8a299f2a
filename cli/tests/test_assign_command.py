"""`homework teacher assign` on a running service: for whom, by when, followed or not, and tried again."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from tests.support.api.live import Live
from tests.support.commands import Homework

from homework_cli.client import CommandFailed
from homework_cli.commands import follow
from homework_client.client import Client, Reply
from homework_client.models import Assignment
from homework_client.refusals import Unreachable
from homework_client.request import Stream
from homework_shared.runtime.clock import utc_now


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
