"""`homework keys …`: who may do what."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from homework_cli.output import ApiUrl, AsJson, AsJsonLine, api_at, cell, print_json, say, stdout, table

app = typer.Typer(help="API keys: who may do what. They need a key with the right ops.", no_args_is_help=True)

PATH = "/api/ops/keys"

Name = Annotated[str, typer.Argument(help="who or what will use it")]
Rights = Annotated[list[str] | None, typer.Option("--right", help="teacher or ops; may be given twice")]
StudentId = Annotated[int | None, typer.Option("--student", help="whose homework it may read and send")]
Days = Annotated[int | None, typer.Option("--expires-days", min=1, max=36500, help="never, if not given")]


@app.command()
def create(
    name: Name,
    right: Rights = None,
    student: StudentId = None,
    expires_days: Days = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once."""
    expires_at = datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None
    body = {
        "name": name,
        "rights": right or [],
        "student_id": student,
        "expires_at": expires_at.isoformat() if expires_at else None,
    }
    with api_at(api_url) as api:
        answer = api.send("POST", PATH, json=body)
    if as_json:
        return print_json(answer.text)
    typer.echo(answer.json()["key"])
    return say("keep it now: it is not shown again. HOMEWORK_API_KEY hands it to these commands")


@app.command("list")
def list_(api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """List them, the newest first."""
    with api_at(api_url) as api:
        answer = api.get(PATH)
    if as_json:
        return print_json(answer.text)
    if not (keys := answer.json()):
        return say("there is no key, so none is asked for")
    columns = ("id", "name", "may", "good until", "last used")
    return stdout().print(table("API keys", columns, [_row(key) for key in keys]))


@app.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID")], api_url: ApiUrl = None, as_json: AsJsonLine = False
) -> None:
    """From the next request on it is not good any more."""
    with api_at(api_url) as api:
        api.send("DELETE", f"{PATH}/{id_}")
    if as_json:
        print_json(f'{{"id": "{id_}", "revoked": true}}')
    else:
        say(f"{id_} is revoked")


def _row(key: dict[str, Any]) -> tuple[Any, ...]:
    student = [f"student {key['student_id']}"] if key["student_id"] else []
    until = f"revoked {key['revoked_at']}" if key["revoked_at"] else cell(key["expires_at"])
    return key["id"], key["name"], ", ".join([*key["rights"], *student]), until, cell(key["last_used_at"])
