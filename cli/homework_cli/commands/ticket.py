"""`homework ticket …`: prints the broker ticket, or invalidates one that leaked."""

import json
from pathlib import Path
from typing import Annotated

import typer

from homework_cli.broker.running import ManagedBroker, NoBroker
from homework_cli.broker.tickets import Tickets
from homework_cli.output import AsJsonLine, print_json
from homework_shared.runtime.files import write_atomically

app = typer.Typer(
    help="The broker ticket, with which a generator connects to the broker.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Option(help="the folder of `homework up`")]


@app.command()
def show(
    folder: Folder = Path(".run"),
    to: Annotated[
        Path | None, typer.Option(help="write it to this file, which only its owner can read")
    ] = None,
    as_json: AsJsonLine = False,
) -> None:
    """Print the ticket. It contains a password: everybody who has it can take jobs."""
    if (ticket := Tickets(folder).current()) is None:
        typer.echo(
            "there is no ticket yet: `homework tunnel` makes one, and so does "
            "`homework tunnel --public tcp://host:port` for another way in",
            err=True,
        )
        raise typer.Exit(1)
    if to is not None:
        write_atomically(to, ticket.encode().encode(), 0o600)
        return typer.echo(f"the ticket for {ticket.host}:{ticket.port} is in {to}; nobody else may read it")
    if as_json:
        return print_json(json.dumps({"ticket": ticket.encode(), "host": ticket.host, "port": ticket.port}))
    typer.echo(ticket.encode())
    return typer.echo(f"for {ticket.host}:{ticket.port}; paste it where the generator runs", err=True)


@app.command()
def rotate(folder: Folder = Path(".run"), as_json: AsJsonLine = False) -> None:
    """Change the generator's password. Generators with an old ticket are disconnected and stay out."""
    tickets = Tickets(folder)
    try:
        to_do = ManagedBroker(folder).rotate()
        problems = tickets.reissue()
    except NoBroker as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    files = [str(file) for file in tickets.files] if tickets.current() else []
    if as_json:
        print_json(json.dumps({"rotated": True, "files": files}))
    else:
        typer.echo("the generator's password is new; jobs that were being written are queued again")
        if files:
            typer.echo("new ticket: " + ", ".join(files))
    for text in filter(None, [to_do, *problems]):
        typer.echo(text, err=True)
    if to_do or problems:
        raise typer.Exit(1)


@app.command()
def forget(
    file: Annotated[Path, typer.Argument(help="the file that `homework tunnel --ticket-file` was given")],
    folder: Folder = Path(".run"),
    as_json: AsJsonLine = False,
) -> None:
    """Stop keeping the ticket in this file. The file stays, and the ticket in it still works."""
    tickets = Tickets(folder)
    if not tickets.forget(file):
        kept = ", ".join(str(path) for path in tickets.files[1:]) or "no other file than its own"
        typer.echo(f"the ticket is not kept in {file}, but in {kept}", err=True)
        raise typer.Exit(1)
    if as_json:
        return print_json(json.dumps({"forgotten": str(file)}))
    return typer.echo(
        "forgotten; delete the file too, or run `homework ticket rotate`: its ticket still works"
    )
