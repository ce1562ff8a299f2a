"""Waiting for a condition instead of for a time."""

import asyncio
import time
from collections.abc import Callable


async def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
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
