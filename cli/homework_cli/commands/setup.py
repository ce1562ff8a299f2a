"""`homework setup`: writes the files that docker-compose.yml and deploy/k8s need before they start.

Each service has a folder of its own, which is a volume or a Secret, so that a container sees only its own
secrets.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from pydantic import SecretStr

from homework_cli.broker.certificates import TLS_NAME, Certificates, load_or_create_certificates
from homework_cli.broker.config import CONTAINER_TLS_PORT, LIMITS, container_tls_lines, write_definitions
from homework_cli.broker.definitions import load_or_create_passwords, save_passwords
from homework_shared.messaging import topology
from homework_shared.messaging.ticket import BrokerTicket
from homework_shared.runtime.files import write_atomically

APP_USER = 10001
BROKER_CONFIG = Path("/etc/rabbitmq/conf.d")
"""The path of the folder `broker` inside the broker's container."""
TICKETS = {"api": "api", "mock": "mock_generator", "generator": "generator"}
TUNNEL_NEEDS = ("generator", "ops")

Folder = Annotated[Path, typer.Argument(help="folder in which the containers' volumes are mounted")]
Host = Annotated[str, typer.Option(help="host name with which clients connect to the broker")]
Renew = Annotated[
    list[str] | None, typer.Option(help=f"give a new password to one of {', '.join(topology.PERMISSIONS)}")
]


def setup(folder: Folder, host: Host = "broker", renew: Renew = None) -> None:
    """Write passwords, certificates and tickets for Compose or Kubernetes.

    Existing passwords and tickets stay. A certificate stays until it is renewed, shortly before it expires.
    """
    unknown = set(renew or ()) - set(topology.PERMISSIONS)
    if unknown:
        raise typer.BadParameter(f"there is no broker user {', '.join(sorted(unknown))}")
    keeper = _folder(folder / "keeper")
    passwords = _passwords(keeper / "credentials.json", renew or [])
    certificates = load_or_create_certificates(keeper)
    _write_broker(_folder(folder / "broker"), passwords, certificates)
    for reader, user in TICKETS.items():
        ticket = _ticket(host, user, passwords[user], certificates)
        _write(_folder(folder / reader) / "ticket", ticket.encode())
    _write_database(folder, keeper)
    _write_tunnel(_folder(folder / "tunnel"), passwords, certificates)
    _write_console(_folder(folder / "console"), host, passwords["console"], certificates)
    admin_key = _load_or_create_secret(keeper / "admin-key")
    _write(folder / "api" / "admin-key", admin_key)
    console_key = _load_or_create_secret(keeper / "console-key")
    _write(folder / "api" / "console-key", console_key)
    _write(folder / "console" / "api-key", console_key)
    _give(_folder(folder / "tunnel-state"))
    typer.echo(f"passwords, certificates and tickets are in {folder}")


def _passwords(file: Path, renew: list[str]) -> dict[str, str]:
    passwords = load_or_create_passwords(file)
    if renew:
        passwords |= {user: secrets.token_urlsafe(24) for user in renew}
        save_passwords(file, passwords)
    return passwords


def _write_broker(folder: Path, passwords: dict[str, str], certificates: Certificates) -> None:
    """Write the files of a broker that listens over TLS only, so that the traffic between containers cannot
    be read.
    """
    lines = [
        "listeners.tcp = none",
        *container_tls_lines(BROKER_CONFIG),
        *LIMITS,
        "definitions.import_backend = local_filesystem",
        f"definitions.local.path = {BROKER_CONFIG}/definitions.json",
        "log.console = true",
        "log.console.level = warning",
    ]
    # RabbitMQ runs as the image's own user, so everybody with access to the volume can read these, and only
    # the broker has access.
    _write(folder / "10-homework.conf", "\n".join([*lines, ""]), readable=True)
    write_definitions(folder / "definitions.json", passwords, 0o644)
    for file in (certificates.ca, certificates.certificate, certificates.key):
        _write(folder / file.name, file.read_text(), readable=True)


def _write_database(folder: Path, keeper: Path) -> None:
    password = _load_or_create_secret(keeper / "database-password")
    _write(_folder(folder / "database") / "password", password, readable=True)
    url = f"postgresql://homework:{password}@database:5432/homework"
    _write(_folder(folder / "api") / "database-url", url)


def _write_tunnel(folder: Path, passwords: dict[str, str], certificates: Certificates) -> None:
    """Write the files that `homework tunnel` reads in the folder of `homework up`."""
    broker = _folder(folder / "broker")
    ports = {"amqps": CONTAINER_TLS_PORT, "management": 15672}
    _write(broker / "ports.json", json.dumps(ports))
    _write(broker / "credentials.json", json.dumps({user: passwords[user] for user in TUNNEL_NEEDS}))
    _write(_folder(broker / "tls") / "ca.pem", certificates.ca.read_text())
    for each in (folder, broker, broker / "tls"):
        _give(each)


def _write_console(folder: Path, host: str, password: str, certificates: Certificates) -> None:
    """Write a user who may only read figures, for the console and for KEDA, which cannot use tickets."""
    _write(folder / "rabbitmq-password", password)
    _write(folder / "amqps-url", f"amqps://console:{quote(password, safe='')}@{host}:{CONTAINER_TLS_PORT}/")
    _write(folder / "ca.pem", certificates.ca.read_text())


def _ticket(host: str, user: str, password: str, certificates: Certificates) -> BrokerTicket:
    return BrokerTicket(
        host=host,
        port=CONTAINER_TLS_PORT,
        user=user,
        password=SecretStr(password),
        ca=certificates.ca.read_text(),
        tls_name=TLS_NAME,
    )


def _load_or_create_secret(file: Path) -> str:
    if not file.exists():
        write_atomically(file, secrets.token_urlsafe(32).encode(), 0o600)
    return file.read_text()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _write(file: Path, text: str, *, readable: bool = False) -> None:
    write_atomically(file, text.encode(), 0o444 if readable else 0o400)
    if not readable:
        _give(file)


def _give(path: Path) -> None:
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # Windows has neither of them.
        os.chown(path, APP_USER, APP_USER)
