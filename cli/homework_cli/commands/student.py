"""`homework student …`: read homework, answer it, get it graded."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from homework_cli.client import Api, Misused, Refused
from homework_cli.output import ApiUrl, AsJson, api_at, cell, print_json, sanitize, say, stdout, table

app = typer.Typer(help="A student's homework.", no_args_is_help=True)


class Filter(StrEnum):
    """As in the API; a test compares."""

    ALL = "all"
    PENDING = "pending"
    AVAILABLE = "available"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


Student = Annotated[int, typer.Argument(metavar="STUDENT", min=1)]
Homework = Annotated[int, typer.Argument(metavar="HOMEWORK", min=1)]
AnswersFile = Annotated[
    Path | None,
    typer.Option("--answers", exists=True, dir_okay=False, help="JSON: a list with one answer per exercise"),
]


@app.command("list")
def list_(
    student: Student, status: Filter = Filter.ALL, api_url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """List a student's homework, newest first."""
    with api_at(api_url) as api:
        answer = api.get(f"/api/student/{student}/homework", status=status)
    if as_json:
        return print_json(answer.text)
    names = ("id", "assignment_id", "status", "generated_by", "score")
    rows = [[each[name] for name in names] for each in answer.json()["homework"]]
    columns = ("id", "assignment", "status", "written by", "score")
    return stdout().print(table(f"Homework of student {student}", columns, rows))


@app.command()
def show(student: Student, homework: Homework, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the exercises. The right answers stay out: `homework student grade` has them afterwards."""
    with api_at(api_url) as api:
        answer = api.get(_path(student, homework))
    _print_homework(answer.text, as_json)


@app.command()
def start(student: Student, homework: Homework, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Start working: from here on nothing replaces the exercises."""
    with api_at(api_url) as api:
        answer = api.post(f"{_path(student, homework)}/start")
    _print_homework(answer.text, as_json)


@app.command()
def answer(
    student: Student,
    homework: Homework,
    answers: AnswersFile = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Answer one exercise after another; each answer is saved. `submit` sends them."""
    with api_at(api_url) as api:
        path = _path(student, homework)
        if answers:
            saved = _save(api, path, _read(answers))
        else:
            saved = _ask_all(api, path, api.post(f"{path}/start").json())
    if as_json:
        return print_json(saved)
    return say(f"saved, not sent: `homework student submit {student} {homework}` sends the answers, once")


@app.command()
def submit(
    student: Student,
    homework: Homework,
    answers: AnswersFile = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Send the answers, once: the saved ones, or those of a file."""
    with api_at(api_url) as api:
        path = _path(student, homework)
        given = _read(answers) if answers else api.get(path).json()["answers"]
        if given is None:
            raise Refused(f"no answers are saved: `homework student answer {student} {homework}`")
        graded = api.post(f"{path}/submission", {"answers": given})
    _print_grade(graded.text, as_json)


@app.command()
def grade(student: Student, homework: Homework, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the graded answers."""
    with api_at(api_url) as api:
        answer = api.get(f"{_path(student, homework)}/submission")
    _print_grade(answer.text, as_json)


def _path(student: int, homework: int) -> str:
    return f"/api/student/{student}/homework/{homework}"


def _read(file: Path) -> list[Any]:
    """A list, or an object with `answers`, as the API takes it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misused(f"{file} is not JSON: {error}") from error
    answers = found.get("answers") if isinstance(found, dict) else found
    if not isinstance(answers, list):
        raise Misused(f'{file} holds no list of answers: write ["abbiamo mangiato", "B", null]')
    return answers


def _save(api: Api, path: str, answers: list[Any]) -> str:
    return api.send("PUT", f"{path}/answers", json={"answers": answers}).text


def _ask_all(api: Api, path: str, homework: dict[str, Any]) -> str:
    """Saved after each answer: who stops in the middle goes on there."""
    answers: list[str | None] = homework["answers"] or [None] * len(homework["exercises"])
    saved = json.dumps(homework)
    say("Enter keeps what is in brackets, a dash leaves the exercise out, Ctrl-C stops")
    for index, exercise in enumerate(homework["exercises"]):
        say(_question(index, exercise))
        kept = answers[index] or ""
        given = typer.prompt("answer", default=kept, show_default=bool(kept), err=True).strip()
        answers[index] = None if given in ("", "-") else given
        saved = _save(api, path, answers)
    return saved


def _question(index: int, exercise: dict[str, Any]) -> str:
    options = zip("ABCD", exercise["options"] or [], strict=False)
    lettered = [f"   {letter}  {option}" for letter, option in options]
    return "\n".join([f"\n{index + 1}. {exercise['question']}", *lettered])


def _print_homework(text: str, as_json: bool) -> None:
    if as_json:
        return print_json(text)
    homework, out = json.loads(text), stdout()
    out.print(f"homework {homework['id']}: {homework['status']}, written by {cell(homework['generated_by'])}")
    for index, exercise in enumerate(homework["exercises"]):
        out.print(sanitize(_question(index, exercise)))
    return None


def _print_grade(text: str, as_json: bool) -> None:
    if as_json:
        return print_json(text)
    submission, out = json.loads(text), stdout()
    names = ("verdict", "given", "expected", "feedback")
    graded = enumerate(submission["exercises"], start=1)
    rows = [(number, *(each[name] for name in names)) for number, each in graded]
    out.print(table(f"Score {submission['score']} of 100", ("", *names), rows))
    return None
