"""Whether the broker's queues take messages and give them back.

A port that answers and a queue that can be looked up say little. After a full disk the log writer of quorum
queues is gone until RabbitMQ is restarted: declares are still answered, from what the broker remembers, while
every message is refused.
"""

import asyncio
from uuid import uuid4

from aio_pika.abc import AbstractChannel, AbstractConnection

from homework_shared.errors import LinkLost, PublishRefused, QueuesDown, TopologyMismatch, Unroutable
from homework_shared.messaging import topology
from homework_shared.messaging.aio_pika_internals import is_blocked
from homework_shared.messaging.link import Timeouts, link_errors
from homework_shared.messaging.publisher import RabbitPublisher
from homework_shared.messaging.transport import Envelope


class RabbitProber:
    """Sends a message through `generation.probe`, on a link of its own: an alarm blocks who publishes."""

    def __init__(self, connection: AbstractConnection, channel: AbstractChannel, timeouts: Timeouts) -> None:
        self._connection = connection
        self._channel = channel
        self._timeouts = timeouts
        self._publisher = RabbitPublisher(connection, channel, timeouts)

    async def check(self) -> None:
        """Publish a message, see it confirmed, and read the queue.

        Another process may read the message first: an empty queue has answered too.

        Raises:
            QueuesDown: the broker answers and its queues do not.
            PublishRefused: the broker is in an alarm.
            TopologyMismatch: the probe's queue is missing.
            LinkLost: the broker does not answer.
        """
        await self._publish()
        with link_errors("reading the probe"):
            async with asyncio.timeout(self._timeouts.call_seconds):
                queue = await self._channel.get_queue(topology.PROBE, ensure=False)
                await queue.get(no_ack=True, fail=False, timeout=self._timeouts.call_seconds)

    async def _publish(self) -> None:
        try:
            await self._publisher.publish(topology.PROBE_DESTINATION, Envelope("Probe", uuid4().hex, b"{}"))
        except PublishRefused as error:
            if await is_blocked(self._connection):
                raise
            # The queue drops its oldest message when it is full, so fullness is no reason.
            raise QueuesDown from error
        except LinkLost as error:
            await self._look_whether_only_the_queues_are_silent()
            raise QueuesDown from error
        except Unroutable as error:
            raise TopologyMismatch(
                f"the broker lacks queue {topology.PROBE}: run `homework broker apply` with its AMQP_URL"
            ) from error

    async def _look_whether_only_the_queues_are_silent(self) -> None:
        with link_errors("probing"):
            async with asyncio.timeout(self._timeouts.call_seconds):
                await self._channel.get_exchange(topology.GENERATION_EXCHANGE, ensure=True)
