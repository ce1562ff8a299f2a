"""The broker that `homework up` runs, as another command finds it: through its folder and its ports."""

import contextlib
import enum
import json
import secrets
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx

from homework_cli.broker.certificates import TLS_NAME, ca_file
from homework_cli.broker.config import write_definitions
from homework_cli.broker.definitions import account, save_passwords

_SECONDS = 5.0
GENERATOR = "generator"


class NoBroker(Exception):
    """There is no broker, or it failed to do what was requested. The text says what to do."""


class BrokerPresence(enum.Enum):
    """The program that answers at a port."""

    ANSWERS = "the broker answers"
    SILENT = "nothing answers"
    STRANGER = "a program other than the broker answers"


class ManagedBroker:
    """The broker of the `homework up` that was given `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve() / "broker"

    @property
    def tls_port(self) -> int | None:
        """The only port that may be reached from outside; None before the first `homework up`."""
        return self._read("ports.json").get("amqps")

    @property
    def ca(self) -> str:
        """The CA certificate (PEM). Raises NoBroker."""
        try:
            return ca_file(self.folder).read_text()
        except OSError as error:
            raise self._none() from error

    def password(self, user: str) -> str:
        """The password of `user`. Raises NoBroker."""
        if (found := self._read("credentials.json").get(user)) is None:
            raise self._none()
        return str(found)

    def presence(self, host: str = "127.0.0.1", port: int | None = None) -> BrokerPresence:
        """Which program answers at the port. Our broker has a certificate of our CA."""
        port = port or self.tls_port
        if port is None:
            return BrokerPresence.SILENT
        context = ssl.create_default_context(cadata=self.ca)
        try:
            with (
                socket.create_connection((host, port), timeout=_SECONDS) as raw,
                context.wrap_socket(raw, server_hostname=TLS_NAME),
            ):
                return BrokerPresence.ANSWERS
        except ssl.SSLError as error:
            # A broker that is about to stop closes a connection that it has just accepted.
            return BrokerPresence.SILENT if isinstance(error, ssl.SSLEOFError) else BrokerPresence.STRANGER
        except OSError:
            return BrokerPresence.SILENT

    def traffic(self) -> dict[str, int] | None:
        """The bytes so far, both ways, of each open TLS connection. None when the broker does not say."""
        columns = "name,ssl,recv_oct,send_oct"
        try:
            with self._management() as http:
                found = http.get("/api/connections", params={"columns": columns}).raise_for_status().json()
        except (NoBroker, httpx.HTTPError, ValueError):
            return None
        return {
            # A connection that has only just been opened may have no statistics yet.
            each.get("name", ""): each.get("recv_oct", 0) + each.get("send_oct", 0)
            for each in found
            if each.get("ssl")
        }

    def rotate(self) -> str | None:
        """Give `generator` a new password and close its connections. Returns what is still to be done.

        Raises:
            NoBroker: there has never been one here.
        """
        passwords = self._read("credentials.json")
        self.password(GENERATOR)
        passwords[GENERATOR] = secrets.token_urlsafe(24)
        # The files are first, because a broker that starts meanwhile takes its users from them.
        save_passwords(self.folder / "credentials.json", passwords)
        write_definitions(self.folder / "definitions.json", passwords)
        try:
            with self._management() as http:
                user = account(GENERATOR, passwords[GENERATOR])
                http.put(f"/api/users/{GENERATOR}", json=user).raise_for_status()
                http.delete(f"/api/connections/username/{GENERATOR}").raise_for_status()
        except httpx.ConnectError:
            # The broker is down, and reads the new password when it starts.
            return None
        except (NoBroker, httpx.HTTPError) as error:
            return f"RabbitMQ has not taken the new password ({error}): restart `homework up`"
        return None

    def _management(self) -> httpx.Client:
        if (port := self._read("ports.json").get("management")) is None:
            raise self._none()
        auth = ("ops", self.password("ops"))
        return httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=auth, timeout=_SECONDS)

    def _read(self, name: str) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.folder / name).read_text())
            if isinstance(found, dict):
                return found
        return {}

    def _none(self) -> NoBroker:
        return NoBroker(f"there is no broker of ours in {self.folder.parent}: run `homework up` there first")
