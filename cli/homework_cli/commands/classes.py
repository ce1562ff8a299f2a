"""`homework teacher classes …`, and how other commands find a class by name."""

import json
from typing import Annotated

import typer

from homework_cli.client import ApiUrl, CommandFailed, api_at
from homework_cli.commands import students
from homework_cli.commands.paging import BeforeId, Limit, say_there_is_none, say_where_older_ones_are
from homework_cli.output import AsJson, AsJsonLine, print_json, say, stdout, table
from homework_client import classes
from homework_client.client import Client
from homework_client.models import SchoolClass

app = typer.Typer(
    help="Classes: groups of students to whom homework is assigned together.", no_args_is_help=True
)

ClassName = Annotated[str, typer.Argument(metavar="CLASS", help="name of the class; case does not matter")]
StudentIds = Annotated[str, typer.Argument(metavar="1,2,3|all", help="ids of the students")]


@app.command("list")
def list_(
    limit: Limit = None, before_id: BeforeId = None, api_url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """List classes, newest first."""
    with api_at(api_url) as api:
        reply = api.fetch(classes.list_classes(limit, before_id=before_id))
    if as_json:
        return print_json(reply.text)
    if not reply.value:
        return say_there_is_none("`homework teacher classes create NAME` makes one", before_id)
    rows = [(each.id, each.name, each.size, each.created_at) for each in reply.value]
    stdout().print(table("Classes", ("id", "name", "students", "since"), rows))
    return say_where_older_ones_are([each.id for each in reply.value], limit)


@app.command()
def show(name: ClassName, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show who is in a class."""
    with api_at(api_url) as api:
        reply = api.fetch(classes.get_class(named(api, name).id))
    if as_json:
        return print_json(reply.text)
    rows = [(each.id, each.name, each.email) for each in reply.value.students]
    return stdout().print(table(f"Class {reply.value.name}", ("id", "name", "e-mail"), rows))


@app.command()
def create(name: str, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Create a class, and print its id."""
    with api_at(api_url) as api:
        reply = api.fetch(classes.create_class(name))
    print_json(reply.text if as_json else str(reply.value.id))


@app.command()
def add(name: ClassName, student_ids: StudentIds, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Add students to a class. Students who are in it already stay."""
    with api_at(api_url) as api:
        found = named(api, name)
        reply = api.fetch(classes.change_members(found.id, add=students.chosen(api, student_ids)))
    print_json(reply.text) if as_json else _say_size(reply.value)


@app.command()
def remove(name: ClassName, student_ids: StudentIds, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Remove students from a class. They and their homework stay."""
    with api_at(api_url) as api:
        found = named(api, name)
        reply = api.fetch(classes.change_members(found.id, remove=students.chosen(api, student_ids)))
    print_json(reply.text) if as_json else _say_size(reply.value)


@app.command()
def rename(
    name: ClassName,
    new_name: Annotated[str, typer.Argument(metavar="NAME")],
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Rename a class."""
    with api_at(api_url) as api:
        reply = api.fetch(classes.rename_class(named(api, name).id, new_name))
    print_json(reply.text) if as_json else _say_size(reply.value)


@app.command()
def delete(
    name: ClassName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask for confirmation")] = False,
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Delete a class. Its students and their homework stay."""
    with api_at(api_url) as api:
        found = named(api, name)
        if not yes and not typer.confirm(f"delete class {found.name}? Its students stay", err=True):
            raise CommandFailed("nothing was deleted")
        api.send(classes.delete_class(found.id))
    if as_json:
        return print_json(json.dumps({"id": found.id, "deleted": True}))
    return say(f"class {found.name} is deleted; its students are still there")


def named(api: Client, name: str) -> SchoolClass:
    """The class of this name, in whatever case."""
    wanted = name.strip().casefold()
    for each in api.send(classes.list_classes()):
        if each.name.casefold() == wanted:
            return each
    raise CommandFailed(f"there is no class {name!r}: `homework teacher classes list` names those that exist")


def _say_size(changed: SchoolClass) -> None:
    say(f"class {changed.name} has {changed.size} student{'' if changed.size == 1 else 's'}")
