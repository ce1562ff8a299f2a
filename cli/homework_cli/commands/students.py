"""`homework teacher students …`, and how other commands choose students."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from homework_cli.client import EXIT_USAGE, ApiUrl, CommandFailed, api_at
from homework_cli.commands.files import Output, write_file
from homework_cli.commands.paging import BeforeId, Limit, say_there_is_none, say_where_older_ones_are
from homework_cli.output import AsJson, AsJsonLine, print_json, say, stdout, table
from homework_client import requests, student_records
from homework_client.client import Client
from homework_client.student_records import StudentDetails

app = typer.Typer(help="Students, who get the homework.", no_args_is_help=True)

StudentId = Annotated[int, typer.Argument(metavar="STUDENT", min=1)]


class RecordFormat(StrEnum):
    JSON = "json"
    PDF = "pdf"


@app.command("list")
def list_(
    limit: Limit = None, before_id: BeforeId = None, api_url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """List students, newest first."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.list_students(limit, before_id=before_id))
    if as_json:
        return print_json(reply.text)
    if not reply.value:
        return say_there_is_none("`homework teacher students add NAME E-MAIL` adds one", before_id)
    rows = [(each.id, each.name, each.email, each.created_at) for each in reply.value]
    stdout().print(table("Students", ("id", "name", "e-mail", "since"), rows))
    return say_where_older_ones_are([each.id for each in reply.value], limit)


@app.command()
def add(
    name: str,
    email: Annotated[
        str | None, typer.Argument(metavar="E-MAIL", help="the address, if there is one")
    ] = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a student, and print the id."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.create_student(name, email))
    print_json(reply.text if as_json else str(reply.value.id))


@app.command()
def correct(
    student: StudentId,
    name: Annotated[str | None, typer.Option(help="the right name")] = None,
    email: Annotated[str | None, typer.Option("--email", metavar="E-MAIL", help="the right address")] = None,
    no_email: Annotated[bool, typer.Option("--no-email", help="remove the address")] = False,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Correct a student's name or e-mail address. Homework, links and sessions stay."""
    if email is not None and no_email:
        raise typer.BadParameter("give --email or --no-email, not both")
    details = StudentDetails()
    if name is not None:
        details["name"] = name
    if email is not None or no_email:
        details["email"] = email
    if not details:
        raise typer.BadParameter("say what to correct: --name, --email or --no-email")
    with api_at(api_url) as api:
        reply = api.fetch(student_records.correct_student(student, details))
    if as_json:
        return print_json(reply.text)
    made = reply.value
    return say(f"student {made.id} is {made.name}, {made.email or 'without an e-mail address'}")


@app.command()
def export(
    student: StudentId,
    format_: Annotated[RecordFormat, typer.Option("--format", "-f")] = RecordFormat.JSON,
    output: Output = None,
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Write all data that is stored about a student to a file. It contains right answers."""
    with api_at(api_url) as api:
        made = api.send(student_records.export_student(student, format_))
        write_file(made, output, f"student-{student}.{format_}", as_json)


@app.command()
def remove(
    student: StudentId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask for confirmation")] = False,
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Delete a student and all their homework."""
    with api_at(api_url) as api:
        if not yes and not typer.confirm(f"delete student {student} and all their homework?", err=True):
            raise CommandFailed("nothing was deleted")
        api.send(requests.delete_student(student))
    if as_json:
        return print_json(json.dumps({"id": student, "deleted": True}))
    return say(f"student {student} is deleted")


def chosen(api: Client, text: str) -> list[int]:
    """The students of `1,2,3` or `all`."""
    if text.strip().lower() == "all":
        everybody = [student.id for student in api.send(requests.list_students())]
        if not everybody:
            raise CommandFailed("there are no students yet: `homework teacher students add NAME E-MAIL`")
        return everybody
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise CommandFailed(f"{text!r} names no students: give ids like 1,2,3, or all", EXIT_USAGE) from error
