"""`homework dead …`: shows dead letters, sends them again or deletes them."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from homework_cli.client import ApiUrl, CommandFailed, api_at
from homework_cli.output import AsJson, AsJsonLine, ago, cell, print_json, say, stdout, table
from homework_client import dead_letters
from homework_client.models import DeadLetter, SentAgain
from homework_client.request import Request

app = typer.Typer(help="Messages that could not be processed.", no_args_is_help=True)

LetterIds = Annotated[list[str], typer.Argument(metavar="ID…", help="ids from `homework dead list`")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="list at most this many")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask for confirmation")]


@app.command("list")
def list_(limit: Limit = 100, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """List the dead letters, newest first."""
    with api_at(api_url) as api:
        reply = api.fetch(dead_letters.list_dead_letters(limit))
    if as_json:
        return print_json(reply.text)
    found = reply.value
    if not found.letters:
        return say("nothing is dead")
    columns = ("id", "type", "job", "died in", "because", "deaths", "copies", "last death")
    stdout().print(table("Dead letters", columns, [_row(letter) for letter in found.letters]))
    if (hidden := found.total - len(found.letters)) > 0:
        say(f"and {hidden} more: --limit")
    return say("`homework dead show ID` has the body; replay, to-mock and drop settle it")


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID")], api_url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """Show one dead letter with its body and its deaths."""
    with api_at(api_url) as api:
        reply = api.fetch(dead_letters.get_dead_letter(id_))
    if as_json:
        return print_json(reply.text)
    letter = reply.value
    out = stdout()
    for name in ("id", "type", "message_id", "copies", "size"):
        out.print(f"{name:<11} {cell(getattr(letter, name))}")
    deaths = [(each.queue, each.reason, each.count, each.at) for each in letter.history]
    out.print(table("Deaths, the last one first", ("queue", "reason", "count", "at"), deaths))
    return out.print(_indented(letter.body))


@app.command()
def replay(ids: LetterIds, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Send dead letters to their queues again."""
    _send_again(ids, dead_letters.replay_dead_letter, api_url, as_json)


@app.command()
def to_mock(ids: LetterIds, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Send the jobs of dead letters to the mock generator."""
    _send_again(ids, dead_letters.send_dead_letter_to_mock, api_url, as_json)


@app.command()
def drop(ids: LetterIds, yes: Yes = False, api_url: ApiUrl = None, as_json: AsJsonLine = False) -> None:
    """Delete dead letters permanently."""
    with api_at(api_url) as api:
        if not yes and not typer.confirm(f"drop {len(ids)} for good?", err=True):
            raise CommandFailed("nothing was dropped")
        for id_ in ids:
            api.send(dead_letters.drop_dead_letter(id_))
            if as_json:
                print_json(json.dumps({"id": id_, "dropped": True}))
            else:
                say(f"{id_} is dropped")


def _send_again(
    ids: list[str], request: Callable[[str], Request[SentAgain]], api_url: str | None, as_json: bool
) -> None:
    with api_at(api_url) as api:
        for id_ in ids:
            reply = api.fetch(request(id_))
            if as_json:
                print_json(reply.text)
            else:
                say(f"{id_} went to {reply.value.sent_to}")


def _row(letter: DeadLetter) -> tuple[Any, ...]:
    died = ago(letter.last_death_at) if letter.last_death_at else None
    where = (letter.queue, letter.reason, letter.deaths, letter.copies)
    return letter.id, letter.type, letter.job_id, *where, died


def _indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
