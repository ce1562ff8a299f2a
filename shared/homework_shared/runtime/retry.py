"""Retries with exponential back-off: how long to wait between tries, and which errors are
worth another try.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from tenacity.stop import stop_base

from homework_shared.errors import TopologyMismatch, TransientError
from homework_shared.runtime.cancellation import end_all

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

RECOVERABLE: tuple[type[Exception], ...] = (TransientError, TopologyMismatch)

SETTLED_SECONDS = 10.0
"""A session that lasted this many seconds had a good link: after it, the back-off starts at its shortest wait
again."""


TOLD_AGAIN_SECONDS = 60.0
"""Seconds after which the log repeats an error that persists."""


@dataclass(frozen=True)
class Backoff:
    """Exponential back-off with full jitter between `initial_seconds` and `max_seconds`."""

    initial_seconds: float = 1.0
    max_seconds: float = 60.0


class _stop_when(stop_base):  # noqa: N801 - tenacity's own style for conditions
    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._stop.is_set()


class _News:
    """Decides whether an error is logged. A persisting error is logged once in a while, because an outage of
    a day has 86,400 tries.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: set[str] = set()
        self._since = clock()

    def is_new(self, error: str) -> bool:
        if self._clock() - self._since >= TOLD_AGAIN_SECONDS:
            self._told.clear()
            self._since = self._clock()
        if error in self._told:
            return False
        self._told.add(error)
        return True


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep for `seconds`, or until `stop` is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def retrying(
    what: str,
    stop: asyncio.Event,
    backoff: Backoff,
    retry_on: tuple[type[Exception], ...] = RECOVERABLE,
) -> AsyncRetrying:
    """Retry an async call on the errors of `retry_on` until it succeeds. Returns None if `stop` is set before
    that.
    """

    news = _News()

    def log_retry(state: RetryCallState) -> None:
        error = str(state.outcome.exception() if state.outcome else None)
        wait = round(state.next_action.sleep, 1) if state.next_action else 0
        if news.is_new(error):
            log.warning("retrying", what=what, error=error, attempt=state.attempt_number, wait_seconds=wait)

    async def sleep(seconds: float) -> None:
        await pause(stop, seconds)

    return AsyncRetrying(
        retry=retry_if_exception_type(retry_on),
        wait=wait_random_exponential(
            multiplier=backoff.initial_seconds, min=backoff.initial_seconds, max=backoff.max_seconds
        ),
        stop=_stop_when(stop),
        sleep=sleep,
        before_sleep=log_retry,
        retry_error_callback=lambda _: None,
    )


async def keep_running(
    what: str, session: Callable[[], Awaitable[None]], stop: asyncio.Event, backoff: Backoff
) -> None:
    """Run `session` again and again until `stop` is set. The wait grows while the session fails soon after
    its start.

    An error that is not worth another try is raised, so that the process ends and its supervisor sees the
    failure.
    """

    async def attempt() -> None:
        if stop.is_set():  # It was set during the wait. A new session would only be waited for.
            return
        started = time.monotonic()
        try:
            await session()
        except RECOVERABLE as error:
            if time.monotonic() - started < SETTLED_SECONDS:
                raise
            log.warning("session_lost", what=what, error=str(error))

    while not stop.is_set():
        await retrying(what, stop, backoff)(attempt)


async def until(stop: asyncio.Event, *work: Coroutine[Any, Any, None]) -> None:
    """Run all of `work` concurrently until `stop` is set or one coroutine ends, then cancel the others.

    Raises:
        Exception: the error of the first coroutine that failed.
    """
    stopping = asyncio.create_task(stop.wait())
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        await end_all([stopping, *tasks])
