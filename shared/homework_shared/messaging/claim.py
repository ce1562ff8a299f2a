"""One vhost, one installation: two databases on one broker would take each other's results.

The claim is an exchange with an argument that names the installation. RabbitMQ refuses to declare it again
with another one, and deletes it once nothing is bound to it. What is bound are exclusive queues, one for
each connection of the installation, and these end with their connections. So the claim lasts as long as any
process of the installation is connected, on every node of a cluster, and nobody has to release it
(docs/adr/0033).
"""

import asyncio
import contextlib
from uuid import UUID, uuid4

from aio_pika import ExchangeType
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed

from homework_shared.errors import BrokerClaimed
from homework_shared.messaging.link import link_errors
from homework_shared.messaging.topology import CLAIM_EXCHANGE


async def claim(connection: AbstractConnection, installation: UUID, seconds: float) -> None:
    """Hold the vhost for `installation` until the connection ends. Raises BrokerClaimed."""
    with link_errors("claiming the broker"):
        async with asyncio.timeout(seconds):
            try:
                await _bind(connection, installation)
            except ChannelPreconditionFailed as error:
                await _remove_what_nobody_holds(connection)
                raise BrokerClaimed(
                    "another installation, with a database of its own, uses this vhost of the broker: give "
                    f"each installation its own vhost or its own broker. This one is {installation} ({error})"
                ) from error


async def _bind(connection: AbstractConnection, installation: UUID) -> None:
    channel = await connection.channel()
    exchange = await channel.declare_exchange(
        CLAIM_EXCHANGE,
        ExchangeType.FANOUT,
        auto_delete=True,
        # RabbitMQ compares this argument and not those that it does not know. No such exchange has to exist.
        arguments={"alternate-exchange": f"{CLAIM_EXCHANGE}.{installation}"},
    )
    queue = await channel.declare_queue(f"{CLAIM_EXCHANGE}.{uuid4().hex}", exclusive=True, auto_delete=True)
    await queue.bind(exchange)


async def _remove_what_nobody_holds(connection: AbstractConnection) -> None:
    # The process that declared the exchange may have died before it bound a queue to it.
    with contextlib.suppress(ChannelPreconditionFailed):
        async with connection.channel() as channel:
            await channel.exchange_delete(CLAIM_EXCHANGE, if_unused=True)
