"""What a test may leave on a broker that the next test uses too: messages, consumers and a claim."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed

from homework_shared.messaging.topology import CLAIM_EXCHANGE, QUEUES
from tests.support.broker.brokers import BrokerProcess, purge
from tests.support.waiting import eventually


def clear(broker: BrokerProcess) -> None:
    """Wait until nobody uses the broker any more, and then empty every queue.

    RabbitMQ notices the end of a connection a moment later. Until then its consumer counts as present, its
    claim excludes other installations, and what it has not settled returns to the queue after a purge.
    """
    # Playwright runs an event loop in the thread of a test, so this one needs a thread of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, _until_everybody_has_left(broker)).result()
    purge(broker)


async def _until_everybody_has_left(broker: BrokerProcess) -> None:
    connection = await aio_pika.connect(broker.amqp_url("ops"))
    async with connection:
        await eventually(lambda: _is_without_consumers(connection))
        await eventually(lambda: _is_unclaimed(connection))


async def _is_without_consumers(connection: AbstractConnection) -> bool:
    async with connection.channel() as channel:
        declared = [await channel.declare_queue(queue.name, passive=True) for queue in QUEUES]
    return not any(queue.declaration_result.consumer_count for queue in declared)


async def _is_unclaimed(connection: AbstractConnection) -> bool:
    try:
        async with connection.channel() as channel:
            # A process that was killed before it bound its claim leaves an exchange that nobody uses.
            await channel.exchange_delete(CLAIM_EXCHANGE, if_unused=True)
    except ChannelPreconditionFailed:
        return False
    return True
