"""`homework teacher due`, and how commands parse a moment."""

from datetime import datetime
from typing import Annotated

import typer

from homework_cli.client import EXIT_USAGE, ApiUrl, CommandFailed, api_at
from homework_cli.output import AsJson, cell, print_json, say
from homework_client import requests
from homework_client.models import Assignment, LateWork
from homework_client.requests import NewDueDate


def moment(text: str) -> datetime:
    """A moment in ISO 8601. Without an offset it is in this machine's time zone."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter("write it like 2026-12-04T18:00 or 2026-12-04T18:00+01:00") from error


ReadyBy = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="MOMENT", help="when it has to be written, such as 2026-12-01T08:00"),
]
DueAt = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="MOMENT", help="when students have to submit it; default: any time"),
]
NewDate = Annotated[
    datetime | None,
    typer.Option("--at", parser=moment, metavar="MOMENT", help="the new date, such as 2026-12-04T18:00"),
]
Late = Annotated[
    LateWork | None, typer.Option("--late-work", help="rule for homework submitted late; default: mark")
]


def due(
    assignment: Annotated[int, typer.Argument(metavar="ASSIGNMENT", min=1)],
    at: NewDate = None,
    never: Annotated[bool, typer.Option("--never", help="students submit it whenever they like")] = False,
    late_work: Late = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Change the due date, and the rule for late homework."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.change_due_date(assignment, _changes(at, never, late_work)))
    print_json(reply.text) if as_json else say(_sentence(reply.value))


def _changes(at: datetime | None, never: bool, late_work: LateWork | None) -> NewDueDate:
    if at is not None and never:
        raise CommandFailed("give a date with --at, or none with --never", EXIT_USAGE)
    changes = NewDueDate()
    if at is not None or never:
        changes["due_at"] = at
    if late_work is not None:
        changes["late_work"] = late_work
    if not changes:
        raise CommandFailed("say what to change: --at MOMENT, --never or --late-work", EXIT_USAGE)
    return changes


def _sentence(changed: Assignment) -> str:
    if changed.due_at is None:
        return f"assignment {changed.id}: students send it whenever they like"
    what = {LateWork.ACCEPT: "accepted", LateWork.MARK: "accepted and marked", LateWork.REFUSE: "refused"}
    return f"assignment {changed.id} is due {cell(changed.due_at)}; late work is {what[changed.late_work]}"
