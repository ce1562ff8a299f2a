"""Consuming from RabbitMQ: an inbox that gives deliveries in order and notices its own death."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from homework_shared.cancellation import was_asked_for
from homework_shared.errors import LinkLost, Verdict
from homework_shared.transport import Delivery, Envelope


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
            if was_asked_for():
                raise
            link.lose("the connection went silent")


@dataclass(frozen=True, slots=True)
class RabbitDelivery:
    """A message from RabbitMQ."""

    message: AbstractIncomingMessage
    envelope: Envelope

    @property
    def redelivered(self) -> bool:
        return bool(self.message.redelivered)

    @property
    def death_reason(self) -> str | None:
        return self.envelope.headers.get("x-first-death-reason")

    async def settle(self, verdict: Verdict) -> None:
        try:
            await self._settle(verdict)
        except CONNECTION_EXCEPTIONS as error:
            raise LinkLost(f"settling a delivery: {error or type(error).__name__}"[:300]) from error

    async def _settle(self, verdict: Verdict) -> None:
        match verdict:
            case Verdict.ACK:
                await self.message.ack()
            case Verdict.REQUEUE:
                await self.message.nack(requeue=True)
            case Verdict.REJECT:
                await self.message.reject(requeue=False)


class RabbitInbox:
    """A consumer on one queue. A broken link raises LinkLost in `take`, buffered messages or not:
    their delivery tags are void and the broker delivers them again."""

    def __init__(self, channel: AbstractChannel, queue: str, timeout: float, *, no_ack: bool = False) -> None:
        self.link = LinkWatch(channel)
        self._channel = channel
        self._queue_name = queue
        self._timeout = timeout
        self._no_ack = no_ack
        self._arrived: deque[RabbitDelivery] = deque()
        self._queue: AbstractQueue | None = None
        self._tag: str | None = None

    async def start(self) -> None:
        underlay = await self._channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(self._on_cancelled)
        self._queue = await self._channel.get_queue(self._queue_name, ensure=False)
        self._tag = await self._queue.consume(self._on_message, no_ack=self._no_ack, timeout=self._timeout)

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
        try:
            await last.message.ack(multiple=True)
        except CONNECTION_EXCEPTIONS as error:
            raise LinkLost(f"acknowledging: {error or type(error).__name__}"[:300]) from error

    async def stop_deliveries(self) -> None:
        if self._queue is None or self._tag is None:
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._queue.cancel(self._tag)
        except (TimeoutError, *CONNECTION_EXCEPTIONS) as error:
            raise LinkLost(f"cancelling the consumer: {error or type(error).__name__}"[:300]) from error

    async def ping(self) -> None:
        """A round trip that fails when the link or the queue is gone."""
        async with asyncio.timeout(self._timeout):
            await self._channel.get_queue(self._queue_name, ensure=True)

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        self._arrived.append(RabbitDelivery(message, _envelope(message)))
        self.link.changed.set()

    def _on_cancelled(self, _frame: object) -> None:
        # The broker ends a consumer whose queue is deleted; the channel itself stays open.
        self.link.lose(f"the broker cancelled the consumer of {self._queue_name}")


def _envelope(message: AbstractIncomingMessage) -> Envelope:
    headers = {key: value for key, value in message.headers.items() if isinstance(value, str)}
    return Envelope(message.type or "", message.message_id or "", message.body, headers)
