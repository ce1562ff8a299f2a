"""Renders files in a thread, so that the event loop is not blocked."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec

P = ParamSpec("P")

# Rendering has a separate thread, because a class of 300 takes seconds. On the event loop it would block
# every other request, and a few files at once would occupy the loop's threads, which also look up host names.
_renderer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")


async def rendered(render: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs) -> bytes:
    """The file that `render` makes of the arguments. One file is rendered at a time."""
    return await asyncio.get_running_loop().run_in_executor(_renderer, lambda: render(*args, **kwargs))
