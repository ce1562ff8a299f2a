"""Notifies waiting requests of this process when an assignment may have changed."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator


class Subscription:
    """Wakes the coroutine that holds it. A notification between `rearm` and `wait` is not missed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def rearm(self) -> None:
        """Forget earlier notifications. Call it before reading the assignment."""
        self._event.clear()

    def wake(self) -> None:
        self._event.set()

    async def wait(self, timeout_seconds: float) -> None:
        """Wait for a notification, but no longer than the timeout."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._event.wait()


class AssignmentEvents:
    """Passes notifications to subscribers. An assignment is held only while it has a subscriber, so the
    table does not grow."""

    def __init__(self) -> None:
        self._subscriptions: dict[int, set[Subscription]] = {}

    def notify(self, assignment_ids: Iterable[int]) -> None:
        """Wake the subscribers of these assignments, which may have changed. Call it after the commit."""
        for assignment_id in assignment_ids:
            for subscription in self._subscriptions.get(assignment_id, ()):
                subscription.wake()

    @contextlib.contextmanager
    def subscribe(self, assignment_id: int) -> Iterator[Subscription]:
        subscription = Subscription()
        waiting = self._subscriptions.setdefault(assignment_id, set())
        waiting.add(subscription)
        try:
            yield subscription
        finally:
            waiting.discard(subscription)
            # Only our own set is removed, because a later subscriber may have started a new one.
            if not waiting and self._subscriptions.get(assignment_id) is waiting:
                del self._subscriptions[assignment_id]
