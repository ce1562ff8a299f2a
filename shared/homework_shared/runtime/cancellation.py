"""Tells a cancellation that somebody requested from one that a dead link raised by itself."""

import asyncio


def cancel_requested() -> bool:
    """Whether somebody cancelled the current task. A half-open link ends in a CancelledError that nobody
    requested: that one is a lost link, while one that was requested has to be raised on."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
