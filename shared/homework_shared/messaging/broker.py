"""RabbitMQ: opens links for publishing, consuming, monitoring and browsing, with a timeout on every call.

There is no automatic reconnect here. `aio_pika.connect_robust` does not replay publishes and can
leave a consumer dead in a living process, so a link is dropped after any error and
`retry.keep_running` opens a new one.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity

from homework_shared.errors import BrokerClaimed, LinkLost, TopologyMismatch
from homework_shared.messaging import topology
from homework_shared.messaging.address import AddressResolver, BrokerAddress, address_resolver, beginning_with
from homework_shared.messaging.aio_pika_internals import OurConnection
from homework_shared.messaging.browse import lock, read_queue
from homework_shared.messaging.claim import claim
from homework_shared.messaging.consumer import RabbitConsumer
from homework_shared.messaging.link import Timeouts, link_errors, ping_for_ever
from homework_shared.messaging.prober import RabbitProber
from homework_shared.messaging.properties import read_forgivingly
from homework_shared.messaging.publisher import RabbitPublisher
from homework_shared.messaging.transport import Delivery, QueueDepth
from homework_shared.runtime.cancellation import end_all
from homework_shared.settings import BrokerSettings

CLOSE_SECONDS = 3.0
REFUSED_SECONDS = 15.0
"""How seldom a claim that was refused is tried again: after a restart of the broker its owner comes first."""
STATUS_QUEUE_BYTES = 1024 * 1024
"""A flood of statuses must not fill the broker's memory: it drops the oldest."""
DEFAULT_TIMEOUTS = Timeouts()


class RabbitBroker:
    """Opens links to one RabbitMQ. The management UI shows `name` for its connections. `resolve_address` says
    where the broker is, in place of the settings. With `installation` every link claims the vhost for it, and
    raises BrokerClaimed while it is another's.

    Raises:
        BadTicket: the settings hold something else than a ticket.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        name: str,
        resolve_address: AddressResolver | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        installation: Callable[[], Awaitable[UUID]] | None = None,
    ) -> None:
        self._installation = installation
        self._refusal: tuple[float, str] = (-math.inf, "")
        self._name = name
        self._timeouts = timeouts
        self._resolve_address = resolve_address or address_resolver(settings)
        self._begin_with: BrokerAddress | None = None

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator[RabbitPublisher]:
        async with self._link("publish") as connection:
            await verify(connection, self._timeouts.call_seconds)
            channel = await self._open_channel(connection)
            yield RabbitPublisher(connection, channel, self._timeouts)

    @asynccontextmanager
    async def consumer(self, queue: str, prefetch: int) -> AsyncIterator[RabbitConsumer]:
        async with self._link("consume") as connection:
            channel = await self._open_channel(connection)
            consumer = RabbitConsumer(connection, channel, queue, self._timeouts.call_seconds)
            with link_errors(f"consuming {queue}"):
                try:
                    await channel.set_qos(prefetch, timeout=self._timeouts.call_seconds)
                    await consumer.start()
                except ChannelNotFoundEntity as error:
                    raise TopologyMismatch(_missing_text([f"queue {queue}"])) from error
            ping = asyncio.create_task(
                ping_for_ever(consumer.ping, consumer.link, self._timeouts.ping_seconds)
            )
            try:
                yield consumer
            finally:
                await end_all([ping])

    @asynccontextmanager
    async def monitor(self) -> AsyncIterator["RabbitMonitor"]:
        async with self._link("monitor") as connection:
            channel = await self._open_channel(connection)
            timeout = self._timeouts.call_seconds
            with link_errors("watching generator statuses"):
                queue = await channel.declare_queue(
                    f"{topology.STATUS_QUEUE_PREFIX}{uuid4().hex}",
                    exclusive=True,
                    auto_delete=True,
                    arguments={"x-max-length-bytes": STATUS_QUEUE_BYTES},
                    timeout=timeout,
                )
                await queue.bind(topology.STATUS_EXCHANGE, timeout=timeout)
                consumer = RabbitConsumer(connection, channel, queue.name, timeout, no_ack=True)
                await consumer.start()
            yield RabbitMonitor(connection, consumer, timeout)

    @asynccontextmanager
    async def prober(self) -> AsyncIterator[RabbitProber]:
        async with self._link("probe") as connection:
            await verify(connection, self._timeouts.call_seconds, topology.QUEUES)
            yield RabbitProber(connection, await self._open_channel(connection), self._timeouts)

    @asynccontextmanager
    async def browse(self, queue: str, limit: int) -> AsyncIterator[Sequence[Delivery]]:
        async with self._link("browse") as connection:
            timeout = self._timeouts.call_seconds
            await lock(connection, queue, timeout)
            with link_errors(f"reading {queue}"):
                channel = await self._open_channel(connection)
                deliveries = await read_queue(connection, channel, queue, limit, timeout)
            yield deliveries
            # The end of the connection gives back what is not settled, and frees the lock.

    @asynccontextmanager
    async def _link(self, purpose: str) -> AsyncIterator[AbstractConnection]:
        self._wait_as_a_stranger()
        nodes = beginning_with(self._begin_with, await self._resolve_address())
        connection, node = await connect_to_one(nodes, f"{self._name}/{purpose}", self._timeouts)
        # Stay with the node that answered: another one may take the whole timeout.
        self._begin_with = node
        try:
            await self._claim(connection)
            yield connection
        except LinkLost:
            # The node may accept connections but do nothing else, so the next one begins elsewhere.
            self._begin_with = beginning_with(node, nodes)[1 % len(nodes)]
            raise
        finally:
            # A dead peer does not answer the close; the socket is closed all the same.
            closing = asyncio.ensure_future(connection.close())
            try:
                await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
            finally:
                await end_all([closing])

    async def _claim(self, connection: AbstractConnection) -> None:
        if self._installation is None:
            return
        try:
            await claim(connection, await self._installation(), self._timeouts.call_seconds)
        except BrokerClaimed as error:
            self._refusal = time.monotonic(), str(error)
            raise

    def _wait_as_a_stranger(self) -> None:
        at, why = self._refusal
        if time.monotonic() < at + REFUSED_SECONDS:
            raise BrokerClaimed(why)

    async def _open_channel(self, connection: AbstractConnection) -> AbstractChannel:
        with link_errors("opening a channel"):
            async with asyncio.timeout(self._timeouts.call_seconds):
                return await connection.channel(publisher_confirms=True, on_return_raises=True)


async def connect(
    address: BrokerAddress, name: str, timeouts: Timeouts = DEFAULT_TIMEOUTS
) -> AbstractConnection:
    """One plain connection. Over TLS the broker's chain and name are verified. Raises LinkLost."""
    read_forgivingly()
    url = address.url.update_query(heartbeat=timeouts.heartbeat_seconds)
    context = address.ssl_context()
    with link_errors(f"connecting to {url.host}:{url.port or 5672}"):
        # connect() would wait forever for a proxy that accepts the connection and then sends nothing.
        async with asyncio.timeout(timeouts.call_seconds):
            return await aio_pika.connect(
                url,
                ssl_context=context,
                server_hostname=address.tls_name,
                connection_class=OurConnection,
                client_properties={"connection_name": name},
            )


async def connect_to_one(
    nodes: Sequence[BrokerAddress], name: str, timeouts: Timeouts = DEFAULT_TIMEOUTS
) -> tuple[AbstractConnection, BrokerAddress]:
    """A connection to the first of `nodes` that takes one, and that node. Raises LinkLost if none does."""
    failures: list[LinkLost] = []
    for node in nodes:
        try:
            return await connect(node, name, timeouts), node
        except LinkLost as error:
            failures.append(error)
    raise LinkLost("; ".join(map(str, failures))) from failures[-1]


async def verify(
    connection: AbstractConnection,
    seconds: float,
    queues: Sequence[topology.Queue] = topology.WORK_QUEUES,
) -> None:
    """Look for every exchange, and for `queues`, without changing anything. Raises TopologyMismatch."""
    missing = [f"exchange {e.name}" for e in topology.EXCHANGES if not await _has(connection, e, seconds)]
    missing += [f"queue {q.name}" for q in queues if not await _has(connection, q, seconds)]
    if missing:
        raise TopologyMismatch(_missing_text(missing))


def _missing_text(missing: list[str]) -> str:
    return f"the broker lacks {', '.join(missing)}: run `homework broker apply` with its AMQP_URL"


async def _has(
    connection: AbstractConnection, part: topology.Exchange | topology.Queue, seconds: float
) -> bool:
    with link_errors(f"looking for {part.name}"):
        async with asyncio.timeout(seconds), connection.channel() as channel:
            try:
                if isinstance(part, topology.Exchange):
                    await channel.get_exchange(part.name, ensure=True)
                else:
                    await channel.get_queue(part.name, ensure=True)
            except ChannelNotFoundEntity:
                return False
    return True


class RabbitMonitor:
    """Generator statuses and queue depths over one connection."""

    def __init__(self, connection: AbstractConnection, consumer: RabbitConsumer, timeout: float) -> None:
        self._connection = connection
        self._consumer = consumer
        self._timeout = timeout
        self._depths_channel: AbstractChannel | None = None

    async def take(self, limit: int) -> Sequence[Delivery]:
        return await self._consumer.take(limit)

    async def depths(self) -> Mapping[str, QueueDepth]:
        depths: dict[str, QueueDepth] = {}
        with link_errors("reading queue depths"):
            async with asyncio.timeout(self._timeout):
                channel = await self._channel_for_depths()
                for queue in topology.WORK_QUEUES:
                    declared = (await channel.get_queue(queue.name, ensure=True)).declaration_result
                    depths[queue.name] = QueueDepth(declared.message_count or 0, declared.consumer_count or 0)
        return depths

    async def _channel_for_depths(self) -> AbstractChannel:
        # aiormq keeps some 3 kB of each channel until its connection ends. A new one for each look, once a
        # second, would be 250 MB a day. A missing queue closes the channel.
        if self._depths_channel is None or self._depths_channel.is_closed:
            self._depths_channel = await self._connection.channel()
        return self._depths_channel
