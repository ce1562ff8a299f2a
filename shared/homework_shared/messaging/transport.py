"""What the services need from a message broker, and nothing more.

`broker.RabbitBroker` implements it over AMQP. The tests have another implementation in memory; both pass
the tests in `tests/contract/broker`, so the one in memory cannot differ unnoticed.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from homework_shared.errors import HomeworkError, Verdict
from homework_shared.exercises.messages import Message


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message is published: an exchange and a routing key."""

    exchange: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it travels. `expires_in_ms` None means it never expires."""

    type: str
    message_id: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    expires_in_ms: int | None = None


INSTALLATION_HEADER = "homework-installation"
"""Whose job it is: the API sets it, and workers give it back with the result."""

OutgoingMessage = tuple[Destination, Envelope]


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Messages ready for delivery, and consumers, of one queue."""

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class Death:
    """A queue dead-lettered a message, `count` times for this reason."""

    queue: str
    reason: str
    count: int
    at: datetime


def envelop(
    message: Message,
    message_id: str,
    *,
    headers: Mapping[str, str] | None = None,
    expires_in_ms: int | None = None,
) -> Envelope:
    """Put a message into its envelope, its class name as the type."""
    return Envelope(type(message).__name__, message_id, message.encode(), headers or {}, expires_in_ms)


class Delivery(Protocol):
    """One message delivered to us. It stays ours until it is settled or the link is lost."""

    @property
    def envelope(self) -> Envelope: ...

    @property
    def user_id(self) -> str | None:
        """The broker's user who published it; the broker lets nobody name another. None: nobody was named."""

    @property
    def is_from_own_user(self) -> bool:
        """Whether the user who published it is the one who receives it."""

    @property
    def redelivered(self) -> bool: ...

    @property
    def earlier_deliveries(self) -> int:
        """How often this message was delivered before and came back: requeued, or its link was lost."""

    @property
    def death_reason(self) -> str | None:
        """Why the broker dead-lettered this message first: expired, rejected, delivery_limit."""

    @property
    def deaths(self) -> Sequence[Death]:
        """The broker's history of its deaths, the last one first."""

    async def settle(self, verdict: Verdict) -> None:
        """Tell the broker the verdict. Raises LinkLost."""


class Consumer(Protocol):
    """A consumer on one queue."""

    async def take(self, limit: int) -> Sequence[Delivery]:
        """Wait for a message, then take what has already arrived, at most `limit`, in order.

        Raises:
            LinkLost: the connection, the channel or the consumer is gone; all deliveries that
                are not settled will be delivered again.
        """

    async def ack_through(self, last: Delivery) -> None:
        """Acknowledge `last` and every earlier delivery of this consumer that is not settled."""

    async def subscribe(self, prefetch: int) -> None:
        """Have at most `prefetch` unsettled messages from now on, beside those here. Raises LinkLost."""

    async def stop_deliveries(self) -> None:
        """Ask for no more messages; what was delivered can still be settled. Raises LinkLost."""


class Publisher(Protocol):
    """Publishes persistent messages, each under its user's name, and waits for the broker's confirmation."""

    async def publish(self, destination: Destination, envelope: Envelope) -> None:
        """Returns once the broker has the message on disk.

        Raises:
            MessageTooLarge: nobody would read it; it is not sent.
            Unroutable: no queue is bound for `destination`.
            PublishRefused: the queue is full or the broker is in an alarm. After an alarm the
                message may arrive all the same: consumers must be idempotent.
            LinkLost: the connection is gone; whether the message arrived is not known.
        """

    async def publish_many(self, messages: Sequence[OutgoingMessage]) -> Sequence[HomeworkError | None]:
        """Publish pipelined; one outcome per message, in order: None or the error of `publish`."""

    async def announce(self, destination: Destination, envelope: Envelope) -> None:
        """Publish a transient message that nobody has to receive. Raises LinkLost."""

    async def watch(self) -> None:
        """Return never; raises LinkLost when the connection is gone."""


class Monitor(Protocol):
    """Watches the broker: generator statuses as they are announced, and queue depths."""

    async def take(self, limit: int) -> Sequence[Delivery]:
        """As `Consumer.take`, from a queue of its own on the status exchange. There is nothing to settle."""

    async def depths(self) -> Mapping[str, QueueDepth]:
        """Depth of each queue that holds work. Raises LinkLost."""


class Prober(Protocol):
    """Finds out whether queues work, which a broker that answers does not say."""

    async def check(self) -> None:
        """Have a message confirmed and read.

        Raises:
            QueuesDown: the broker answers and its queues do not.
            PublishRefused: the broker is in an alarm.
            TopologyMismatch: the broker has lost its queues.
            LinkLost: the broker does not answer.
        """


class Broker(Protocol):
    """A broker that has our topology. Each context manager opens a connection of its own.

    Entering one raises LinkLost when the broker cannot be reached or refuses us, and
    TopologyMismatch when it lacks what `topology` names.
    """

    def publisher(self) -> AbstractAsyncContextManager[Publisher]: ...

    def consumer(self, queue: str, prefetch: int) -> AbstractAsyncContextManager[Consumer]: ...

    def monitor(self) -> AbstractAsyncContextManager[Monitor]: ...

    def prober(self) -> AbstractAsyncContextManager[Prober]: ...

    def browse(self, queue: str, limit: int) -> AbstractAsyncContextManager[Sequence[Delivery]]:
        """The first `limit` messages that are in `queue` now. Nobody else gets them until the block ends, and
        what is not settled by then goes back. One caller browses a queue at a time, others wait.

        Raises:
            QueueLocked: somebody else was still browsing when the time was up.
        """
