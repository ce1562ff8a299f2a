"""Publishing to RabbitMQ: persistent, mandatory, confirmed, and in batches that are one write."""

import asyncio
from collections.abc import Sequence

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import DeliveryError, PublishError
from pamqp import commands

from homework_shared.errors import HomeworkError, LinkLost, PublishRefused, Unroutable
from homework_shared.messaging import topology
from homework_shared.messaging.batching import Batcher
from homework_shared.messaging.consumer import LinkWatch, link_errors, ping_for_ever
from homework_shared.messaging.pipelining import Publish, publish_together, raw_channel
from homework_shared.messaging.transport import Destination, Envelope, OutgoingMessage
from homework_shared.settings import BrokerSettings

BLOCKED_PROBE_SECONDS = 0.2


class RabbitPublisher:
    """Persistent, mandatory, confirmed publishes on one channel."""

    def __init__(
        self, connection: AbstractConnection, channel: AbstractChannel, settings: BrokerSettings
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._timeout = settings.call_timeout_seconds
        self._ping_seconds = settings.ping_seconds
        self._link = LinkWatch(channel)
        self._exchanges: dict[str, AbstractExchange] = {}
        self._batcher = Batcher(self.publish_many)

    async def publish(self, route: Destination, envelope: Envelope) -> None:
        error = await self._batcher((route, envelope))
        if error is not None:
            raise error

    async def publish_many(self, messages: Sequence[OutgoingMessage]) -> Sequence[HomeworkError | None]:
        if not messages:
            return []
        if await self._is_blocked():
            # Sent now it would wait in the socket and arrive after the alarm, long after we gave up.
            refused = PublishRefused("the broker is in a disk or memory alarm and blocks publishers")
            return [refused] * len(messages)
        try:
            with link_errors("publishing"):
                return await self._publish(messages)
        except HomeworkError as error:
            return [error] * len(messages)

    async def announce(self, route: Destination, envelope: Envelope) -> None:
        if await self._is_blocked():
            return
        with link_errors("announcing"):
            exchange = await self._exchange(route.exchange)
            await exchange.publish(_transient(envelope), route.key, mandatory=False, timeout=self._timeout)

    async def watch(self) -> None:
        await ping_for_ever(self._ping, self._link, self._ping_seconds)

    async def _publish(self, messages: Sequence[OutgoingMessage]) -> list[HomeworkError | None]:
        channel = await raw_channel(self._channel)
        wanted = [
            Publish(route.exchange, route.key, envelope.body, _properties(envelope))
            for route, envelope in messages
        ]
        try:
            confirmations = await publish_together(channel, wanted, self._timeout)
        except TimeoutError as error:
            if await self._is_blocked():
                raise PublishRefused("an alarm on the broker blocks publishers") from error
            raise
        late = await self._late() if any(each.cancelled() for each in confirmations) else None
        return [
            late if each.cancelled() else _outcome(each.exception(), route)
            for (route, _), each in zip(messages, confirmations, strict=True)
        ]

    async def _late(self) -> HomeworkError:
        """Why the broker did not confirm in time."""
        if await self._is_blocked():
            return PublishRefused("an alarm on the broker blocks publishers")
        return LinkLost("publishing: no answer from the broker in time")

    async def _exchange(self, name: str) -> AbstractExchange:
        if name not in self._exchanges:
            self._exchanges[name] = await self._channel.get_exchange(name, ensure=False)
        return self._exchanges[name]

    async def _is_blocked(self) -> bool:
        transport = self._connection.transport
        if transport is None:
            return False
        try:
            async with asyncio.timeout(BLOCKED_PROBE_SECONDS):
                await transport.ready()
        except TimeoutError:
            return True
        return False

    async def _ping(self) -> None:
        # A blocked connection is not read by the broker: a ping would only seem lost.
        if not await self._is_blocked():
            async with asyncio.timeout(self._timeout):
                await self._channel.get_exchange(topology.GENERATION_EXCHANGE, ensure=True)


def _outcome(error: BaseException | None, route: Destination) -> HomeworkError | None:
    if error is None:
        return None
    if isinstance(error, PublishError):
        return Unroutable(f"no queue takes {route.exchange}/{route.key}: run `homework broker apply`")
    if isinstance(error, DeliveryError):
        return PublishRefused(f"the broker refused a message for {route.exchange}/{route.key}")
    return LinkLost(f"publishing to {route.exchange}: {error or type(error).__name__}"[:300])


def _properties(envelope: Envelope) -> commands.Basic.Properties:
    expires = envelope.expires_in_ms
    return commands.Basic.Properties(
        content_type="application/json",
        content_encoding="utf-8",
        headers=dict(envelope.headers),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT.value,
        # Below zero the broker closes the channel.
        expiration=None if expires is None else str(max(0, expires)),
        message_id=envelope.message_id,
        message_type=envelope.type,
    )


def _transient(envelope: Envelope) -> aio_pika.Message:
    return aio_pika.Message(
        envelope.body,
        type=envelope.type,
        message_id=envelope.message_id,
        headers=dict(envelope.headers),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT,
    )
