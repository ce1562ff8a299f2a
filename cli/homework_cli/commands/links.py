"""`homework teacher links …`: the links with which students sign in to the classroom."""

import json
from typing import Annotated

import typer

from homework_cli.client import EXIT_USAGE, ApiUrl, api_at
from homework_cli.commands import classes, students
from homework_cli.output import AsJson, AsJsonLine, print_json, say, stdout, table
from homework_cli.run_folder import DEFAULT_CLASSROOM_PORT, RUN_FOLDER, load_classroom_url, load_shared_url
from homework_client import student_links
from homework_client.client import Client
from homework_client.models import StudentLink

app = typer.Typer(
    help="Links with which students sign in to the classroom. Each works once.", no_args_is_help=True
)

StudentIds = Annotated[
    str | None,
    typer.Option("--student-ids", "--students", metavar="1,2,3|all", help="ids of the students who get one"),
]
ClassName = Annotated[
    str | None, typer.Option("--class", metavar="NAME", help="the class whose students get one")
]
ClassroomUrl = Annotated[
    str | None,
    typer.Option(
        "--classroom-url",
        envvar="HOMEWORK_CLASSROOM_URL",
        show_envvar=True,
        help="address of the classroom; default: that of `homework share` or `homework up` on this computer",
    ),
]


@app.command()
def create(
    student_ids: StudentIds = None,
    class_name: ClassName = None,
    classroom_url: ClassroomUrl = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create links. Earlier links of the same students become invalid. Signed-in browsers stay signed in."""
    if (student_ids is None) == (class_name is None):
        say("give --student-ids 1,2,3, --student-ids all or --class NAME")
        raise typer.Exit(EXIT_USAGE)
    with api_at(api_url) as api:
        made = _make(api, student_ids, class_name)
    base = classroom_at(classroom_url)
    rows = [(each.student_id, each.name, f"{base}/in/{each.token}", each.expires_at) for each in made]
    if as_json:
        links = [{"student_id": id_, "name": name, "link": link} for id_, name, link, _ in rows]
        return print_json(json.dumps(links, ensure_ascii=False))
    return stdout().print(table("Links, each works once", ("id", "name", "link", "until"), rows))


@app.command()
def withdraw(
    student: Annotated[int, typer.Argument(metavar="STUDENT", min=1)],
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Withdraw a student's link, and sign the student out everywhere."""
    with api_at(api_url) as api:
        api.send(student_links.withdraw_link(student))
    if as_json:
        return print_json(json.dumps({"id": student, "withdrawn": True}))
    return say(
        f"student {student} is signed out everywhere; `homework teacher links create` makes a new link"
    )


def _make(api: Client, student_ids: str | None, class_name: str | None) -> list[StudentLink]:
    if class_name is not None:
        return api.send(student_links.make_links_for_class(classes.named(api, class_name).id))
    return [api.send(student_links.make_link(each)) for each in students.chosen(api, student_ids or "")]


def classroom_at(given: str | None) -> str:
    """The address that students and teachers open, without a trailing slash."""
    known = load_shared_url(RUN_FOLDER) or load_classroom_url(RUN_FOLDER)
    return (given or known or f"http://127.0.0.1:{DEFAULT_CLASSROOM_PORT}").rstrip("/")
