"""Consuming from RabbitMQ: a consumer that gives deliveries in order and notices its own death."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelClosed,
    ProbableAuthenticationError,
)
from aiormq.abc import DeliveredMessage, FrameType
from pamqp import commands

from homework_shared.errors import HomeworkError, LinkLost, QueueLocked, Verdict
from homework_shared.messaging.batching import Batcher
from homework_shared.messaging.pipelining import raw_channel, write
from homework_shared.messaging.topology import LOCK_QUEUE_PREFIX
from homework_shared.messaging.transport import Death, Delivery, Envelope
from homework_shared.runtime.cancellation import cancel_requested

LOCK_POLL_SECONDS = 0.1
MAX_HELD_BYTES = 64 * 1024 * 1024


@contextlib.contextmanager
def link_errors(doing: str) -> Iterator[None]:
    """Turn whatever a broken link raises into LinkLost."""
    try:
        yield
    except HomeworkError:
        raise
    except asyncio.CancelledError:
        if cancel_requested():
            raise
        raise LinkLost(f"{doing}: the connection went silent") from None
    except (AuthenticationError, ProbableAuthenticationError) as error:
        raise LinkLost(
            f"{doing}: the broker refused this user or password; check AMQP_URL or get a new ticket"
        ) from error
    except TimeoutError as error:
        raise LinkLost(f"{doing}: no answer from the broker in time") from error
    except CONNECTION_EXCEPTIONS as error:
        raise LinkLost(f"{doing}: {_in_words(error)}"[:300]) from error


def _in_words(error: Exception) -> str:
    # aiormq wraps what the TLS handshake raised.
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message.rstrip(".")
        return f"this is not the broker the ticket was made for ({why}): get a new ticket"
    return str(error) or type(error).__name__


class LinkWatch:
    """Remembers that a channel is gone, and wakes whoever waits on it."""

    def __init__(self, channel: AbstractChannel) -> None:
        self.changed = asyncio.Event()
        self._reason: str | None = None
        channel.close_callbacks.add(self._on_close)

    def lose(self, reason: str) -> None:
        self._reason = self._reason or reason
        self.changed.set()

    def check(self) -> None:
        if self._reason is not None:
            raise LinkLost(self._reason)

    async def until_lost(self, seconds: float) -> None:
        """Wait `seconds`. Raises LinkLost as soon as the link is gone."""
        try:
            async with asyncio.timeout(seconds):
                while self._reason is None:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return
        self.check()

    def _on_close(self, _channel: object, error: BaseException | None = None) -> None:
        self.lose(f"the channel was closed: {error or 'connection lost'}"[:300])


async def ping_for_ever(ping: Callable[[], Awaitable[None]], link: LinkWatch, every_seconds: float) -> None:
    """The watchdog: a link or consumer that died without a word fails its ping. Raises LinkLost."""
    while True:
        await link.until_lost(every_seconds)
        try:
            await ping()
        except (TimeoutError, *CONNECTION_EXCEPTIONS) as error:
            link.lose(f"the watchdog got no answer: {error or type(error).__name__}"[:300])
        except asyncio.CancelledError:
            if cancel_requested():
                raise
            link.lose("the connection went silent")


@dataclass(frozen=True, slots=True)
class RabbitDelivery:
    """A message from RabbitMQ."""

    tag: int
    redelivered: bool
    envelope: Envelope
    headers: Mapping[str, Any]
    answer: Callable[[FrameType], Awaitable[object]]
    """Sends an acknowledgement. Raises LinkLost."""

    @property
    def death_reason(self) -> str | None:
        return self.envelope.headers.get("x-first-death-reason")

    @property
    def deaths(self) -> Sequence[Death]:
        return [_death(each) for each in self._told_deaths or ()]

    @property
    def _told_deaths(self) -> list[dict[str, Any]] | None:
        """None when a publisher made up what only the broker can know."""
        told: Any = self.headers.get("x-death", [])
        is_a_history = isinstance(told, list) and all(isinstance(each, dict) for each in told)
        return told if is_a_history else None

    async def settle(self, verdict: Verdict) -> None:
        await self.answer(self._frame(verdict))

    def _frame(self, verdict: Verdict) -> FrameType:
        match verdict:
            case Verdict.REQUEUE:
                return commands.Basic.Nack(delivery_tag=self.tag, requeue=True)
            case Verdict.REJECT if self._told_deaths is not None:
                return commands.Basic.Reject(delivery_tag=self.tag, requeue=False)
        # Done; or unreadable: dead-lettered it would end RabbitMQ 3.10's dead-lettering of this whole queue.
        return commands.Basic.Ack(delivery_tag=self.tag)


class RabbitConsumer:
    """A consumer on one queue. A broken link raises LinkLost in `take`, buffered messages or not:
    their delivery tags are void and the broker delivers them again."""

    def __init__(self, channel: AbstractChannel, queue: str, timeout: float, *, no_ack: bool = False) -> None:
        self.link = LinkWatch(channel)
        self._channel = channel
        self._queue_name = queue
        self._timeout = timeout
        self._no_ack = no_ack
        self._arrived: deque[RabbitDelivery] = deque()
        self._consumer_tag: str | None = None
        self._answers = Batcher(self._answer)

    async def start(self) -> None:
        raw = await raw_channel(self._channel)
        raw.on_consumer_cancel_callbacks.add(self._on_cancelled)
        # Below aio-pika, which makes a second task and an object of thirty fields of each message.
        consumer = await raw.basic_consume(
            self._queue_name, self._on_message, no_ack=self._no_ack, timeout=self._timeout
        )
        self._consumer_tag = consumer.consumer_tag

    async def take(self, limit: int) -> Sequence[Delivery]:
        self.link.check()
        while not self._arrived:
            self.link.changed.clear()
            await self.link.changed.wait()
            self.link.check()
        return [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]

    async def ack_through(self, last: Delivery) -> None:
        if not isinstance(last, RabbitDelivery):
            raise TypeError("this delivery came from another broker")
        self.link.check()
        await self._answers(commands.Basic.Ack(delivery_tag=last.tag, multiple=True))

    async def stop_deliveries(self) -> None:
        if self._consumer_tag is None:
            return
        try:
            async with asyncio.timeout(self._timeout):
                await (await raw_channel(self._channel)).basic_cancel(self._consumer_tag)
        except (TimeoutError, *CONNECTION_EXCEPTIONS) as error:
            raise LinkLost(f"cancelling the consumer: {error or type(error).__name__}"[:300]) from error

    async def ping(self) -> None:
        """A round trip that fails when the link or the queue is gone."""
        async with asyncio.timeout(self._timeout):
            await self._channel.get_queue(self._queue_name, ensure=True)

    async def _answer(self, frames: Sequence[FrameType]) -> Sequence[None]:
        self.link.check()
        with link_errors("acknowledging"):
            await write(await raw_channel(self._channel), frames)
        return [None] * len(frames)

    async def _on_message(self, message: DeliveredMessage) -> None:
        self._arrived.append(_delivery(message, self._answers))
        self.link.changed.set()

    def _on_cancelled(self, _frame: object) -> None:
        # The broker ends a consumer whose queue is deleted; the channel itself stays open.
        self.link.lose(f"the broker cancelled the consumer of {self._queue_name}")


async def lock(connection: AbstractConnection, queue: str, seconds: float) -> None:
    """Be the only holder of `queue` until the connection ends. An exclusive queue is a lock that the
    broker itself frees with its owner. Raises QueueLocked."""
    give_up = asyncio.get_running_loop().time() + seconds
    with link_errors(f"locking {queue}"):
        while not await _is_ours(connection, f"{LOCK_QUEUE_PREFIX}{queue}", seconds):
            if asyncio.get_running_loop().time() > give_up:
                raise QueueLocked(f"somebody else is looking into {queue}")
            await asyncio.sleep(LOCK_POLL_SECONDS)


async def _is_ours(connection: AbstractConnection, name: str, seconds: float) -> bool:
    # A refusal closes its channel, so each try has one of its own.
    async with asyncio.timeout(seconds), connection.channel() as channel:
        try:
            await channel.declare_queue(name, exclusive=True)
        except ChannelClosed as error:
            if "RESOURCE_LOCKED" not in str(error):
                raise
            return False
    return True


async def read_queue(channel: AbstractChannel, name: str, limit: int, seconds: float) -> list[RabbitDelivery]:
    """What is in a queue now. Fetched one by one: a consumer could not tell when it has everything."""
    raw = await raw_channel(channel)

    async def answer(frame: FrameType) -> None:
        with link_errors("acknowledging"):
            await write(raw, [frame])

    deliveries: list[RabbitDelivery] = []
    size = 0
    while len(deliveries) < limit and size < MAX_HELD_BYTES:
        message = await raw.basic_get(name, timeout=seconds)
        if isinstance(message.delivery, commands.Basic.GetEmpty):
            break
        size += len(message.body)
        deliveries.append(_delivery(message, answer))
    return deliveries


def _death(told: dict[str, Any]) -> Death:
    at, count = told.get("time"), told.get("count")
    return Death(
        queue=str(told.get("queue", "")),
        reason=str(told.get("reason", "")),
        count=count if isinstance(count, int) else 1,
        at=at if isinstance(at, datetime) else datetime.fromtimestamp(0, UTC),
    )


def _delivery(message: DeliveredMessage, answer: Callable[[FrameType], Awaitable[object]]) -> RabbitDelivery:
    properties = message.header.properties
    headers = properties.headers or {}
    texts = {key: value for key, value in headers.items() if isinstance(value, str)}
    envelope = Envelope(properties.message_type or "", properties.message_id or "", message.body, texts)
    tag, redelivered = message.delivery_tag or 0, bool(message.redelivered)
    return RabbitDelivery(tag, redelivered, envelope, headers, answer)
