"""Follows an assignment while it is written: a progress bar on stderr, fed by the API's events."""

import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from homework_cli.client import CommandFailed
from homework_cli.output import stderr
from homework_client import requests
from homework_client.client import Client, Reply
from homework_client.models import Assignment, AssignmentStatus
from homework_client.refusals import Unreachable

TRIES = 5
PAUSE_SECONDS = 1.0


def follow(api: Client, assignment_id: int) -> Reply[Assignment]:
    """Wait for the final state, and return it. Raises Unreachable if the stream breaks repeatedly."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr()) as progress:
        bar = progress.add_task("pending", total=None)
        return _until_final(api, assignment_id, progress, bar)


def must_be_complete(assignment: Assignment) -> None:
    """Raises CommandFailed if homework has failed."""
    if assignment.status is AssignmentStatus.FAILED:
        raise CommandFailed(f"{assignment.error_message}: `homework teacher retry {assignment.id}`")


def _until_final(api: Client, assignment_id: int, progress: Progress, bar: TaskID) -> Reply[Assignment]:
    """Follow the stream; if it breaks, for example because the API restarts, open it again."""
    lost = Unreachable("the API ended the stream early; `homework teacher show` has the state")
    for _ in range(TRIES):
        try:
            for reply in api.stream(requests.follow_assignment(assignment_id)):
                state = reply.value
                done = state.progress
                progress.update(bar, completed=done.available, total=done.total, description=state.status)
                if state.status.is_final:
                    return reply
        except Unreachable as error:
            lost = error
        time.sleep(PAUSE_SECONDS)
    raise lost
