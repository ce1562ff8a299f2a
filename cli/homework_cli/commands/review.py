"""`homework teacher release …`: what a teacher looks through before the students get it."""

from datetime import datetime
from typing import Annotated

import typer

from homework_cli.client import ApiUrl, api_at
from homework_cli.commands.due_dates import moment
from homework_cli.output import AsJson, cell, print_json, say
from homework_client import review
from homework_client.models import Assignment

Review = Annotated[bool, typer.Option("--review", help="hold it back from the students until you release it")]
ReleaseAt = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="MOMENT", help="hold it back until then, like 2026-12-01T08:00"),
]
At = Annotated[
    datetime | None,
    typer.Option("--at", parser=moment, metavar="MOMENT", help="a time to come; default: at once"),
]


def release(
    assignment: Annotated[int, typer.Argument(metavar="ASSIGNMENT", min=1)],
    at: At = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Give an assignment that is held back to its students."""
    with api_at(api_url) as api:
        reply = api.fetch(review.release_assignment(assignment, at))
    print_json(reply.text) if as_json else say(sentence(reply.value))


def sentence(assignment: Assignment) -> str:
    """Who sees it now."""
    if not assignment.held_back:
        return f"assignment {assignment.id}: students see what is written"
    if assignment.release_at is None:
        command = f"homework teacher release {assignment.id}"
        return f"assignment {assignment.id} is held back from the students: `{command}` gives it to them"
    return f"assignment {assignment.id}: students get it {cell(assignment.release_at)}"
