"""Limits how many requests run at once on a server that reports when they are too many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class RequestLimit:
    """At most `most` requests at once. A busy response halves the limit, and a full round of answers raises
    it by one, as TCP's congestion avoidance does (RFC 5681).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = most
        self._running = 0
        self._answered = 0
        self._halvings = 0
        self._changed = asyncio.Condition()

    @property
    def allowed(self) -> int:
        return self._allowed

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """Wait for a place and keep it. The value that this yields tells `busy` when the turn began."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._running < self._allowed)
            self._running += 1
        try:
            yield self._halvings
        finally:
            self._running -= 1
            await asyncio.shield(self._wake())

    def busy(self, turn: int) -> None:
        """The server refused a request of this turn because there were too many."""
        # Requests that were refused together count as one refusal, because each met the same load.
        if turn == self._halvings:
            self._allowed = max(1, self._allowed // 2)
            self._halvings += 1
        self._answered = 0

    def answered(self) -> None:
        """The server accepted a request."""
        self._answered += 1
        if self._answered >= self._allowed and self._allowed < self._most:
            self._allowed += 1
            self._answered = 0

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()
