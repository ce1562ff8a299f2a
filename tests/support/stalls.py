"""Finds races in tests and in the code: single steps of tasks and calls in threads are delayed at random.

    .venv/bin/pytest -n 3 -p tests.support.stalls tests/integration

On a machine that stands still for seconds, any step may come late, and no order is kept that nobody waits
for. A test that fails here waits for a time instead of a condition, or the code has a race. The delays can be
made rarer and shorter by `STALL_SHARE` and `STALL_SECONDS`, for which the defaults below stand.
"""

import asyncio
import os
import time
from asyncio.base_events import BaseEventLoop
from concurrent.futures.thread import _WorkItem
from contextvars import Context
from random import random
from typing import Any

import uvloop

SHARE = float(os.environ.get("STALL_SHARE", "0.002"))
"""The share of steps that come late."""
LONGEST_SECONDS = float(os.environ.get("STALL_SECONDS", "2"))
SHORTEST_SECONDS = 0.05
CALLS_IN_THREADS = 5
"""So many times more calls in threads come late, because there are fewer of them."""


def delay() -> float:
    """Seconds. Short delays are more frequent than long ones."""
    return float(SHORTEST_SECONDS * (LONGEST_SECONDS / SHORTEST_SECONDS) ** random())


def delay_steps(loop: Any) -> None:
    """Of what an event loop calls soon, only steps of tasks are delayed. Others have an order that asyncio
    promises.
    """
    call_soon = loop.call_soon

    def late(self: Any, callback: Any, *arguments: Any, context: Context | None = None) -> Any:
        if random() < SHARE and isinstance(getattr(callback, "__self__", None), asyncio.Task):
            return self.call_later(delay(), callback, *arguments, context=context)
        return call_soon(self, callback, *arguments, context=context)

    loop.call_soon = late


def delay_calls_in_threads() -> None:
    run = _WorkItem.run

    def late(self: Any) -> None:
        if random() < SHARE * CALLS_IN_THREADS:
            time.sleep(delay())
        run(self)

    _WorkItem.run = late  # type: ignore[method-assign]


for each in (BaseEventLoop, uvloop.Loop):
    delay_steps(each)
delay_calls_in_threads()
