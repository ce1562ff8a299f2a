"""Measures how many answers a server writes concurrently: a server with a queue lets
further requests wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from homework_generator.engines.server.answer import Answer
from homework_generator.engines.server.errors import ServerError

MOST_AT_ONCE = 64
CROWDS = (4, 16, MOST_AT_ONCE)
UNSEEN = 4
"""Requests at once on a server that does not stream, where nothing shows how many run side by side."""

ROUND_SECONDS = 30.0

Ask = Callable[[Callable[[], None]], Awaitable[Answer]]
"""Asks for one answer and calls back for each piece of it. Raises ServerError."""


async def crowd_size(ask: Ask) -> int:
    """The number of answers at once, at most `MOST_AT_ONCE`. Measuring it takes little more than the first
    tokens of each.
    """
    seen = 1
    for crowd in CROWDS:
        watch = _Watch(crowd)
        await watch.look_at(ask)
        if watch.is_blind:
            return UNSEEN
        seen = watch.most
        if seen < crowd:
            break
    return max(1, seen)


class _Watch:
    """Counts the answers that have begun and not ended, until the maximum is known."""

    def __init__(self, crowd: int) -> None:
        self._crowd = crowd
        self._open = 0
        self._known = asyncio.Event()
        self.most = 0
        self.is_blind = False

    async def look_at(self, ask: Ask) -> None:
        """Send this many requests at once, and cancel them as soon as the number is known."""
        asking = [asyncio.create_task(self._follow(ask)) for _ in range(self._crowd)]
        knowing: asyncio.Future[Any] = asyncio.create_task(self._known.wait())
        everybody: asyncio.Future[Any] = asyncio.gather(*asking)
        try:
            await asyncio.wait(
                {knowing, everybody}, timeout=ROUND_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if everybody.done():
                everybody.result()
        finally:
            for task in (knowing, *asking):
                task.cancel()
            await asyncio.gather(knowing, everybody, *asking, return_exceptions=True)

    async def _follow(self, ask: Ask) -> None:
        pieces = 0

        def on_piece() -> None:
            nonlocal pieces
            pieces += 1
            if pieces == 1:
                self._open += 1
                self.most = max(self.most, self._open)
                if self.most == self._crowd:
                    self._known.set()

        try:
            answer = await ask(on_piece)
        except ServerError:
            pass  # The server refused this request: the requests that it accepted show its limit.
        else:
            self.is_blind = self.is_blind or (pieces == 1 and answer.completion_tokens > 1)
            # An answer that was written completely took long enough for the others to begin.
            if answer.finish_reason == "length":
                self._known.set()
        finally:
            self._open -= pieces > 0
