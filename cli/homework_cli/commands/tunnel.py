"""`homework tunnel`: opens a tunnel to the broker, and keeps it open and the ticket up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from homework_cli.broker.address import PublicAddress
from homework_cli.broker.running import BrokerPresence, ManagedBroker, NoBroker
from homework_cli.broker.tickets import Tickets
from homework_cli.folder_lock import Taken, lock
from homework_cli.interrupts import uninterruptible
from homework_cli.output import narrator
from homework_cli.parts import refuse_windows
from homework_cli.run_folder import TUNNEL_STATE_FILE
from homework_cli.tunnel.agent import TCP, NgrokAgent
from homework_cli.tunnel.authtoken import give_token
from homework_cli.tunnel.errors import TunnelLost, TunnelRefused
from homework_cli.tunnel.log import log_into
from homework_cli.tunnel.screen import screen
from homework_cli.tunnel.state_file import StateFile
from homework_cli.tunnel.supervisor import Supervisor
from homework_cli.tunnel.usage import UsageBook

_console = narrator()


def _address(text: str) -> PublicAddress:
    try:
        return PublicAddress.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Folder = Annotated[Path, typer.Option(help="the folder of `homework up`")]
TicketFile = Annotated[
    list[Path] | None,
    typer.Option(help="also keep the ticket in this file, for example in a synced folder", dir_okay=False),
]
Url = Annotated[
    PublicAddress | None,
    typer.Option(parser=_address, metavar="TCP://HOST:PORT", help="your reserved address at ngrok"),
]
AsJsonLines = Annotated[bool, typer.Option("--json", help="print a line of JSON for each change")]
Public = Annotated[
    PublicAddress | None,
    typer.Option(
        parser=_address, metavar="TCP://HOST:PORT",
        help="address of a way in that you set up without ngrok (port forward, VPN)",
    ),
]  # fmt: skip


def tunnel(
    folder: Folder = Path(".run"),
    ticket_file: TicketFile = None,
    url: Url = None,
    public: Public = None,
    as_json: AsJsonLines = False,
) -> None:
    """Open an ngrok tunnel to the broker's TLS port, and keep the ticket current."""
    refuse_windows("homework tunnel")
    if url and public:
        raise typer.BadParameter("--public is a way in without ngrok: it goes without --url")
    try:
        broker, tickets = ManagedBroker(folder), Tickets(folder)
        with _only_one(tickets.file.parent):
            tickets.keep_also_in(ticket_file or [])
            if public:
                _issue_for(public, broker, tickets)
            else:
                _keep_open(tickets.file.parent, broker, tickets, url, as_json)
    except (NoBroker, TunnelRefused, TunnelLost) as error:
        _console.print(str(error), markup=False)
        raise typer.Exit(1) from error
    except PermissionError as error:
        _console.print(f"{error.filename} is another user's: change its owner", markup=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        _console.print("the tunnel is closed")


def _keep_open(
    folder: Path, broker: ManagedBroker, tickets: Tickets, url: PublicAddress | None, as_json: bool
) -> None:
    log_into(folder / "ngrok.log")
    agent = NgrokAgent(folder, TCP)
    give_token(agent, _console)
    agent.install()
    typer.echo("`homework ticket show` prints the ticket to paste; Ctrl-C closes the tunnel", err=as_json)
    try:
        with screen(_console, lambda: tickets.files, as_json) as shown:
            state_file = StateFile(shown, folder / TUNNEL_STATE_FILE)
            Supervisor(broker, tickets, agent, UsageBook(folder / "usage.json"), state_file, url).run()
    finally:
        # A second Ctrl-C would leave an agent that nobody watches.
        uninterruptible()
        agent.close()


def _issue_for(public: PublicAddress, broker: ManagedBroker, tickets: Tickets) -> None:
    problems = tickets.issue(public, None)
    presence = broker.presence(public.host, public.port)
    _console.print(f"the ticket for {public} is in {', '.join(map(str, tickets.files))}", markup=False)
    _console.print(f"tried from here: {presence.value} at {public}", markup=False)
    if presence is not BrokerPresence.ANSWERS:
        _console.print(f"TCP from there has to arrive at port {broker.tls_port} of 127.0.0.1 here")
    for problem in problems:
        _console.print(problem, markup=False)
    if problems:
        raise typer.Exit(1)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    try:
        held = lock(folder / "lock")
    except Taken as error:
        raise TunnelRefused(
            f"another `homework tunnel` runs in {folder.parent}: stop that one first"
        ) from error
    with held:
        yield
