"""`homework student …`: reads homework, answers it, submits it and shows the grade."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from homework_cli.client import EXIT_USAGE, ApiUrl, CommandFailed, api_at
from homework_cli.commands.paging import BeforeId, Limit, say_there_is_none, say_where_older_ones_are
from homework_cli.output import AsJson, cell, print_json, say, stdout, table
from homework_client import requests
from homework_client.client import Client, Reply
from homework_client.models import Exercise, Homework, HomeworkStatus, Submission
from homework_shared.runtime.terminal import sanitize

app = typer.Typer(help="A student's homework.", no_args_is_help=True)


class Filter(StrEnum):
    """The API's statuses, and `all`. A test compares them with the API's."""

    ALL = "all"
    PENDING = "pending"
    AVAILABLE = "available"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


StudentId = Annotated[int, typer.Argument(metavar="STUDENT", min=1)]
HomeworkId = Annotated[int, typer.Argument(metavar="HOMEWORK", min=1)]
AnswersFile = Annotated[
    Path | None,
    typer.Option(
        "--answers", exists=True, dir_okay=False, help="JSON: a list with one answer for each exercise"
    ),
]


@app.command("list")
def list_(
    student: StudentId,
    status: Filter = Filter.ALL,
    limit: Limit = None,
    before_id: BeforeId = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """List a student's homework, newest first."""
    wanted = None if status is Filter.ALL else HomeworkStatus(status)
    with api_at(api_url) as api:
        reply = api.fetch(requests.list_homework(student, wanted, limit, before_id=before_id))
    if as_json:
        return print_json(reply.text)
    if not reply.value.homework:
        return say_there_is_none("a teacher assigns some with `homework teacher assign`", before_id or wanted)
    rows = [
        (each.id, each.assignment_id, each.status, each.due_at, each.generated_by, each.score)
        for each in reply.value.homework
    ]
    columns = ("id", "assignment", "status", "due", "written by", "score")
    stdout().print(table(f"Homework of student {student}", columns, rows))
    return say_where_older_ones_are([each.id for each in reply.value.homework], limit)


@app.command()
def show(student: StudentId, homework: HomeworkId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the exercises without their right answers. `homework student grade` shows these later."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.get_homework(student, homework))
    _print_homework(reply, as_json)


@app.command()
def start(student: StudentId, homework: HomeworkId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Start working on a homework. From then on its exercises are not replaced."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.start_homework(student, homework))
    _print_homework(reply, as_json)


@app.command()
def answer(
    student: StudentId,
    homework: HomeworkId,
    answers: AnswersFile = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Answer one exercise after another. Each answer is saved. `homework student submit` submits them."""
    with api_at(api_url) as api:
        if answers:
            saved = api.fetch(requests.save_answers(student, homework, _read(answers)))
        else:
            saved = _ask_all(api, api.fetch(requests.start_homework(student, homework)))
    if as_json:
        return print_json(saved.text)
    return say(f"saved, not sent: `homework student submit {student} {homework}` sends the answers, once")


@app.command()
def submit(
    student: StudentId,
    homework: HomeworkId,
    answers: AnswersFile = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Submit the answers: those that were saved, or those in a file. It works once for each homework."""
    with api_at(api_url) as api:
        given = _read(answers) if answers else api.send(requests.get_homework(student, homework)).answers
        if given is None:
            raise CommandFailed(f"no answers are saved: `homework student answer {student} {homework}`")
        graded = api.fetch(requests.submit_homework(student, homework, given))
    _print_grade(graded, as_json)


@app.command()
def grade(student: StudentId, homework: HomeworkId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the graded answers."""
    with api_at(api_url) as api:
        graded = api.fetch(requests.get_submission(student, homework))
    _print_grade(graded, as_json)


def _read(file: Path) -> list[Any]:
    """The answers in a file: a list, or an object with `answers`, as the API accepts it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{file} is not JSON: {error}", EXIT_USAGE) from error
    answers = found.get("answers") if isinstance(found, dict) else found
    if not isinstance(answers, list):
        raise CommandFailed(
            f'{file} holds no list of answers: write ["abbiamo mangiato", "B", null]', EXIT_USAGE
        )
    return answers


def _ask_all(api: Client, started: Reply[Homework]) -> Reply[Homework]:
    """Ask for each answer, and save it at once, so that a student who stops can continue there."""
    homework, saved = started.value, started
    answers = homework.answers or [None] * len(homework.exercises)
    say("Enter keeps what is in brackets, a dash leaves the exercise out, Ctrl-C stops")
    for index, exercise in enumerate(homework.exercises):
        say(_question(index, exercise))
        kept = answers[index] or ""
        given = typer.prompt("answer", default=kept, show_default=bool(kept), err=True).strip()
        answers[index] = None if given in ("", "-") else given
        saved = api.fetch(requests.save_answers(homework.student_id, homework.id, answers))
    return saved


def _question(index: int, exercise: Exercise) -> str:
    options = zip("ABCD", exercise.options or [], strict=False)
    lettered = [f"   {letter}  {option}" for letter, option in options]
    # A small "a" may be the option itself.
    told = ["   Answer with a capital letter, or with the words."] if lettered else []
    return "\n".join([f"\n{index + 1}. {exercise.question}", *lettered, *told])


def _print_homework(reply: Reply[Homework], as_json: bool) -> None:
    if as_json:
        return print_json(reply.text)
    homework, out = reply.value, stdout()
    out.print(f"homework {homework.id}: {homework.status}, written by {cell(homework.generated_by)}")
    for index, exercise in enumerate(homework.exercises):
        out.print(sanitize(_question(index, exercise)))
    return None


def _print_grade(reply: Reply[Submission], as_json: bool) -> None:
    if as_json:
        return print_json(reply.text)
    rows = [
        (number, each.verdict, each.given, " / ".join(each.right_answers), each.feedback)
        for number, each in enumerate(reply.value.exercises, start=1)
    ]
    columns = ("", "verdict", "given", "expected", "feedback")
    late = ", sent after its due date" if reply.value.late else ""
    return stdout().print(table(f"Score {reply.value.score} of 100{late}", columns, rows))
