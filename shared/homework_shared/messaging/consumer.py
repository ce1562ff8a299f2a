"""Consumes from RabbitMQ: ordered deliveries, batched acknowledgements, and a check for a dead consumer."""

import asyncio
from collections import deque
from collections.abc import Sequence

from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.abc import FrameType
from pamqp import commands

from homework_shared.errors import LinkLost
from homework_shared.messaging.aio_pika_internals import raw_channel, receiving_of, user_of
from homework_shared.messaging.batching import Batcher
from homework_shared.messaging.delivery import RabbitDelivery
from homework_shared.messaging.link import LinkWatch, link_errors
from homework_shared.messaging.pipelining import call_when_cancelled, write
from homework_shared.messaging.receiving import Received
from homework_shared.messaging.transport import Delivery


class RabbitConsumer:
    """A consumer on one queue. A broken link raises LinkLost in `take`, whether messages have arrived or not:
    their delivery tags are void and the broker delivers them again."""

    def __init__(
        self,
        connection: AbstractConnection,
        channel: AbstractChannel,
        queue: str,
        call_seconds: float,
        *,
        no_ack: bool = False,
    ) -> None:
        self.link = LinkWatch(channel)
        self._receiving = receiving_of(connection)
        self._channel = channel
        self._queue_name = queue
        self._user = user_of(connection)
        self._call_seconds = call_seconds
        self._no_ack = no_ack
        self._arrived: deque[RabbitDelivery] = deque()
        self._tag: str | None = None
        self._acknowledge = Batcher(self._write)

    async def start(self) -> None:
        """Subscribe for the first time. Raises what the AMQP client does."""
        raw = await raw_channel(self._channel)
        call_when_cancelled(raw, self._on_cancelled)
        self._receiving.receive(raw.number, self._on_message)
        await self._consume()

    async def subscribe(self, prefetch: int) -> None:
        # RabbitMQ applies a prefetch to the subscriptions that come after it.
        await self.stop_deliveries()
        with link_errors("subscribing again"):
            await self._channel.set_qos(prefetch, timeout=self._call_seconds)
            await self._consume()

    async def _consume(self) -> None:
        raw = await raw_channel(self._channel)
        consuming = await raw.basic_consume(
            self._queue_name, self._on_missed, no_ack=self._no_ack, timeout=self._call_seconds
        )
        self._tag = consuming.consumer_tag

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
        await self._acknowledge(commands.Basic.Ack(delivery_tag=last.tag, multiple=True))

    async def stop_deliveries(self) -> None:
        if self._tag is None:
            return
        try:
            async with asyncio.timeout(self._call_seconds):
                await (await raw_channel(self._channel)).basic_cancel(self._tag)
            self._tag = None
        except (TimeoutError, *CONNECTION_EXCEPTIONS) as error:
            raise LinkLost(f"cancelling the consumer: {str(error) or type(error).__name__}"[:300]) from error

    async def ping(self) -> None:
        """A round trip that fails when the link or the queue is gone."""
        async with asyncio.timeout(self._call_seconds):
            await self._channel.get_queue(self._queue_name, ensure=True)

    async def _write(self, frames: Sequence[FrameType]) -> Sequence[None]:
        self.link.check()
        with link_errors("acknowledging"):
            await write(await raw_channel(self._channel), frames)
        return [None] * len(frames)

    def _on_message(self, message: Received) -> None:
        self._arrived.append(RabbitDelivery.of(message, self._acknowledge, self._user))
        self.link.changed.set()

    async def _on_missed(self, _message: object) -> None:
        self.link.lose("a delivery was not received but left to aiormq: this is a bug: report it")

    def _on_cancelled(self, _frame: object) -> None:
        # The broker ends a consumer whose queue is deleted; the channel itself stays open.
        self.link.lose(f"the broker cancelled the consumer of {self._queue_name}")
