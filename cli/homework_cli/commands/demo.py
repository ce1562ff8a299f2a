"""`homework demo`: creates three students and an assignment over the API, and reads the homework."""

import os
import secrets
import shutil
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from homework_cli.broker.process import BrokerDidNotStart
from homework_cli.output import failed, narrator
from homework_cli.parts import refuse_windows
from homework_cli.run_folder import API_KEY
from homework_cli.stack.stack import Stack, StackFailed
from homework_client import requests
from homework_client.client import Client
from homework_client.models import Assignment, AssignmentStatus, CefrLevel, Homework, HomeworkStatus
from homework_client.refusals import ApiError
from homework_client.requests import NewAssignment
from homework_shared.runtime.terminal import sanitize

NAMES = ("Ada", "Bruno", "Chiara")
SHOWN_EXERCISES = 2

Folder = Annotated[Path, typer.Option(help="folder for the broker's data, ports, passwords and logs")]
RunningApi = Annotated[str | None, typer.Option("--api-url", help="address of a running service to use")]


class DemoFailed(RuntimeError):
    """The demo failed. The text says at which step."""


def demo(folder: Folder = Path(".run/demo"), api_url: RunningApi = None) -> None:
    """Run one assignment from start to results, on an empty or a running service.

    Nothing that it started is left running.
    """
    if api_url is None:
        refuse_windows("homework demo")
    console = narrator()
    try:
        if api_url is not None:
            summary = run_demo(api_url, console, os.environ.get(API_KEY))
        else:
            summary = _from_an_empty_start(folder, console)
    except (DemoFailed, BrokerDidNotStart, StackFailed) as error:
        raise failed(str(error)) from error
    except KeyboardInterrupt as error:
        raise failed("interrupted") from error
    console.print(summary)


def _from_an_empty_start(folder: Path, console: Console) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    with Stack(folder, folder / "homework.db", partial(console.print, markup=False)) as stack:
        try:
            return run_demo(stack.url, console)
        except DemoFailed as error:
            raise DemoFailed(f"{error}\n{stack.log_tails()}") from error


def run_demo(url: str, console: Console, api_key: str | None = None) -> str:
    """Do the main job on the API at `url`, and return the closing line. Raises DemoFailed."""
    started = time.monotonic()
    try:
        with Client(url, api_key) as client:
            students = [_create_student(client, name) for name in NAMES]
            new = client.send(requests.create_assignment(_wanted(students), secrets.token_hex(8)))
            console.print(f"assignment {new.id} accepted: {new.status}")
            done = _follow(client, new.id, console)
            homework = [_read_homework(client, student) for student in students]
    except ApiError as error:
        raise DemoFailed(str(error)) from error
    for name, each in zip(NAMES, homework, strict=True):
        _show(console, name, each)
    return _summary(done, homework, time.monotonic() - started)


def _create_student(client: Client, name: str) -> int:
    email = f"{name.lower()}-{secrets.token_hex(4)}@example.org"
    return client.send(requests.create_student(name, email)).id


def _wanted(students: list[int]) -> NewAssignment:
    return NewAssignment(
        cefr_level=CefrLevel.A2, grammar_focus="passato prossimo", topic="food", quantity=5,
        deadline_seconds=5, student_ids=students,
    )  # fmt: skip


def _follow(client: Client, assignment_id: int, console: Console) -> Assignment:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    state = None
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("pending", total=len(NAMES))
        for reply in client.stream(requests.follow_assignment(assignment_id)):
            state = reply.value
            progress.update(bar, completed=state.progress.available, description=state.status)
    if state is None or state.status is not AssignmentStatus.COMPLETED:
        raise DemoFailed(f"the assignment did not complete: {state!r}")
    return state


def _read_homework(client: Client, student: int) -> Homework:
    found = client.send(requests.list_homework(student))
    if found.total != 1 or found.homework[0].status is not HomeworkStatus.AVAILABLE:
        raise DemoFailed(f"student {student} has no homework: {found!r}")
    return found.homework[0]


def _show(console: Console, name: str, homework: Homework) -> None:
    console.print(f"\n[bold]{name}[/bold], written by {homework.generated_by}:")
    for exercise in homework.exercises[:SHOWN_EXERCISES]:
        console.print(f"  {_plain(exercise.question)}")
        if exercise.options:
            console.print(f"    {_plain(' / '.join(exercise.options))}")
        if exercise.correct_answer:
            console.print(f"    → {_plain(exercise.correct_answer)}")


def _plain(text: str) -> str:
    return escape(sanitize(text))


def _summary(assignment: Assignment, homework: list[Homework], seconds: float) -> str:
    by = assignment.progress.by_generator
    return (
        f"\ndemo: {len(homework)} homework available for {len(NAMES)} students in {seconds:.1f} s "
        f"(mock {by.mock}, vllm {by.vllm})"
    )
