"""The main job, through REST as a client would do it: three students, one assignment, homework read."""

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from homework_cli.client import events_of

NAMES = ("Ada", "Bruno", "Chiara")
ASSIGNMENT = {
    "cefr_level": "A2",
    "grammar_focus": "passato prossimo",
    "topic": "food",
    "quantity": 5,
    "deadline_seconds": 5,
}
SHOWN_EXERCISES = 2
PATIENCE_SECONDS = 60.0


class DemoFailed(RuntimeError):
    """The demo did not end as it must."""


def run_demo(url: str, console: Console, api_key: str | None = None) -> str:
    """Returns the closing line. Raises DemoFailed."""
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        with httpx.Client(base_url=url, timeout=10, headers=headers) as client:
            students = [_create_student(client, name) for name in NAMES]
            assignment = _post(client, "/api/teacher/assignments", ASSIGNMENT | {"student_ids": students})
            console.print(f"assignment {assignment['id']} accepted: {assignment['status']}")
            done = _follow(client, int(assignment["id"]), console)
            homework = [_read_homework(client, student) for student in students]
    except httpx.HTTPError as error:
        raise DemoFailed(f"the API did not answer: {error}") from error
    for name, each in zip(NAMES, homework, strict=True):
        _show(console, name, each)
    return _summary(done, homework, time.monotonic() - started)


def _create_student(client: httpx.Client, name: str) -> int:
    body = {"name": name, "email": f"{name.lower()}-{secrets.token_hex(4)}@example.org"}
    return int(_post(client, "/api/teacher/students", body)["id"])


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    if answer.status_code != 201:
        raise DemoFailed(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
    created: dict[str, Any] = answer.json()
    return created


def _follow(client: httpx.Client, assignment_id: int, console: Console) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    last: dict[str, Any] = {}
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("pending", total=len(NAMES))
        for last in _events(client, f"/api/teacher/assignments/{assignment_id}/events"):
            progress.update(bar, completed=last["progress"]["available"], description=last["status"])
    if last.get("status") != "completed":
        raise DemoFailed(f"the assignment did not complete: {json.dumps(last)[:500]}")
    return last


def _events(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    """The assignment at each change. The API closes the stream when the assignment is final."""
    with client.stream("GET", path, timeout=PATIENCE_SECONDS) as stream:
        yield from map(json.loads, events_of(stream))


def _read_homework(client: httpx.Client, student: int) -> dict[str, Any]:
    found = client.get(f"/api/student/{student}/homework").json()
    if found["total"] != 1 or found["homework"][0]["status"] != "available":
        raise DemoFailed(f"student {student} has no homework: {json.dumps(found)[:500]}")
    homework: dict[str, Any] = found["homework"][0]
    return homework


def _show(console: Console, name: str, homework: dict[str, Any]) -> None:
    console.print(f"\n[bold]{name}[/bold], written by {homework['generated_by']}:")
    for exercise in homework["exercises"][:SHOWN_EXERCISES]:
        console.print(f"  {escape(exercise['question'])}")
        if exercise["options"]:
            console.print(f"    {escape(' / '.join(exercise['options']))}")
        console.print(f"    → {escape(exercise['correct_answer'])}")


def _summary(assignment: dict[str, Any], homework: list[dict[str, Any]], seconds: float) -> str:
    by = assignment["progress"]["by_generator"]
    return (
        f"\ndemo: {len(homework)} homework available for {len(NAMES)} students in {seconds:.1f} s "
        f"(mock {by.get('mock', 0)}, vllm {by.get('vllm', 0)})"
    )
