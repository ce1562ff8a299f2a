"""Free ports on loopback, remembered so that bookmarks and running clients find them again."""

import json
import socket
from pathlib import Path

from homework_shared.runtime.files import write_atomically

_BACKLOG = 2048  # uvicorn's own


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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listen(preferred: int) -> socket.socket:
    """A socket that listens on `preferred` if that is free, else on any free port.

    Whoever only looks for a free port and listens later may find that somebody else has taken it meanwhile.
    """
    try:
        return socket.create_server(("127.0.0.1", preferred), backlog=_BACKLOG)
    except OSError:
        return socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)


def load_or_create_ports(file: Path, names: tuple[str, ...]) -> dict[str, int]:
    """One free port per name: the port of last time, where that is still free."""
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    ports: dict[str, int] = {}
    # A name that is new here must not be given the port that another one had.
    for name in sorted(names, key=lambda name: name not in known):
        port = free_port(known.get(name, 0))
        while port in ports.values():
            port = free_port()
        ports[name] = port
    # The tunnel reads this file every few seconds.
    write_atomically(file, json.dumps(ports).encode(), 0o644)
    return ports
