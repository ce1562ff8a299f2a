"""`homework keys …`: creates, lists and revokes API keys."""

import json
from datetime import timedelta
from typing import Annotated, Any

import typer

from homework_cli.client import ApiUrl, api_at
from homework_cli.commands import teachers
from homework_cli.output import AsJson, AsJsonLine, cell, print_json, say, stdout, table
from homework_client import requests
from homework_client.models import ApiKey
from homework_shared.runtime.clock import utc_now

app = typer.Typer(
    help="Create, list and revoke API keys. You need a key with the right ops.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="who or what will use it")]
Rights = Annotated[list[str] | None, typer.Option("--right", help="teacher or ops; repeat it for both")]
StudentId = Annotated[
    int | None, typer.Option("--student", help="id of the student whose homework it may read and submit")
]
TeacherOption = Annotated[
    str | None,
    typer.Option("--teacher", help="name or id of the teacher who owns the key; default: you"),
]
Days = Annotated[
    int | None,
    typer.Option("--expires-days", min=1, max=36500, help="days until it expires; default: it never expires"),
]


@app.command()
def create(
    name: Name,
    right: Rights = None,
    student: StudentId = None,
    expires_days: Days = None,
    teacher: TeacherOption = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it. It cannot be shown again."""
    expires_at = utc_now() + timedelta(days=expires_days) if expires_days else None
    with api_at(api_url) as api:
        teacher_id = None if teacher is None else teachers.named(api, teacher).id
        new = requests.create_api_key(name, right or [], student, expires_at, teacher_id)
        reply = api.fetch(new)
    if as_json:
        return print_json(reply.text)
    typer.echo(reply.value.key)
    return say("keep it now: it is not shown again. set HOMEWORK_API_KEY to it for these commands")


@app.command("list")
def list_(api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """List the keys, the newest first."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.list_api_keys())
    if as_json:
        return print_json(reply.text)
    if not reply.value:
        return say("there is no key, so requests need none")
    columns = ("id", "name", "may", "teacher", "good until", "last used")
    return stdout().print(table("API keys", columns, [_row(key) for key in reply.value]))


@app.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID")], api_url: ApiUrl = None, as_json: AsJsonLine = False
) -> None:
    """Revoke a key. It is invalid from the next request on."""
    with api_at(api_url) as api:
        api.send(requests.revoke_api_key(id_))
    if as_json:
        print_json(json.dumps({"id": id_, "revoked": True}))
    else:
        say(f"{id_} is revoked")


def _row(key: ApiKey) -> tuple[Any, ...]:
    student = [f"student {key.student_id}"] if key.student_id else []
    until = f"revoked {key.revoked_at.isoformat()}" if key.revoked_at else cell(key.expires_at)
    may = ", ".join([*key.rights, *student])
    return key.id, key.name, may, cell(key.teacher_id), until, cell(key.last_used_at)
