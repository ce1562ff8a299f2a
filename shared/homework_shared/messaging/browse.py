"""Browses a queue: one caller at a time, and nobody else gets the messages meanwhile."""

import asyncio

from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelClosed
from aiormq.abc import FrameType
from pamqp import commands

from homework_shared.errors import QueueLocked
from homework_shared.messaging.aio_pika_internals import raw_channel, user_of
from homework_shared.messaging.content_header import Content
from homework_shared.messaging.delivery import RabbitDelivery
from homework_shared.messaging.link import link_errors
from homework_shared.messaging.pipelining import write
from homework_shared.messaging.receiving import Received
from homework_shared.messaging.topology import LOCK_QUEUE_PREFIX

LOCK_POLL_SECONDS = 0.1
MAX_BROWSED_BYTES = 64 * 1024 * 1024


async def lock(connection: AbstractConnection, queue: str, seconds: float) -> None:
    """Be the only one who browses `queue` until the connection ends. The lock is an exclusive queue: the
    broker deletes it when its owner's connection ends. Raises QueueLocked."""
    give_up = asyncio.get_running_loop().time() + seconds
    with link_errors(f"locking {queue}"):
        while not await _is_ours(connection, f"{LOCK_QUEUE_PREFIX}{queue}", seconds):
            if asyncio.get_running_loop().time() > give_up:
                raise QueueLocked(f"somebody else is looking into {queue}")
            await asyncio.sleep(LOCK_POLL_SECONDS)


async def _is_ours(connection: AbstractConnection, lock_queue: str, seconds: float) -> bool:
    # A refusal closes its channel, so each try has one of its own.
    async with asyncio.timeout(seconds), connection.channel() as channel:
        try:
            await channel.declare_queue(lock_queue, exclusive=True)
        except ChannelClosed as error:
            if "RESOURCE_LOCKED" not in str(error):
                raise
            return False
    return True


async def read_queue(
    connection: AbstractConnection, channel: AbstractChannel, queue: str, limit: int, call_seconds: float
) -> list[RabbitDelivery]:
    """What is in a queue now. Messages are fetched one by one: a consumer cannot tell that it has all."""
    raw, receiver = await raw_channel(channel), user_of(connection)

    async def acknowledge(frame: FrameType) -> None:
        with link_errors("acknowledging"):
            await write(raw, [frame])

    deliveries: list[RabbitDelivery] = []
    size = 0
    while len(deliveries) < limit and size < MAX_BROWSED_BYTES:
        message = await raw.basic_get(queue, timeout=call_seconds)
        if isinstance(message.delivery, commands.Basic.GetEmpty):
            break
        size += len(message.body)
        properties = message.header.properties
        content = Content(len(message.body), properties.message_id, properties)
        received = Received(message.delivery_tag or 0, bool(message.redelivered), content, message.body)
        deliveries.append(RabbitDelivery.of(received, acknowledge, receiver))
    return deliveries
