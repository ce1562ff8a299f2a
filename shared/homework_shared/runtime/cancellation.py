"""Telling a cancellation that was asked for from one that a dead link raised by itself."""

import asyncio


def cancel_requested() -> bool:
    """Whether somebody cancelled the current task. A half-open link ends in a bare CancelledError
    that nobody asked for: that one is a lost link, while one that was asked for must go on being one."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
