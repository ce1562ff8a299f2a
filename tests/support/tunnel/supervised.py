"""A tunnel's supervisor with a broker's port and an agent that the test controls."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from homework_cli.broker.address import PublicAddress
from homework_cli.broker.certificates import Certificates, load_or_create_certificates
from homework_cli.broker.definitions import load_or_create_passwords
from homework_cli.broker.running import ManagedBroker
from homework_cli.broker.tickets import Tickets
from homework_cli.tunnel.agent import Endpoint
from homework_cli.tunnel.supervisor import Pace, State, Supervisor
from homework_cli.tunnel.usage import UsageBook
from tests.support.broker.brokers import free_port

FAST = Pace(look=0.01, wait_min=0.01, wait_max=0.05, steady=0.0, offline=0.1)


class Enough(Exception):
    """Ends `run` once the test has seen what it waited for."""


class TlsPort:
    """A TLS port with the right certificate. A tunnel knows nothing else of a broker."""

    def __init__(self, certificates: Certificates, port: int | None = None) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate, certificates.key)
        # A test listens on some of these ports again, which must not be taken meanwhile.
        self._listener = socket.create_server(("127.0.0.1", port or free_port()))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, args=(context,), daemon=True).start()

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            # This wakes the thread that waits in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _serve(self, context: ssl.SSLContext) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            # A client may give up in the middle of the handshake.
            with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True):
                pass


@dataclass
class Agent:
    """Opens the tunnels in `addresses`, one after the other. The test specifies what `look` does."""

    addresses: list[PublicAddress | Exception] = field(
        default_factory=lambda: [PublicAddress(f"{n}.tcp.ngrok.io", 1000 + n) for n in range(9)]
    )
    opened: list[int] = field(default_factory=list)
    looks: int = 0
    closed: int = 0
    on_look: Callable[[Endpoint[PublicAddress]], Endpoint[PublicAddress]] = lambda endpoint: endpoint

    def open(self, port: int, mark: str, url: PublicAddress | None = None) -> PublicAddress:
        self.opened.append(port)
        now = url or self.addresses[len(self.opened) - 1]
        if isinstance(now, Exception):
            raise now
        self._now = now
        return now

    def look(self) -> Endpoint[PublicAddress]:
        self.looks += 1
        return self.on_look(Endpoint(self._now, self.looks, online=True))

    def close(self) -> None:
        self.closed += 1


class House:
    """A folder as `homework up` leaves it, with a supervisor for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tickets = Tickets(folder)
        broker = folder / "broker"
        broker.mkdir()
        self.certificates = load_or_create_certificates(broker)
        load_or_create_passwords(broker / "credentials.json")
        self.broker_port = TlsPort(self.certificates)
        self.listens_at(self.broker_port.port)
        self.agent = Agent()
        self.states: list[State] = []
        self.until: Callable[[State], bool] = lambda _: False

    def listens_at(self, port: int) -> None:
        (self.folder / "broker/ports.json").write_text(json.dumps({"amqps": port, "management": 9}))

    def show(self, state: State) -> None:
        self.states.append(state)
        if self.until(state):
            raise Enough
        assert len(self.states) < 3000, self.states[-1]

    def supervisor(self, pace: Pace = FAST, url: PublicAddress | None = None) -> Supervisor:
        book = UsageBook(self.folder / "usage.json")
        return Supervisor(ManagedBroker(self.folder), self.tickets, self.agent, book, self, url, pace)

    def run_until(self, until: Callable[[State], bool], pace: Pace = FAST) -> None:
        self.until = until
        with pytest.raises(Enough):
            self.supervisor(pace).run()

    @property
    def notes(self) -> list[str]:
        return [state.note for state in self.states]


def first(n: int) -> PublicAddress:
    return PublicAddress(f"{n}.tcp.ngrok.io", 1000 + n)
