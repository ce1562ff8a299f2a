"""Publishing to RabbitMQ: persistent, mandatory and confirmed, each batch in one write."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import DeliveryError, PublishError
from pamqp import commands

from homework_shared.errors import HomeworkError, LinkLost, MessageTooLarge, PublishRefused, Unroutable
from homework_shared.exercises.messages import MAX_BODY_BYTES
from homework_shared.messaging import topology
from homework_shared.messaging.aio_pika_internals import is_blocked, raw_channel, user_of
from homework_shared.messaging.batching import Batcher
from homework_shared.messaging.link import LinkWatch, Timeouts, link_errors, ping_for_ever
from homework_shared.messaging.pipelining import Publish, Shared, publish_together
from homework_shared.messaging.transport import Destination, Envelope, OutgoingMessage


class RabbitPublisher:
    """Persistent, mandatory, confirmed publishes on one channel, each with the user who makes it."""

    def __init__(self, connection: AbstractConnection, channel: AbstractChannel, timeouts: Timeouts) -> None:
        self._connection = connection
        self._channel = channel
        self._user = user_of(connection)
        self._timeouts = timeouts
        self._link = LinkWatch(channel)
        self._exchanges: dict[str, AbstractExchange] = {}
        self._batcher = Batcher(self.publish_many)

    async def publish(self, destination: Destination, envelope: Envelope) -> None:
        error = await self._batcher((destination, envelope))
        if error is not None:
            raise error

    async def publish_many(self, messages: Sequence[OutgoingMessage]) -> Sequence[HomeworkError | None]:
        # The broker closes the channel on a message that it finds too large, and the others would be lost.
        outcomes = iter(await self._publish_all([message for message in messages if _fits(message)]))
        return [next(outcomes) if _fits(message) else _too_large(message) for message in messages]

    async def _publish_all(self, messages: Sequence[OutgoingMessage]) -> Sequence[HomeworkError | None]:
        if not messages:
            return []
        if await is_blocked(self._connection):
            # A message sent now would wait in the socket and arrive after the alarm, long after we gave up.
            refused = PublishRefused("the broker is in a disk or memory alarm and blocks publishers")
            return [refused] * len(messages)
        try:
            with link_errors("publishing"):
                return await self._publish(messages)
        except HomeworkError as error:
            return [error] * len(messages)

    async def announce(self, destination: Destination, envelope: Envelope) -> None:
        if await is_blocked(self._connection):
            return
        with link_errors("announcing"):
            exchange = await self._exchange(destination.exchange)
            await exchange.publish(
                _transient(envelope, self._user),
                destination.key,
                mandatory=False,
                timeout=self._timeouts.call_seconds,
            )

    async def watch(self) -> None:
        await ping_for_ever(self._ping, self._link, self._timeouts.ping_seconds)

    async def _publish(self, messages: Sequence[OutgoingMessage]) -> list[HomeworkError | None]:
        channel = await raw_channel(self._channel)
        wanted = [to_publish(destination, envelope, self._user) for destination, envelope in messages]
        try:
            confirmations = await publish_together(channel, wanted, self._timeouts.call_seconds)
        except TimeoutError as error:
            if await is_blocked(self._connection):
                raise PublishRefused("an alarm on the broker blocks publishers") from error
            raise
        late = await self._unconfirmed() if any(each.cancelled() for each in confirmations) else None
        return [
            late if confirmation.cancelled() else _outcome(confirmation.exception(), destination)
            for (destination, _), confirmation in zip(messages, confirmations, strict=True)
        ]

    async def _unconfirmed(self) -> HomeworkError:
        """Why the broker did not confirm in time."""
        if await is_blocked(self._connection):
            return PublishRefused("an alarm on the broker blocks publishers")
        return LinkLost("publishing: no answer from the broker in time")

    async def _exchange(self, name: str) -> AbstractExchange:
        if name not in self._exchanges:
            self._exchanges[name] = await self._channel.get_exchange(name, ensure=False)
        return self._exchanges[name]

    async def _ping(self) -> None:
        # The broker does not read from a blocked connection: a ping would time out on a good link.
        if not await is_blocked(self._connection):
            async with asyncio.timeout(self._timeouts.call_seconds):
                await self._channel.get_exchange(topology.GENERATION_EXCHANGE, ensure=True)


def _fits(message: OutgoingMessage) -> bool:
    _, envelope = message
    return len(envelope.body) <= MAX_BODY_BYTES


def _too_large(message: OutgoingMessage) -> MessageTooLarge:
    _, envelope = message
    return MessageTooLarge(f"{envelope.type} of {len(envelope.body)} bytes is over {MAX_BODY_BYTES}")


def _outcome(error: BaseException | None, destination: Destination) -> HomeworkError | None:
    if error is None:
        return None
    where = f"{destination.exchange}/{destination.key}"
    if isinstance(error, PublishError):
        return Unroutable(f"no queue takes {where}: run `homework broker apply`")
    if isinstance(error, DeliveryError):
        return PublishRefused(f"the broker refused a message for {where}")
    return LinkLost(f"publishing to {destination.exchange}: {str(error) or type(error).__name__}"[:300])


def to_publish(destination: Destination, envelope: Envelope, user: str) -> Publish:
    headers = tuple(envelope.headers.items())
    properties = _properties(envelope.type, headers, envelope.expires_in_ms, user)
    return Publish(destination.exchange, destination.key, envelope.message_id, properties, envelope.body)


@lru_cache(256)
def _properties(
    type_: str, headers: tuple[tuple[str, str], ...], expires_in_ms: int | None, user: str
) -> Shared:
    """The properties of a message but for its id. Classmates' messages share them."""
    return Shared.by(
        commands.Basic.Properties(
            content_type="application/json",
            content_encoding="utf-8",
            headers=dict(headers),
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT.value,
            # The broker closes the channel on a negative expiration.
            expiration=None if expires_in_ms is None else str(max(0, expires_in_ms)),
            message_type=type_,
            user_id=user,
        )
    )


def _transient(envelope: Envelope, user: str) -> aio_pika.Message:
    return aio_pika.Message(
        envelope.body,
        type=envelope.type,
        message_id=envelope.message_id,
        user_id=user,
        headers=dict(envelope.headers),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT,
    )
