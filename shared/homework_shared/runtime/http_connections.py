"""Limits what a connection may cost before it has sent a request: uvicorn waits for headers without a limit.

`connections`, `cycle` and its `response_complete` are not documented. They tell which clients are connected,
and whether a request is being answered. A test in tests/static/architecture looks for them.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEADER_SECONDS = 10.0
"""Seconds in which a request's headers have to arrive, from the connection or from their first byte on."""
MOST_CONNECTIONS = 1000


def most_connections() -> int:
    """Half of the files that this process may open. The rest is for the database, the broker and the log."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit.
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


class BoundedHttpProtocol(AutoHTTPProtocol):  # type: ignore[valid-type, misc]
    """Closes a connection whose headers do not arrive in time, and the longest idle one when there are too
    many.

    An idle connection is closed in favour of a new one. If new connections were refused instead, silent
    sockets would keep all other clients out.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most = most_connections()
        self.idle_since = 0.0
        self._closing: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._await_headers()
        if len(self.connections) > self._most:
            idle = [each for each in self.connections if each.is_idle]
            min(idle, key=lambda each: each.idle_since).transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_idle:
            self._await_headers()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        if self._closing is None:  # More bytes of the same headers do not extend the time.
            self.idle_since = self.loop.time()
            self._closing = self.loop.call_later(HEADER_SECONDS, self._close)

    def _close(self) -> None:
        # After the upgrade a websocket has a protocol object of its own.
        if self.transport.get_protocol() is self:
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
