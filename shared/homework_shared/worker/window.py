"""How many jobs a worker holds at once: all it can, but few of those that were there when a worker died.

The broker counts a delivery of every job that a dead worker held, of the one that killed it and of its
neighbours alike. Taken together again and again, all of them would reach the delivery limit and lose the
GPU for one bad job. So jobs that were delivered before are taken in smaller groups each time and at last
alone; new jobs come when none of these is left.
"""

import asyncio
import math

from homework_shared.messaging.transport import Consumer, Delivery

ALONE_AFTER = 3
"""Deliveries after which a job is taken alone. The limit of generation.jobs leaves it three tries then."""


def group_size(most: int, earlier_deliveries: int) -> int:
    """How many jobs may be tried together of which one was delivered so often before: for a worker of 20 jobs
    20, 7, 3 and then 1. A lost link counts like a dead worker, so a GPU has enough to do after one."""
    left = max(0, ALONE_AFTER - earlier_deliveries)
    return max(1, round(math.pow(most, left / ALONE_AFTER)))


class Window:
    """The jobs in hand, how many of them may run, and the subscription that fits them. It begins with one
    job, which tells whether there are any that were delivered before: the broker gives those first."""

    def __init__(self, consumer: Consumer, most: int) -> None:
        self._consumer = consumer
        self._most = most
        self._subscribed = 1
        self._in_hand: dict[Delivery, int] = {}
        self._running: set[Delivery] = set()
        self._changed = asyncio.Condition()
        self._closed = False

    async def admit(self, job: Delivery) -> None:
        """Wait until this job may run beside those that do. Raises LinkLost."""
        async with self._changed:
            self._in_hand[job] = job.earlier_deliveries
            await self._adjust()
            await self._changed.wait_for(lambda: self._has_room_for(job))
            self._running.add(job)

    async def remove(self, job: Delivery) -> None:
        """It is settled. Raises LinkLost."""
        async with self._changed:
            self._in_hand.pop(job, None)
            self._running.discard(job)
            await self._adjust()
            self._changed.notify_all()

    async def close(self) -> None:
        """Have no more jobs delivered; those in hand can still be settled. Raises LinkLost."""
        async with self._changed:
            self._closed = True
            await self._consumer.stop_deliveries()

    def _has_room_for(self, job: Delivery) -> bool:
        worst = max(self._in_hand[each] for each in (job, *self._running))
        return len(self._running) < group_size(self._most, worst)

    async def _adjust(self) -> None:
        wanted = self._wanted()
        if self._closed or wanted == self._subscribed:
            return
        self._subscribed = wanted
        if wanted:
            await self._consumer.subscribe(wanted)
        else:
            await self._consumer.stop_deliveries()

    def _wanted(self) -> int:
        """How many jobs to have beside those in hand. 0 is for a suspect that came too late to be kept away
        from others: no more come until the hand is empty, and then one."""
        if not self._in_hand:
            return self._subscribed or 1
        size = group_size(self._most, max(self._in_hand.values()))
        if not self._subscribed or size < self._subscribed:
            return 0
        if size == self._most:
            return size
        is_first = self._subscribed == 1 and len(self._in_hand) == 1
        return max(1, size - 1) if is_first else self._subscribed
