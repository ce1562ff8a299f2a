"""`homework teacher students …`, and how other commands name students."""

import json
from typing import Annotated

import typer

from homework_cli.client import Api, Misused, Refused
from homework_cli.output import ApiUrl, AsJson, AsJsonLine, api_at, print_json, say, stdout, table

app = typer.Typer(help="Who gets homework.", no_args_is_help=True)

PATH = "/api/teacher/students"


@app.command("list")
def list_(api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """List students, newest first."""
    with api_at(api_url) as api:
        answer = api.get(PATH)
    if as_json:
        return print_json(answer.text)
    columns = ("id", "name", "email", "created_at")
    rows = [[student[column] for column in columns] for student in answer.json()]
    return stdout().print(table("Students", ("id", "name", "e-mail", "since"), rows))


@app.command()
def add(
    name: str,
    email: Annotated[str, typer.Argument(metavar="E-MAIL")],
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Add a student. Prints the new id."""
    with api_at(api_url) as api:
        answer = api.post(PATH, {"name": name, "email": email})
    print_json(answer.text if as_json else str(answer.json()["id"]))


@app.command()
def remove(
    student: Annotated[int, typer.Argument(metavar="STUDENT", min=1)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Delete a student and all their homework."""
    with api_at(api_url) as api:
        if not yes and not typer.confirm(f"delete student {student} and all their homework?", err=True):
            raise Refused("nothing was deleted")
        api.send("DELETE", f"{PATH}/{student}")
    if as_json:
        return print_json(json.dumps({"id": student, "deleted": True}))
    return say(f"student {student} is deleted")


def chosen(api: Api, text: str) -> list[int]:
    """The students that `1,2,3` or `all` names."""
    if text.strip().lower() == "all":
        everybody = [int(student["id"]) for student in api.get(PATH).json()]
        if not everybody:
            raise Refused("there are no students yet: `homework teacher students add NAME E-MAIL`")
        return everybody
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise Misused(f"{text!r} names no students: give ids like 1,2,3, or all") from error
