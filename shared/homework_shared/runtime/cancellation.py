"""Cancellation and links: a dead one raises it by itself, and a library that closes one may swallow it."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

CANCEL_AGAIN_SECONDS = 5.0
"""Longer than what a cancelled task may still have to do: close its link, give its leases back."""
CANCELLATIONS = 3


def cancel_requested() -> bool:
    """Whether somebody cancelled the current task. A half-open link ends in a CancelledError that nobody
    requested: that one is a lost link, while one that was requested has to be raised on."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def end_all(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel these and wait for their end, whatever it is. aiormq's channel, while it is closed, may swallow
    a cancellation, and the task would go on for ever: so it is repeated. What never ends is left behind."""
    tasks = list(tasks)
    for _ in range(CANCELLATIONS):
        if not (running := [task for task in tasks if not task.done()]):
            break
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)
    for task in tasks:
        if not task.done():
            log.error("task_does_not_end", task=repr(task)[:300])
        elif not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it
