"""Commands that list print tables, or with --json what the API answers."""

import httpx
from tests.support.api.live import Live
from tests.support.commands import Homework

from homework_api.domain.statuses import HomeworkStatus
from homework_api.export import ExportFormat as ApiExportFormat
from homework_cli.commands.student import Filter
from homework_client.models import ExportFormat


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
        assert homework.done(*command, "--json") == httpx.get(live.url + path, timeout=60).text + "\n", path


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


def test_the_choices_of_the_options_are_those_of_the_api() -> None:
    assert [each.value for each in ExportFormat] == [each.value for each in ApiExportFormat]
    assert [each.value for each in Filter] == ["all", *(each.value for each in HomeworkStatus)]
