"""uvicorn as one part of a process among others. Only services that serve HTTP import this module and install
uvicorn (the extra `http`).

`capture_signals` is not documented. There is no setting that leaves the signals alone, and uvicorn's handlers
would take SIGTERM away from the other parts of the process. A test in tests/static/architecture looks for it.
"""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn


class EmbeddedServer(uvicorn.Server):
    """Ends when `should_exit` is set, and not by a signal."""

    async def serve_on(self, listen_fd: int | None) -> None:
        """Serve until `should_exit`: on a socket that listens already and was inherited, or on the configured
        address."""
        await self.serve(None if listen_fd is None else [socket.socket(fileno=listen_fd)])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
