"""`homework teachers …`, and how other commands find a teacher."""

import json
from typing import Annotated

import typer

from homework_cli.client import ApiUrl, CommandFailed, api_at
from homework_cli.output import AsJson, AsJsonLine, print_json, say, stdout, table
from homework_client import teachers
from homework_client.client import Client
from homework_client.models import Teacher

app = typer.Typer(
    help="Create, list and remove teachers. You need a key with the right ops.",
    no_args_is_help=True,
)

TeacherName = Annotated[str, typer.Argument(metavar="TEACHER", help="name or id; case does not matter")]


@app.command("list")
def list_(api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """List teachers, the oldest first."""
    with api_at(api_url) as api:
        reply = api.fetch(teachers.list_teachers())
    if as_json:
        return print_json(reply.text)
    rows = [(each.id, each.name, each.created_at) for each in reply.value]
    return stdout().print(table("Teachers", ("id", "name", "since"), rows))


@app.command()
def add(name: str, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Create a teacher, and print the id."""
    with api_at(api_url) as api:
        reply = api.fetch(teachers.create_teacher(name))
    print_json(reply.text if as_json else str(reply.value.id))
    if not as_json:
        say("`homework keys create NAME --right teacher --teacher ID` makes the key that lets them in")


@app.command()
def rename(
    teacher: TeacherName,
    new_name: Annotated[str, typer.Argument(metavar="NAME")],
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Rename a teacher."""
    with api_at(api_url) as api:
        reply = api.fetch(teachers.rename_teacher(named(api, teacher).id, new_name))
    print_json(reply.text) if as_json else say(f"teacher {reply.value.id} is {reply.value.name} now")


@app.command()
def remove(
    teacher: TeacherName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask for confirmation")] = False,
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Delete a teacher who has no student, class or assignment any more, and their keys."""
    with api_at(api_url) as api:
        found = named(api, teacher)
        if not yes and not typer.confirm(f"remove {found.name} and their keys?", err=True):
            raise CommandFailed("nobody was removed")
        api.send(teachers.delete_teacher(found.id))
    if as_json:
        return print_json(json.dumps({"id": found.id, "deleted": True}))
    return say(f"{found.name} is removed, and their keys are revoked")


def named(api: Client, teacher: str) -> Teacher:
    """The teacher of this name, in whatever case, or of this id."""
    wanted = teacher.strip().casefold()
    for each in api.send(teachers.list_teachers()):
        if wanted in {each.name.casefold(), str(each.id)}:
            return each
    raise CommandFailed(f"there is no teacher {teacher!r}: `homework teachers list` names those that exist")
