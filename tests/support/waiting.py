"""Waiting for a condition instead of for a time."""

import asyncio
import os
import time
from collections.abc import Callable

SECONDS = float(os.environ.get("HOMEWORK_TEST_PATIENCE", "10"))
"""How long to wait for what does not come. While faults are put into the code it often does not."""


async def eventually(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """`condition` may be a plain function or a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            if await value if asyncio.iscoroutine(value) else value:
                return
            await asyncio.sleep(0.01)


def wait_until(
    condition: Callable[[], object], seconds: float = 15, explain: Callable[[], str] = lambda: ""
) -> None:
    """The same in a thread that may block. `explain` is asked for what to say when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s\n{explain()}"
        time.sleep(0.05)
