"""Limits how many jobs a worker holds at once: new jobs up to its full concurrency, redelivered jobs in small
groups.

When a worker dies, the broker counts one more delivery for every job that it held: for the job that killed it
and for all others alike. If the same jobs were taken together again, all of them would reach the delivery
limit, and one bad job would cost all of them the GPU. So redelivered jobs are taken in smaller groups each
time, and finally one by one. New jobs are taken when no redelivered job is left.
"""

import asyncio
import math
from collections import Counter

from homework_shared.messaging.transport import Consumer, Delivery

ALONE_AFTER = 3
"""After this many deliveries a job is taken alone. The delivery limit of generation.jobs then leaves it three
tries."""


def group_size(most: int, earlier_deliveries: int) -> int:
    """How many jobs may run together if one of them was delivered `earlier_deliveries` times before. A worker
    of 20 jobs takes 20, 7, 3 and then 1.

    A lost link counts like a dead worker, so the groups shrink slowly enough to keep a GPU busy after one.
    """
    left = max(0, ALONE_AFTER - earlier_deliveries)
    return max(1, round(math.pow(most, left / ALONE_AFTER)))


class _Jobs:
    """Some jobs, counted by how often each was delivered before. With hundreds of jobs in hand it would take
    too long to look at all of them for each job that comes or goes.
    """

    def __init__(self) -> None:
        self._jobs: dict[Delivery, int] = {}
        self._counts: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def most_deliveries(self) -> int:
        """The earlier deliveries of the job that has most of them, 0 if there is no job."""
        return max(self._counts, default=0)

    def add(self, job: Delivery) -> None:
        self._jobs[job] = job.earlier_deliveries
        self._counts[self._jobs[job]] += 1

    def discard(self, job: Delivery) -> None:
        earlier = self._jobs.pop(job, None)
        if earlier is None:
            return
        self._counts[earlier] -= 1
        if not self._counts[earlier]:
            del self._counts[earlier]


class Window:
    """The jobs that the worker holds, how many of them may run, and the consumer's prefetch for them.

    It begins with one job, which shows whether there are redelivered jobs: the broker delivers those first.
    """

    def __init__(self, consumer: Consumer, most: int) -> None:
        self._consumer = consumer
        self._most = most
        self._subscribed = 1
        self._in_hand = _Jobs()
        self._running = _Jobs()
        self._changed = asyncio.Condition()
        self._closed = False

    async def admit(self, job: Delivery) -> None:
        """Wait until this job may run beside the running ones. Raises LinkLost."""
        async with self._changed:
            self._in_hand.add(job)
            await self._adjust()
            await self._changed.wait_for(lambda: self._has_room_for(job))
            self._running.add(job)

    async def remove(self, job: Delivery) -> None:
        """The job is settled and no longer counts. Raises LinkLost."""
        async with self._changed:
            self._in_hand.discard(job)
            self._running.discard(job)
            await self._adjust()
            self._changed.notify_all()

    async def close(self) -> None:
        """Stop the delivery of jobs. Jobs that the worker holds can still be settled. Raises LinkLost."""
        async with self._changed:
            self._closed = True
            await self._consumer.stop_deliveries()

    def _has_room_for(self, job: Delivery) -> bool:
        worst = max(job.earlier_deliveries, self._running.most_deliveries)
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
        """How many jobs to hold beside the current ones.

        0 means that a redelivered job arrived while others were running: no more jobs are taken until the
        worker holds none, and then one is taken.
        """
        if len(self._in_hand) == 0:
            return self._subscribed or 1
        size = group_size(self._most, self._in_hand.most_deliveries)
        if not self._subscribed or size < self._subscribed:
            return 0
        if size == self._most:
            return size
        is_first = self._subscribed == 1 and len(self._in_hand) == 1
        return max(1, size - 1) if is_first else self._subscribed
