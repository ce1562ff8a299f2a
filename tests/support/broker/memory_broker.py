"""An in-memory broker with the rules of RabbitMQ that the services rely on.

These are the rules of docs/messages.md: messages expire at the head of a queue only, dead letters go to the
queue's exchange, deliveries are limited, a full queue refuses, a message without a queue is an error, and
deliveries come back when a link is lost. RabbitMQ passes the same tests (tests/contract).
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn

from homework_shared.errors import HomeworkError, LinkLost, MessageTooLarge, Verdict
from homework_shared.exercises.messages import MAX_BODY_BYTES
from homework_shared.messaging.transport import (
    Death,
    Delivery,
    Destination,
    Envelope,
    OutgoingMessage,
    QueueDepth,
)
from tests.support.broker.memory_queues import MemoryQueues, Stored

ONE_ACCOUNT = "guest"
"""The user of a client that names none, as on a broker where all services share one account."""


async def _go_on() -> None:
    pass


@dataclass
class Hooks:
    """The lines at which a test stops a process, by waiting or by raising LinkLost. The link itself stays
    intact, so only the process's handling of the error ends its session.
    """

    before_publish: Callable[[], Awaitable[None]] = _go_on
    """The broker has no message yet."""
    before_confirm: Callable[[], Awaitable[None]] = _go_on
    """The broker has the messages, and the publisher does not know it."""
    before_settle: Callable[[], Awaitable[None]] = _go_on
    """The consumer has its verdict, and the broker does not know it."""


@dataclass(eq=False)
class MemoryDelivery:
    """A message of the in-memory broker."""

    consumer: "MemoryConsumer"
    stored: Stored

    @property
    def envelope(self) -> Envelope:
        return self.stored.envelope

    @property
    def user_id(self) -> str:
        return self.stored.user

    @property
    def is_from_own_user(self) -> bool:
        return self.stored.user == self.consumer.user

    @property
    def redelivered(self) -> bool:
        return self.stored.deliveries > 1

    @property
    def earlier_deliveries(self) -> int:
        return self.stored.deliveries - 1

    @property
    def death_reason(self) -> str | None:
        return self.stored.deaths[-1].reason if self.stored.deaths else None

    @property
    def deaths(self) -> Sequence[Death]:
        return self.stored.deaths

    async def settle(self, verdict: Verdict) -> None:
        await self.consumer.before_settle()
        self.consumer.settle(self, verdict)


class MemoryConsumer:
    """A consumer on a queue of the in-memory broker."""

    def __init__(self, broker: "MemoryBroker", queue: str, prefetch: int, user: str) -> None:
        self._broker = broker
        self.user = user
        self._queue = queue
        self._prefetch = prefetch
        self.open = True
        self.taking = True
        self.unsettled: list[MemoryDelivery] = []
        self._before: list[MemoryDelivery] = []

    async def take(self, limit: int) -> Sequence[Delivery]:
        while True:
            self._check()
            if taken := self.take_now(limit):
                return taken
            await self._broker.something_happened()

    def take_now(self, limit: int) -> Sequence[Delivery]:
        room = min(limit, self._prefetch - len(self._of_subscription())) if self.taking else 0
        taken = [MemoryDelivery(self, stored) for stored in self._broker.pop(self._queue, room)]
        self.unsettled += taken
        return taken

    async def before_settle(self) -> None:
        await self._broker.hooks.before_settle()

    async def ack_through(self, last: Delivery) -> None:
        await self.before_settle()
        self._check()
        for delivery in list(self.unsettled):
            self.settle(delivery, Verdict.ACK)
            if delivery is last:
                return

    async def subscribe(self, prefetch: int) -> None:
        self._check()
        self._before = list(self.unsettled)
        self._prefetch, self.taking = prefetch, True
        self._broker.wake()

    async def stop_deliveries(self) -> None:
        self._check()
        self.taking = False

    def _of_subscription(self) -> list[MemoryDelivery]:
        return [delivery for delivery in self.unsettled if delivery not in self._before]

    def settle(self, delivery: MemoryDelivery, verdict: Verdict) -> None:
        self._check()
        if delivery not in self.unsettled:
            return
        self.unsettled.remove(delivery)
        self._broker.settled(self._queue, delivery.stored, verdict)

    def drop(self) -> None:
        """End the link. Unsettled deliveries return to the queue."""
        self.open = False
        for delivery in reversed(self.unsettled):
            self._broker.settled(self._queue, delivery.stored, Verdict.REQUEUE)
        self.unsettled.clear()

    def _check(self) -> None:
        if not self.open:
            raise LinkLost


class MemoryPublisher:
    """A publisher of the in-memory broker."""

    def __init__(self, broker: "MemoryBroker", user: str) -> None:
        self._broker = broker
        self._user = user
        self.open = True

    async def publish(self, destination: Destination, envelope: Envelope) -> None:
        [error] = await self.publish_many([(destination, envelope)])
        if error is not None:
            raise error

    async def publish_many(self, messages: Sequence[OutgoingMessage]) -> list[HomeworkError | None]:
        await asyncio.sleep(0)
        try:
            await self._broker.hooks.before_publish()
            outcomes = [self._attempt(destination, envelope) for destination, envelope in messages]
            await self._broker.hooks.before_confirm()
        except LinkLost as error:
            return [error] * len(messages)
        return outcomes if self.open else [LinkLost()] * len(messages)

    async def announce(self, destination: Destination, envelope: Envelope) -> None:
        if not self.open:
            raise LinkLost
        self._broker.statuses.append(Stored(envelope, self._user))
        self._broker.wake()

    async def watch(self) -> NoReturn:
        while self.open:
            await self._broker.something_happened()
        raise LinkLost

    def _attempt(self, destination: Destination, envelope: Envelope) -> HomeworkError | None:
        if not self.open:
            return LinkLost()
        if len(envelope.body) > MAX_BODY_BYTES:
            return MessageTooLarge(f"over {MAX_BODY_BYTES}")
        try:
            self._broker.route(destination, Stored(envelope, self._user, _expiry(envelope)))
        except HomeworkError as error:
            return error
        return None


class MemoryMonitor:
    """Statuses that were announced after it was opened, and queue depths."""

    def __init__(self, broker: "MemoryBroker", user: str) -> None:
        self._broker = broker
        self._seen = len(broker.statuses)
        self._consumer = MemoryConsumer(broker, "", 0, user)

    async def take(self, limit: int) -> Sequence[Delivery]:
        while len(self._broker.statuses) == self._seen:
            await self._broker.something_happened()
        news = self._broker.statuses[self._seen : self._seen + limit]
        self._seen += len(news)
        return [MemoryDelivery(self._consumer, stored) for stored in news]

    async def depths(self) -> Mapping[str, QueueDepth]:
        return self._broker.depths()


class MemoryProber:
    """A prober of the in-memory broker."""

    def __init__(self, broker: "MemoryBroker") -> None:
        self._broker = broker

    async def check(self) -> None:
        if not self._broker.up:
            raise LinkLost("the broker is down")
        if self._broker.queues_fail_with is not None:
            raise self._broker.queues_fail_with


class MemoryBroker(MemoryQueues):
    """Our topology in memory. While `up` is False it refuses links, and `drop_links` ends the open ones. A
    probe of its queues raises `queues_fail_with`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.up = True
        self.hooks = Hooks()
        self.queues_fail_with: HomeworkError | None = None
        self.statuses: list[Stored] = []
        self._consumers: list[MemoryConsumer] = []
        self._publishers: list[MemoryPublisher] = []
        self._browsing = asyncio.Lock()

    @property
    def announced(self) -> list[Envelope]:
        return [stored.envelope for stored in self.statuses]

    @asynccontextmanager
    async def publisher(self, user: str = ONE_ACCOUNT) -> AsyncIterator[MemoryPublisher]:
        self._check_up()
        publisher = MemoryPublisher(self, user)
        self._publishers.append(publisher)
        try:
            yield publisher
        finally:
            publisher.open = False
            self._publishers.remove(publisher)

    @asynccontextmanager
    async def consumer(
        self, queue: str, prefetch: int, user: str = ONE_ACCOUNT
    ) -> AsyncIterator[MemoryConsumer]:
        self._check_up()
        consumer = MemoryConsumer(self, queue, prefetch, user)
        self._consumers.append(consumer)
        self.queues[queue].consumers += 1
        try:
            yield consumer
        finally:
            consumer.drop()
            self._consumers.remove(consumer)
            self.queues[queue].consumers -= 1

    @asynccontextmanager
    async def monitor(self, user: str = ONE_ACCOUNT) -> AsyncIterator[MemoryMonitor]:
        self._check_up()
        yield MemoryMonitor(self, user)

    @asynccontextmanager
    async def prober(self) -> AsyncIterator[MemoryProber]:
        self._check_up()
        yield MemoryProber(self)

    @asynccontextmanager
    async def browse(
        self, queue: str, limit: int, user: str = ONE_ACCOUNT
    ) -> AsyncIterator[Sequence[Delivery]]:
        async with self._browsing, self.consumer(queue, limit, user) as consumer:
            yield consumer.take_now(limit)

    @property
    def deliveries_stopped(self) -> bool:
        """Whether there are consumers and all of them have stopped their deliveries."""
        return bool(self._consumers) and not any(consumer.taking for consumer in self._consumers)

    @property
    def links(self) -> int:
        """The number of connected publishers and consumers."""
        return len(self._publishers) + len(self._consumers)

    def drop_links(self) -> None:
        for consumer in self._consumers:
            consumer.drop()
        for publisher in self._publishers:
            publisher.open = False
        self.wake()

    def _check_up(self) -> None:
        if not self.up:
            raise LinkLost("the broker is down")


def _expiry(envelope: Envelope) -> float:
    return math.inf if envelope.expires_in_ms is None else time.monotonic() + envelope.expires_in_ms / 1000
