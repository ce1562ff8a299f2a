"""How to tell a requested cancellation from one that a library raised, and how to end tasks
that swallow one.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

CANCEL_AGAIN_SECONDS = 5.0
"""Longer than what a cancelled task may still have to do: close its link, give its leases back."""
CANCELLATIONS = 3


def cancel_requested() -> bool:
    """Whether the current task was cancelled on purpose.

    A half-open connection also ends in a CancelledError, which no caller requested: that one is handled as a
    lost link. A requested cancellation has to be raised on.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def end_all(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel the tasks and wait for their end, whatever their outcome.

    aiormq may swallow a cancellation while it closes a channel, and the task would run on for ever; so the
    cancellation is repeated. A task that still does not end is left behind.
    """
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
            # The exception is retrieved, so that asyncio does not report it as never retrieved.
            task.exception()
