"""An assignment as it comes to be: a bar on stderr that follows the API's events."""

import json
import time
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from homework_cli.client import Api, Refused, Unreachable
from homework_cli.output import stderr

FINAL = frozenset({"completed", "failed"})
TRIES = 5
PAUSE_SECONDS = 1.0


def follow(api: Api, assignment_id: int) -> str:
    """Returns the JSON of the final state. Raises Refused when homework has failed."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr()) as progress:
        bar = progress.add_task("pending", total=None)
        return _until_final(api, f"/api/teacher/assignments/{assignment_id}/events", progress, bar)


def must_be_complete(assignment: dict[str, Any]) -> None:
    if assignment["status"] == "failed":
        raise Refused(f"{assignment['error_message']}: `homework teacher retry {assignment['id']}`")


def _until_final(api: Api, path: str, progress: Progress, bar: TaskID) -> str:
    """A stream that breaks is opened again: an API that restarts goes on where it was."""
    lost = Unreachable("the API ended the stream early; `homework teacher show` has the state")
    for _ in range(TRIES):
        try:
            for text in api.events(path):
                state = json.loads(text)
                done = state["progress"]
                progress.update(
                    bar, completed=done["available"], total=done["total"], description=state["status"]
                )
                if state["status"] in FINAL:
                    return text
        except Unreachable as error:
            lost = error
        time.sleep(PAUSE_SECONDS)
    raise lost
