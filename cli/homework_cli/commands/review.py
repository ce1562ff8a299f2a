"""`homework teacher review
edit
replace
release`: homework that is held back from the students.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from homework_cli.client import EXIT_USAGE, ApiUrl, CommandFailed, api_at
from homework_cli.commands.due_dates import moment
from homework_cli.output import AsJson, cell, print_json, say, stdout, table
from homework_client import review as requests
from homework_client.client import Client
from homework_client.models import Assignment, ReviewedHomework

Review = Annotated[bool, typer.Option("--review", help="hold it back from the students until you release it")]
ReleaseAt = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="MOMENT", help="hold it back until a time, such as 2026-12-01T08:00"),
]
At = Annotated[
    datetime | None,
    typer.Option("--at", parser=moment, metavar="MOMENT", help="a time in the future; default: now"),
]
AssignmentId = Annotated[int, typer.Argument(metavar="ASSIGNMENT", min=1)]
HomeworkId = Annotated[int, typer.Argument(metavar="HOMEWORK", min=1, help="the id from `teacher review`")]
Index = Annotated[int, typer.Argument(metavar="N", min=1, help="position of the exercise, from 1")]
ExerciseFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="the new exercise as JSON"),
]
Deadline = Annotated[int | None, typer.Option(help="seconds that a GPU has before the mock writes it")]


def review(assignment: AssignmentId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the homework of an assignment with its right answers, also while it is held back."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.list_reviewed_homework(assignment))
    if as_json:
        return print_json(reply.text)
    for homework in reply.value:
        _print(homework)
    return None


def edit(
    homework: HomeworkId,
    index: Index,
    exercise: ExerciseFile,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Replace an exercise by one of your own."""
    with api_at(api_url) as api:
        new = _read(exercise)
        reply = api.fetch(requests.edit_exercise(homework, index, new, _version(api, homework, index)))
    for warning in reply.value.warnings:
        say(f"a check of the language says: {warning.detail} ({warning.check})")
    print_json(reply.text) if as_json else say(f"exercise {index} of homework {homework} is yours now")


def replace(
    homework: HomeworkId,
    index: Index,
    deadline_seconds: Deadline = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Request a new exercise in place of one. The old one stays until the new one is written."""
    with api_at(api_url) as api:
        version = _version(api, homework, index)
        reply = api.fetch(requests.replace_exercise(homework, index, version, deadline_seconds))
    if as_json:
        return print_json(reply.text)
    until = f"; the mock generator writes it if no GPU has by {cell(reply.value.anew_by)}"
    return say(f"exercise {index} of homework {homework} is asked for anew, and stays until then{until}")


def release(
    assignment: AssignmentId,
    at: At = None,
    not_yet: Annotated[bool, typer.Option("--not-yet", help="cancel the scheduled release")] = False,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Release an assignment that is held back to its students."""
    with api_at(api_url) as api:
        if not_yet and at is not None:
            raise CommandFailed("give a time with --at, or take it back with --not-yet", EXIT_USAGE)
        change = (
            requests.take_back_release(assignment) if not_yet else requests.release_assignment(assignment, at)
        )
        reply = api.fetch(change)
    print_json(reply.text) if as_json else say(sentence(reply.value))


def sentence(assignment: Assignment) -> str:
    """A sentence that says who can see the homework now."""
    if not assignment.held_back:
        return f"assignment {assignment.id}: students see what is written"
    if assignment.release_at is None:
        command = f"homework teacher release {assignment.id}"
        return f"assignment {assignment.id} is held back from the students: `{command}` gives it to them"
    return f"assignment {assignment.id}: students get it {cell(assignment.release_at)}"


def _version(api: Client, homework_id: int, index: int) -> str:
    exercises = api.send(requests.get_reviewed_homework(homework_id)).exercises
    if index > len(exercises):
        raise CommandFailed(f"homework {homework_id} has {len(exercises)} exercises now, counted from 1")
    return exercises[index - 1].version


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{file} is not JSON: {error}", EXIT_USAGE) from error
    if not isinstance(found, dict):
        raise CommandFailed(f'{file} holds no exercise: write {{"type": …, "question": …}}', EXIT_USAGE)
    return found


def _print(homework: ReviewedHomework) -> None:
    rows = [
        (number, each.type, each.question, each.correct_answer, _writer(each.written_by, each.asked_anew))
        for number, each in enumerate(homework.exercises, start=1)
    ]
    held_back = ", held back" if homework.held_back else ""
    title = f"Homework {homework.id} of {homework.name}: {homework.status}{held_back}"
    stdout().print(table(title, ("", "type", "question", "answer", "written by"), rows))
    if homework.error_message:
        say(f"homework {homework.id}: {homework.error_message}")


def _writer(written_by: str | None, asked_anew: bool) -> str:
    return f"{cell(written_by)}{' (another was requested)' if asked_anew else ''}"
