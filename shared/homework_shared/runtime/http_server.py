"""uvicorn as one part of a process that has other parts too. Only services that serve HTTP import this module
and install uvicorn (the extra `http`).

`capture_signals` is not documented. No setting keeps uvicorn from installing signal handlers, and its
handlers would take SIGTERM away from the other parts of the process. A test in tests/static/architecture
looks for it.
"""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn


class EmbeddedServer(uvicorn.Server):
    """A server that stops when `should_exit` is set and does not handle signals."""

    async def serve_on(self, listen_fd: int | None) -> None:
        """Serve until `should_exit` is set, on an inherited socket that listens already or on the configured
        address.
        """
        await self.serve(None if listen_fd is None else [socket.socket(fileno=listen_fd)])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
