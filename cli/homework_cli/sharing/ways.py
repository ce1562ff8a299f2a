"""The ways to reach the classroom: this computer's local network, or an address at ngrok."""

from pathlib import Path
from typing import Protocol

from yarl import URL

from homework_cli.sharing.guest import GuestEndpoint
from homework_cli.sharing.networks import own_address
from homework_cli.tunnel.agent import Kind, NgrokAgent
from homework_cli.tunnel.errors import TunnelLost

MARK = "homework-classroom"


def web_address(text: str) -> URL:
    """The address in a text like `https://host`. Raises ValueError."""
    url = URL(text)
    if url.scheme != "https" or not url.host or url.path not in ("", "/") or url.query_string or url.fragment:
        raise ValueError(f"{text!r} is not an address of the form https://host")
    return url.origin()


WEB = Kind("http", web_address)


class Way(Protocol):
    """A way for students to reach `port` of this computer."""

    listens_on: str
    """The address of the interface on which the classroom listens."""

    def open(self, port: int) -> URL:
        """The address that students open. Raises NotShared, TunnelLost and TunnelRefused."""
        ...

    def look(self) -> URL:
        """The current address. Raises TunnelLost if it does not exist any more."""
        ...

    def close(self) -> None: ...


class LocalNetwork:
    """The devices in this computer's network. `host` is the name or address that students open. Without it,
    they open the computer's own address, which may change.
    """

    listens_on = "0.0.0.0"  # noqa: S104  # nosec B104 - the classroom answers to its one name only

    def __init__(self, host: str | None, encrypted: bool) -> None:
        self._host = host
        self._scheme = "https" if encrypted else "http"
        self._port = 0

    def open(self, port: int) -> URL:
        self._port = port
        return URL.build(scheme=self._scheme, host=self._host or own_address(), port=port)

    def look(self) -> URL:
        return self.open(self._port)

    def close(self) -> None:
        """There is nothing to close, because this way opened no connection."""


class Ngrok:
    """An HTTPS address at ngrok: in the agent of `homework tunnel` where one runs, else in an agent of its
    own. A free account may run one agent only, and that one may carry both.
    """

    listens_on = "127.0.0.1"

    def __init__(self, own: NgrokAgent[URL], tunnel_folder: Path, host: str | None) -> None:
        self._own = own
        self._guest = GuestEndpoint(tunnel_folder, WEB)
        self._wanted = URL.build(scheme="https", host=host) if host else None
        self._open: NgrokAgent[URL] | GuestEndpoint[URL] | None = None

    def open(self, port: int) -> URL:
        self._open = self._guest if self._guest.has_host() else self._own
        return self._open.open(port, MARK, self._wanted)

    def look(self) -> URL:
        if self._open is None:
            raise TunnelLost("no tunnel is open")
        return self._open.look().address

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None
