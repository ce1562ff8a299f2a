"""Free ports on loopback, which are kept between runs so that bookmarks and running clients stay valid."""

import contextlib
import json
import secrets
import socket
from pathlib import Path

from homework_shared.runtime.files import write_atomically

_BACKLOG = 2048  # as many as uvicorn has by default
_PORTS = range(26_000, 32_768)
"""Below the ports that the system gives to outgoing connections: on Linux from 32768, on macOS and Windows
from 49152. A broker listens only seconds after its port was chosen, and such a connection could take it."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int = 0) -> int:
    """`preferred` if it is free, else any free port."""
    if preferred and is_free(preferred):
        return preferred
    while not is_free(port := secrets.choice(_PORTS)):
        pass
    return port


def listen(*preferred: int) -> socket.socket:
    """A socket that listens on the first of `preferred` that is free, else on any free port.

    If a program looked for a free port first and listened later, another one might take the port in between.
    """
    for port in preferred:
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
    return socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)


def listen_as_before(file: Path, defaults: dict[str, int]) -> dict[str, socket.socket]:
    """A socket for each name: on the port of the last run, else on its default, else on any free port."""
    known = _load(file)
    sockets = {name: listen(known.get(name, default), default) for name, default in defaults.items()}
    _save(file, known | {name: listening.getsockname()[1] for name, listening in sockets.items()})
    return sockets


def load_or_create_ports(file: Path, names: tuple[str, ...]) -> dict[str, int]:
    """A free port for each name: the port of the last run, if it is still free."""
    known = _load(file)
    ports: dict[str, int] = {}
    # A name that is new here must not be given the port that another one had.
    for name in sorted(names, key=lambda name: name not in known):
        port = free_port(known.get(name, 0))
        while port in ports.values():
            port = free_port()
        ports[name] = port
    _save(file, ports)
    return ports


def _load(file: Path) -> dict[str, int]:
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    return known


def _save(file: Path, ports: dict[str, int]) -> None:
    # The tunnel reads such a file every few seconds.
    write_atomically(file, json.dumps(ports).encode(), 0o644)
