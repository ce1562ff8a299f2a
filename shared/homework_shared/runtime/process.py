"""How a service process runs and shuts down."""

import asyncio
import faulthandler
import gc
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OVERDUE = 70
"""The exit code of a process that had to end itself: an internal error, as sysexits.h has it."""

YOUNG_OBJECTS = 10_000
"""How many new objects trigger a garbage collection. A batch of messages makes this many short-lived ones."""


STOP_SECONDS = 28.0
"""Shorter than the 30 seconds after which Docker, Kubernetes and `homework up` kill a process: if the process
ends itself, the log names the tasks that did not end."""


def run_until_signalled(
    main: Callable[[asyncio.Event], Awaitable[None]], stop_seconds: float = STOP_SECONDS
) -> None:
    """Run `main(stop)` on a new event loop; SIGTERM and SIGINT set `stop`.

    A process that is still running `stop_seconds` later ends at once. Its jobs survive that as they survive a
    power cut: they are not acknowledged, and the broker redelivers them.
    """
    overdue = threading.Timer(stop_seconds, _end_at_once, [stop_seconds])
    overdue.daemon = True

    async def signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def begin_to_stop() -> None:
            if not stop.is_set():
                overdue.start()
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            _on_signal(loop, number, begin_to_stop)
        await main(stop)

    # Imported objects are kept out of garbage collection, which saves a tenth of the CPU time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    try:
        with asyncio.Runner(loop_factory=_new_event_loop) as runner:
            runner.run(signalled())
    finally:
        overdue.cancel()


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ModuleNotFoundError:  # uvloop is not available on Windows.
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _on_signal(loop: asyncio.AbstractEventLoop, number: signal.Signals, act: Callable[[], None]) -> None:
    try:
        loop.add_signal_handler(number, act)
    except NotImplementedError:
        # Windows has no such handlers; there Python calls this one while the loop waits.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))


def _end_at_once(after_seconds: float) -> None:
    log.error(
        "stop_overdue",
        seconds=after_seconds,
        hint="this is a bug: report it together with the stack traces that follow",
    )
    faulthandler.dump_traceback()
    sys.stdout.flush()
    os._exit(OVERDUE)
