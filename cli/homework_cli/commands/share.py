"""`homework share`: makes the classroom reachable from the students' devices."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import segno
import typer
from rich.console import Console
from yarl import URL

from homework_cli.folder_lock import Taken, lock
from homework_cli.interrupts import uninterruptible
from homework_cli.output import failed, narrator
from homework_cli.parts import refuse_windows
from homework_cli.run_folder import RUN_FOLDER
from homework_cli.sharing.classroom import Sharing
from homework_cli.sharing.errors import NotShared
from homework_cli.sharing.tls import Certificate, checked_certificate
from homework_cli.sharing.ways import WEB, LocalNetwork, Ngrok, Way
from homework_cli.tunnel.agent import NgrokAgent
from homework_cli.tunnel.authtoken import give_token
from homework_cli.tunnel.errors import TunnelRefused
from homework_cli.tunnel.log import log_into
from homework_shared.runtime.files import private_folder

DEFAULT_PORT = 8003
_BACKLOG = 2048

Folder = Annotated[Path, typer.Option(help="the folder of `homework up`")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="port of the classroom; 0 takes any free port")]
Host = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="the name or address that students open; default: the certificate's, or this computer's own "
        "address. With --ngrok: your domain at ngrok",
    ),
]
CertificateFile = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="a certificate (PEM), for https")
]
KeyFile = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="its private key (PEM)")]
WithNgrok = Annotated[
    bool, typer.Option("--ngrok", help="share over the internet, at an https address of ngrok")
]


def share(
    folder: Folder = RUN_FOLDER,
    port: Port = DEFAULT_PORT,
    host: Host = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    with_ngrok: WithNgrok = False,
) -> None:
    """Open the classroom, and nothing else, to the students' devices, until Ctrl-C."""
    refuse_windows("homework share")
    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate and --key go together")
    if certificate and with_ngrok:
        raise typer.BadParameter("ngrok has a certificate of its own: --ngrok goes without --certificate")
    console = narrator()
    try:
        with _only_one(folder):
            tls = checked_certificate(certificate, key) if certificate and key else None
            way = _ngrok(folder, host, console) if with_ngrok else _network(host, tls)
            _share(folder, port, way, tls, console)
    except (NotShared, TunnelRefused) as error:
        raise failed(str(error)) from error
    except KeyboardInterrupt:
        console.print("the classroom is closed to others; your data is kept")


def _share(folder: Path, port: int, way: Way, tls: Certificate | None, console: Console) -> None:
    with _listening(way.listens_on, port) as listening:
        sharing = Sharing(
            folder, way, listening, tls, partial(_announce, console), partial(console.print, markup=False)
        )
        try:
            sharing.run()
        finally:
            # A second Ctrl-C would leave a classroom that nobody watches.
            uninterruptible()


def _announce(console: Console, url: URL) -> None:
    console.print(f"the classroom is open at {url}", markup=False)
    if console.is_terminal:
        segno.make(str(url)).terminal(compact=True)
    if url.scheme == "http":
        console.print(
            "It is not encrypted: whoever is in this network could read along. Use a network that you trust, "
            "or give a --certificate and its --key, or use --ngrok."
        )
    console.print("Each student signs in with a link: `homework teacher links create --class NAME`")
    console.print("Ctrl-C closes the classroom to others")


def _network(host: str | None, tls: Certificate | None) -> LocalNetwork:
    return LocalNetwork(host or (tls.name if tls else None), encrypted=tls is not None)


def _ngrok(folder: Path, host: str | None, console: Console) -> Ngrok:
    own = private_folder(folder / "share")
    log_into(own / "ngrok.log")
    agent = NgrokAgent(own, WEB)
    give_token(agent, console, beside=folder / "tunnel")
    agent.install()
    return Ngrok(agent, folder / "tunnel", host)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        listening = socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as error:
        raise NotShared(
            f"port {port} cannot be used ({error.strerror or error}): choose another --port"
        ) from error
    with listening:
        yield listening


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    try:
        held = lock(private_folder(folder) / "share.lock")
    except Taken as error:
        raise NotShared(f"another `homework share` runs in {folder}: stop that one first") from error
    with held:
        yield
