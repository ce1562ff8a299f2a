"""Stops a transaction at a line, on both databases, while the test does something else."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.util import await_only

from tests.support.api.application import Api
from tests.support.api.rows import scalar
from tests.support.waiting import eventually

P = ParamSpec("P")
T = TypeVar("T")

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


class Pause:
    """Wraps a function that a transaction calls. Its first call stops before or after its work, until
    `go_on`.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._loop = asyncio.get_running_loop()
        self._reached, self._may_go_on = asyncio.Event(), asyncio.Event()
        self._may_go_on_in_its_thread = threading.Event()
        self._used = False

    def before(self, function: Callable[P, T]) -> Callable[P, T]:
        def stopped(*args: P.args, **kwargs: P.kwargs) -> T:
            self._stop()
            return function(*args, **kwargs)

        return stopped

    def after(self, function: Callable[P, T]) -> Callable[P, T]:
        def stopped(*args: P.args, **kwargs: P.kwargs) -> T:
            done = function(*args, **kwargs)
            self._stop()
            return done

        return stopped

    async def reached(self) -> None:
        async with asyncio.timeout(60):
            await self._reached.wait()

    async def go_on_once_another_waits(self) -> None:
        """Let the call continue once another transaction waits. On SQLite another one always waits, because
        there is one writer.
        """

        async def another_waits() -> bool:
            return bool(await scalar(self._api.db, _WAITING))

        try:
            if self._api.db.dialect == "postgresql":
                await eventually(another_waits)
        finally:
            self.go_on()

    def go_on(self) -> None:
        self._may_go_on.set()
        self._may_go_on_in_its_thread.set()

    def _stop(self) -> None:
        if self._used:
            return
        self._used = True
        self._loop.call_soon_threadsafe(self._reached.set)
        if self._api.db.dialect == "postgresql":
            await_only(self._may_go_on.wait())
        else:
            assert self._may_go_on_in_its_thread.wait(60)


async def meet(
    pause: Pause, first: Callable[[], Awaitable[Any]], second: Callable[[], Awaitable[Any]]
) -> tuple[Any, Any]:
    """Run both. `first` stops inside its transaction until `second` waits for it."""
    holding = asyncio.ensure_future(first())
    await pause.reached()
    waiting = asyncio.ensure_future(second())
    await pause.go_on_once_another_waits()
    return await holding, await waiting
