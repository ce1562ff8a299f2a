"""Collects calls that arrive while a batch is being sent, and sends them as the next batch."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """`send` gets all items that wait and returns one outcome for each, in order. When it raises, every
    caller of that batch gets the error."""

    def __init__(self, send: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._send = send
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        outcome: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_until_none_waits())
        return await outcome

    async def _send_until_none_waits(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._send_batch(batch)
        finally:
            self._sending = None
            for _, outcome in self._waiting:
                outcome.cancel()

    async def _send_batch(self, batch: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            outcomes = await self._send([item for item, _ in batch])
        except Exception as error:
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        except BaseException:
            for _, waiting in batch:
                waiting.cancel()
            raise
        for (_, waiting), outcome in zip(batch, outcomes, strict=True):
            if not waiting.done():  # the caller may have been cancelled
                waiting.set_result(outcome)
