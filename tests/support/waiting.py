"""Waits for a condition and not for a fixed time."""

import asyncio
import os
import time
from collections.abc import Callable

SECONDS = float(os.environ.get("HOMEWORK_TEST_PATIENCE", "120"))
"""The longest wait for a condition. It is long, because a busy machine may stand still for seconds. It is
shortened while faults are put into the code, because conditions then often never hold.
"""


async def eventually(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until `condition` holds. It may be a plain function or a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            if await value if asyncio.iscoroutine(value) else value:
                return
            await asyncio.sleep(0.01)


async def early_in_the_minute() -> None:
    """Wait for the next minute if this one ends soon. Rate limits count by the minute. When it changes, they
    forget the requests of the minute before little by little, and let others pass.
    """
    second = time.time() % 60
    if second > 45:
        await asyncio.sleep(60.1 - second)


def wait_until(
    condition: Callable[[], object], seconds: float = 120, explain: Callable[[], str] = lambda: ""
) -> None:
    """The same in a thread that may block. `explain` gives the text of the error when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s\n{explain()}"
        time.sleep(0.05)
