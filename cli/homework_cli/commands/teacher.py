"""`homework teacher …`: assignments, from the request to the class table."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import httpx
import typer

from homework_cli.client import Api, CommandFailed, Unreachable
from homework_cli.commands import students
from homework_cli.commands.follow import follow, must_be_complete
from homework_cli.output import ApiUrl, AsJson, AsJsonLine, api_at, cell, print_json, say, stdout, table
from homework_shared.exercises.exercise import CefrLevel, ExerciseType

app = typer.Typer(help="Students, assignments and their results.", no_args_is_help=True)
app.add_typer(students.app, name="students")

PATH = "/api/teacher/assignments"
COLUMNS = ("id", "level", "grammar", "topic", "status", "written", "failed", "GPU", "mock", "due")


class ExportFormat(StrEnum):
    """As in the API; a test compares."""

    MOODLE_XML = "moodle_xml"
    GIFT = "gift"
    PDF = "pdf"
    CSV = "csv"


AssignmentId = Annotated[int, typer.Argument(metavar="ASSIGNMENT", min=1)]
Deadline = Annotated[int | None, typer.Option(help="seconds a GPU may take before the mock writes it")]
NoFollow = Annotated[bool, typer.Option("--no-follow", help="do not wait until it is written")]
Level = Annotated[CefrLevel, typer.Option("--cefr-level", "--level")]
Grammar = Annotated[str | None, typer.Option("--grammar-focus", "--grammar", help="in your own words")]
Topic = Annotated[str | None, typer.Option(help="in your own words")]
Quantity = Annotated[int, typer.Option(help="exercises per student")]
Types = Annotated[list[ExerciseType] | None, typer.Option("--exercise-type", help="repeat it; default: all")]
StudentIds = Annotated[
    str, typer.Option("--student-ids", "--students", metavar="1,2,3|all", help="who gets homework")
]
Key = Annotated[str | None, typer.Option(help="sent twice, it makes one assignment; default: a new one")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="a file, or - for stdout; default: the API's name for it"),
]


@app.command()
def assign(
    cefr_level: Level,
    student_ids: StudentIds,
    grammar_focus: Grammar = None,
    topic: Topic = None,
    quantity: Quantity = 5,
    exercise_type: Types = None,
    deadline_seconds: Deadline = None,
    idempotency_key: Key = None,
    no_follow: NoFollow = False,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Assign homework, and follow it until every student has theirs."""
    request: dict[str, Any] = {
        "cefr_level": cefr_level,
        "grammar_focus": grammar_focus,
        "topic": topic,
        "quantity": quantity,
        "exercise_types": exercise_type or list(ExerciseType),
        "deadline_seconds": deadline_seconds,
    }
    with api_at(api_url) as api:
        request["student_ids"] = students.chosen(api, student_ids)
        _show_when_done(api, _create(api, request, idempotency_key or str(uuid4())), no_follow, as_json)


@app.command()
def assignments(api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """List assignments, newest first."""
    with api_at(api_url) as api:
        answer = api.get(PATH)
    if as_json:
        return print_json(answer.text)
    return stdout().print(table("Assignments", COLUMNS, [_row(each) for each in answer.json()]))


@app.command()
def show(assignment: AssignmentId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show one assignment and its progress."""
    with api_at(api_url) as api:
        answer = api.get(f"{PATH}/{assignment}")
    if as_json:
        return print_json(answer.text)
    return _print(answer.json())


@app.command()
def results(assignment: AssignmentId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the class table, and what the class missed."""
    with api_at(api_url) as api:
        answer = api.get(f"{PATH}/{assignment}/results")
    if as_json:
        return print_json(answer.text)
    found, out = answer.json(), stdout()
    names = ("student_id", "name", "status", "score", "submitted_at", "verdicts")
    rows = [[student[name] for name in names] for student in found["students"]]
    out.print(table("Students", ("id", "name", "status", "score", "sent", "exercises"), rows))
    names = ("index", "type", "answered", "correct", "almost", "missed")
    out.print(table("Exercises", names, [[each[name] for name in names] for each in found["exercises"]]))
    summary = found["summary"]
    return out.print(
        f"{summary['submitted']} of {summary['students']} sent their answers; "
        f"mean {cell(summary['mean'])}, median {cell(summary['median'])}"
    )


@app.command()
def export(
    assignment: AssignmentId,
    format_: Annotated[ExportFormat, typer.Option("--format", "-f")],
    output: Output = None,
    student_id: Annotated[int | None, typer.Option(min=1, help="only this student's homework")] = None,
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Write an assignment to a file, answers included: for Moodle, for printing, for a spreadsheet."""
    with api_at(api_url) as api:
        answer = api.get(f"{PATH}/{assignment}/export", format=format_, student_id=student_id)
        if output == Path("-"):
            return typer.echo(answer.content, nl=False)
        file = output or Path(_offered_name(answer) or f"assignment-{assignment}.{format_}")
        try:
            file.write_bytes(answer.content)
        except OSError as error:
            raise CommandFailed(f"{file}: {error.strerror}; choose another file with -o") from error
    if as_json:
        return print_json(json.dumps({"file": str(file), "bytes": len(answer.content)}))
    return say(f"wrote {file}")


@app.command()
def retry(
    assignment: AssignmentId,
    replace_mock: Annotated[
        bool, typer.Option("--replace-mock", help="also ask a GPU for what the mock wrote and nobody started")
    ] = False,
    deadline_seconds: Deadline = None,
    no_follow: NoFollow = False,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask again for the homework that failed."""
    body = {"replace_mock": replace_mock, "deadline_seconds": deadline_seconds}
    with api_at(api_url) as api:
        answer = api.post(f"{PATH}/{assignment}/retry", body)
        if answer.json()["status"] == "completed":
            say("a GPU is asked; students keep what they have until its homework is there")
        _show_when_done(api, answer, no_follow, as_json)


def _create(api: Api, request: dict[str, Any], key: str) -> httpx.Response:
    try:
        return api.post(PATH, request, **{"Idempotency-Key": key})
    except Unreachable as error:
        # The answer may be what was lost.
        hint = f"if you repeat this, --idempotency-key {key} makes sure that it is assigned once"
        raise Unreachable(f"{error}; {hint}") from error


def _show_when_done(api: Api, answer: httpx.Response, no_follow: bool, as_json: bool) -> None:
    text, assignment = answer.text, answer.json()
    if not no_follow:
        say(f"assignment {assignment['id']} is accepted; Ctrl-C stops looking, not the work")
        text = follow(api, assignment["id"])
    if as_json:
        print_json(text)
    else:
        _print(json.loads(text))
    if not no_follow:
        must_be_complete(json.loads(text))


def _print(assignment: dict[str, Any]) -> None:
    out = stdout()
    out.print(table(f"Assignment {assignment['id']}", COLUMNS, [_row(assignment)]))
    out.print(f"students {cell(assignment['student_ids'])}; {assignment['quantity']} exercises each")
    if assignment["error_message"]:
        say(assignment["error_message"])


def _row(assignment: dict[str, Any]) -> list[Any]:
    progress = assignment["progress"]
    names = ("id", "cefr_level", "grammar_focus", "topic", "status")
    written = f"{progress['available']}/{progress['total']}"
    by = progress["by_generator"]
    counts = [written, progress["failed"], by["vllm"], by["mock"]]
    return [*(assignment[name] for name in names), *counts, assignment["deadline_at"]]


def _offered_name(answer: httpx.Response) -> str | None:
    found = re.search(r'filename="([^"]+)"', answer.headers.get("content-disposition", ""))
    # A name, not a path: whoever answers does not choose the folder.
    return Path(found.group(1)).name if found else None
