"""`homework teacher sign-in`, which prints a link that signs a teacher in once, and `sign-out`."""

import json

import typer

from homework_cli.client import ApiUrl, api_at
from homework_cli.commands.links import ClassroomUrl, classroom_at
from homework_cli.output import AsJson, AsJsonLine, print_json, say
from homework_client import teacher_sessions
from homework_client.models import TeacherLink


def sign_in(classroom_url: ClassroomUrl = None, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Print a link to the teachers' pages. It works once, within one day."""
    with api_at(api_url) as api:
        made = api.send(teacher_sessions.make_link())
    link = sign_in_link(classroom_at(classroom_url), made)
    if as_json:
        until = made.expires_at.isoformat()
        return print_json(json.dumps({"teacher_id": made.teacher_id, "link": link, "expires_at": until}))
    typer.echo(link)
    return say(
        f"open it in your browser: it signs {made.name} in once, within 24 hours. Earlier links are void; "
        "browsers that are signed in stay signed in"
    )


def sign_out(api_url: ApiUrl = None, as_json: AsJsonLine = False) -> None:
    """Sign the teacher out in every browser, and withdraw an unused link. API keys stay valid."""
    with api_at(api_url) as api:
        api.send(teacher_sessions.end_all_sessions())
    if as_json:
        return print_json(json.dumps({"signed_out": True}))
    return say("signed out in every browser; `homework teacher sign-in` makes a new link")


def sign_in_link(classroom: str, made: TeacherLink) -> str:
    """The link for the teacher. `classroom` is an address without a trailing slash."""
    return f"{classroom}/teacher/in/{made.token}"
