"""The queues of the in-memory broker, with the rules by which RabbitMQ keeps, moves and drops messages."""

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass, field, replace

from homework_shared.errors import PublishRefused, Unroutable, Verdict
from homework_shared.messaging import topology
from homework_shared.messaging.transport import Death, Destination, Envelope, QueueDepth
from homework_shared.runtime.clock import utc_now


@dataclass
class Stored:
    envelope: Envelope
    user: str
    expires_at: float = math.inf
    deaths: tuple[Death, ...] = ()
    deliveries: int = 0


@dataclass
class Queue:
    spec: topology.Queue | None
    ready: deque[Stored] = field(default_factory=deque)
    unsettled: int = 0
    consumers: int = 0


class MemoryQueues:
    """The queues of our topology."""

    def __init__(self) -> None:
        self.queues = {queue.name: Queue(queue) for queue in topology.QUEUES}
        self._event = asyncio.Event()

    def depths(self) -> dict[str, QueueDepth]:
        self._expire()
        return {
            queue.name: QueueDepth(len(self.queues[queue.name].ready), self.queues[queue.name].consumers)
            for queue in topology.WORK_QUEUES
        }

    def route(self, destination: Destination, stored: Stored) -> None:
        """Put a message into the queues that are bound for it. Raises Unroutable and PublishRefused."""
        wanted = (destination.exchange, destination.key)
        targets = [
            binding.queue for binding in topology.BINDINGS if (binding.exchange, binding.key) == wanted
        ]
        if not targets:
            raise Unroutable
        for name in targets:
            self._enqueue(name, stored)
        self.wake()

    def pop(self, name: str, room: int) -> list[Stored]:
        self._expire()
        ready = self.queues[name].ready if name else deque[Stored]()
        taken = [ready.popleft() for _ in range(min(room, len(ready)))]
        for stored in taken:
            stored.deliveries += 1
            self.queues[name].unsettled += 1
        return taken

    def settled(self, name: str, stored: Stored, verdict: Verdict) -> None:
        queue = self.queues[name]
        queue.unsettled -= 1
        limit = int(queue.spec.limits["delivery-limit"]) if queue.spec else 0
        if verdict is Verdict.REJECT:
            self._dead_letter(name, stored, "rejected")
        elif verdict is Verdict.REQUEUE and stored.deliveries > limit:
            self._dead_letter(name, stored, "delivery_limit")
        elif verdict is Verdict.REQUEUE:
            queue.ready.appendleft(stored)
        self.wake()

    def wake(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def something_happened(self) -> None:
        """Wait for a change, or for the time at which a message may have expired."""
        event = self._event
        try:
            async with asyncio.timeout(0.02):
                await event.wait()
        except TimeoutError:
            return

    def _enqueue(self, name: str, stored: Stored) -> None:
        queue = self.queues[name]
        limit = queue.spec.limits.get("max-length") if queue.spec else None
        if limit is not None and len(queue.ready) + queue.unsettled >= int(limit):
            raise PublishRefused
        queue.ready.append(replace(stored))
        most = queue.spec.limits.get("max-length-bytes") if queue.spec else None
        while most is not None and sum(len(each.envelope.body) for each in queue.ready) > int(most):
            queue.ready.popleft()

    def _expire(self) -> None:
        # Messages expire at the head only: one behind a message that lives longer waits for it.
        for name, queue in self.queues.items():
            while queue.ready and queue.ready[0].expires_at <= time.monotonic():
                self._dead_letter(name, queue.ready.popleft(), "expired")

    def _dead_letter(self, name: str, stored: Stored, reason: str) -> None:
        spec = self.queues[name].spec
        if spec is None or spec.dead_letter_exchange is None:
            return
        died = (Death(name, reason, 1, utc_now()), *stored.deaths)
        dead = Stored(stored.envelope, stored.user, deaths=died)
        self.route(Destination(spec.dead_letter_exchange), dead)
