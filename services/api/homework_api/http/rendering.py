"""Renders files in a thread, so that the event loop is not blocked."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec

P = ParamSpec("P")

# A thread of their own, because a class of 300 is seconds of work: on the loop it would stop every
# other request, and a few of them would fill the threads that the loop looks up host names with.
_renderer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")


async def rendered(render: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs) -> bytes:
    """What `render` makes of the arguments, one file at a time."""
    return await asyncio.get_running_loop().run_in_executor(_renderer, lambda: render(*args, **kwargs))
