"""Broken links: every way in which a link can break is detected and raises LinkLost. A link does not grow."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aio_pika
import httpx
import pytest
from aio_pika.tools import OneShotCallback
from pydantic import SecretStr
from tests.support.broker.brokers import BrokerProcess, free_port
from tests.support.broker.proxy import Proxy, proxy_to
from yarl import URL

from homework_shared.errors import LinkLost, PublishRefused, TopologyMismatch, Unroutable
from homework_shared.messaging import topology
from homework_shared.messaging.address import AddressResolver, BrokerAddress
from homework_shared.messaging.aio_pika_internals import raw_channel
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.link import Timeouts
from homework_shared.messaging.publisher import RabbitPublisher
from homework_shared.messaging.topology import FALLBACK, FALLBACK_DESTINATION, JOB_DESTINATION
from homework_shared.messaging.transport import Destination, Envelope
from homework_shared.settings import BrokerSettings

IMPATIENT = Timeouts(heartbeat_seconds=60, call_seconds=3.0, ping_seconds=0.3)
"""Three seconds are enough to connect on a busy machine."""
JOB = Envelope("GenerateHomework", "1", b"{}", expires_in_ms=60_000)


def through(url: str, port: int, **timeouts: Any) -> RabbitBroker:
    """The same broker behind another port. By default the client gives up on it soon."""
    settings = BrokerSettings(amqp_url=SecretStr(str(URL(url).with_port(port))))
    return RabbitBroker(settings, "test", timeouts=replace(IMPATIENT, **timeouts))


def in_the_order_of(urls: list[str]) -> AddressResolver:
    async def resolve_address() -> list[BrokerAddress]:
        return [BrokerAddress(URL(url)) for url in urls]

    return resolve_address


def port_of(url: str) -> int:
    port = URL(url).port
    assert port is not None
    return port


def _cut(proxy: Proxy) -> None:
    proxy.cut()


def _freeze(proxy: Proxy) -> None:
    proxy.freeze()


@pytest.mark.parametrize("harm", [_cut, _freeze], ids=["cut", "half-open"])
async def test_a_consumer_notices_that_its_link_is_dead(
    broker: BrokerProcess, harm: Callable[[Proxy], None]
) -> None:
    url = broker.amqp_url("mock_generator")
    async with proxy_to(port_of(url)) as proxy, through(url, proxy.port).consumer(FALLBACK, 10) as consumer:
        harm(proxy)
        async with asyncio.timeout(30):
            with pytest.raises(LinkLost):
                await consumer.take(1)


@pytest.mark.parametrize("harm", [_cut, _freeze], ids=["cut", "half-open"])
async def test_a_publisher_notices_that_its_link_is_dead(
    broker: BrokerProcess, harm: Callable[[Proxy], None]
) -> None:
    url = broker.amqp_url("api")
    async with proxy_to(port_of(url)) as proxy, through(url, proxy.port).publisher() as publisher:
        harm(proxy)
        async with asyncio.timeout(30):
            with pytest.raises(LinkLost):
                await publisher.watch()


async def test_a_publish_on_a_half_open_link_does_not_count_as_confirmed(broker: BrokerProcess) -> None:
    url = broker.amqp_url("api")
    async with proxy_to(port_of(url)) as proxy, through(url, proxy.port).publisher() as publisher:
        proxy.freeze()
        async with asyncio.timeout(30):
            outcomes = await publisher.publish_many([(JOB_DESTINATION, JOB)] * 3)
        assert [type(outcome) for outcome in outcomes] == [LinkLost] * 3


async def test_a_message_that_was_never_sent_gets_no_confirmation_of_the_next_one(
    broker: BrokerProcess,
) -> None:
    url = broker.amqp_url("api")
    async with through(url, port_of(url)).publisher() as publisher:
        assert isinstance(publisher, RabbitPublisher)
        raw = await raw_channel(publisher._channel)
        to_the_socket, raw.write_queue = raw.write_queue, asyncio.Queue(1)
        raw.write_queue.put_nowait(None)  # The socket is full now and accepts nothing, as in an alarm.
        outcomes = await publisher.publish_many([(JOB_DESTINATION, JOB)] * 2)
        assert [type(outcome) for outcome in outcomes] == [LinkLost] * 2
        raw.write_queue = to_the_socket
        nowhere = (Destination(JOB_DESTINATION.exchange, "nowhere"), replace(JOB, message_id="nowhere"))
        outcomes = await publisher.publish_many([nowhere, (JOB_DESTINATION, JOB)])
        assert [type(outcome) for outcome in outcomes] == [Unroutable, type(None)]


async def test_a_missed_heartbeat_becomes_a_lost_link(broker: BrokerProcess) -> None:
    url = broker.amqp_url("mock_generator")
    async with proxy_to(port_of(url)) as proxy:
        slow_watchdog = through(url, proxy.port, heartbeat_seconds=1, ping_seconds=600)
        async with slow_watchdog.consumer(FALLBACK, 10) as consumer:
            proxy.freeze()
            async with asyncio.timeout(30):
                with pytest.raises(LinkLost):
                    await consumer.take(1)


async def test_connecting_gives_up_when_a_proxy_accepts_and_then_says_nothing(broker: BrokerProcess) -> None:
    url = broker.amqp_url("api")
    async with proxy_to(port_of(url)) as proxy:
        proxy.freeze()
        async with asyncio.timeout(30):
            with pytest.raises(LinkLost, match="connecting"):
                async with through(url, proxy.port).publisher():
                    pass


async def test_a_port_on_which_nothing_listens_is_a_lost_link(broker: BrokerProcess) -> None:
    with pytest.raises(LinkLost, match="connecting"):
        async with through(broker.amqp_url("api"), free_port()).publisher():
            pass


@pytest.mark.parametrize("dead", [0, 1], ids=["the first is dead", "the second is dead"])
async def test_a_worker_gets_both_connections_however_the_dead_one_of_two_nodes_is_named(
    broker: BrokerProcess, dead: int
) -> None:
    alive = URL(broker.amqp_url("mock_generator"))
    urls = [str(alive), str(alive)]
    urls[dead] = str(alive.with_port(free_port()))
    both = RabbitBroker(BrokerSettings(), "test", in_the_order_of(urls), IMPATIENT)
    async with both.publisher(), both.consumer(FALLBACK, 1):
        pass


async def test_a_node_that_breaks_its_links_is_left_for_the_next_one(broker: BrokerProcess) -> None:
    url = URL(broker.amqp_url("mock_generator"))
    async with proxy_to(port_of(str(url))) as proxy:
        urls = [str(url.with_port(proxy.port)), str(url)]
        both = RabbitBroker(BrokerSettings(), "test", in_the_order_of(urls), IMPATIENT)

        async def consume() -> None:
            async with both.consumer(FALLBACK, 1) as consumer:
                proxy.cut()
                await consumer.take(1)

        with pytest.raises(LinkLost):
            await consume()
        tried = proxy.accepted
        async with both.publisher():
            pass
        assert proxy.accepted == tried


async def test_without_any_node_the_error_names_all_of_them(broker: BrokerProcess) -> None:
    url = URL(broker.amqp_url("api"))
    ports = [free_port(), free_port()]
    nowhere = in_the_order_of([str(url.with_port(port)) for port in ports])
    with pytest.raises(LinkLost, match=f"{ports[0]}.*{ports[1]}"):
        async with RabbitBroker(BrokerSettings(), "test", nowhere, IMPATIENT).publisher():
            pass


async def test_the_error_for_a_wrong_password_says_to_check_the_url(broker: BrokerProcess) -> None:
    url = str(URL(broker.amqp_url("api")).with_password("wrong"))
    with pytest.raises(LinkLost, match="check AMQP_URL"):
        async with through(url, port_of(url)).publisher():
            pass


async def test_a_consumer_notices_at_once_that_its_queue_was_deleted(broker: BrokerProcess) -> None:
    async def delete(channel: aio_pika.abc.AbstractChannel) -> None:
        await (await channel.get_queue(FALLBACK, ensure=False)).delete(if_unused=False, if_empty=False)

    try:
        url = broker.amqp_url("mock_generator")
        async with through(url, port_of(url), ping_seconds=600).consumer(FALLBACK, 10) as consumer:
            await as_ops(broker, delete)
            async with asyncio.timeout(30):
                with pytest.raises(LinkLost, match="cancelled"):
                    await consumer.take(1)
        with pytest.raises(TopologyMismatch, match=f"lacks queue {FALLBACK}: run `homework broker apply`"):
            async with through(url, port_of(url)).consumer(FALLBACK, 10):
                pass
        with pytest.raises(TopologyMismatch, match=FALLBACK):
            async with through(broker.amqp_url("api"), port_of(url)).publisher():
                pass
    finally:
        restore_topology(broker)


async def test_a_publish_during_an_alarm_is_refused_and_not_lost(broker: BrokerProcess) -> None:
    url = broker.amqp_url("api")
    async with through(url, port_of(url)).publisher() as publisher:
        await publisher.publish(FALLBACK_DESTINATION, JOB)
        await set_memory_limit(broker, "0.00001")
        try:
            async with asyncio.timeout(30):
                while not isinstance(
                    (await publisher.publish_many([(FALLBACK_DESTINATION, JOB)]))[0], PublishRefused
                ):
                    await asyncio.sleep(0.1)
            # From now on it checks before it writes, because what it wrote now would arrive after the alarm.
            during = replace(JOB, message_id="during the alarm")
            outcomes = await publisher.publish_many([(FALLBACK_DESTINATION, during)] * 3)
            assert [type(outcome) for outcome in outcomes] == [PublishRefused] * 3
        finally:
            await set_memory_limit(broker, "0.6")
        after = replace(JOB, message_id="after the alarm")
        async with asyncio.timeout(30):
            while (await publisher.publish_many([(FALLBACK_DESTINATION, after)]))[0] is not None:
                await asyncio.sleep(0.1)
    arrived = set[str]()
    async with through(broker.amqp_url("mock_generator"), port_of(url)).consumer(FALLBACK, 100) as consumer:
        async with asyncio.timeout(30):
            while "after the alarm" not in arrived:
                arrived |= {delivery.envelope.message_id for delivery in await consumer.take(100)}
    assert "during the alarm" not in arrived


async def as_ops(
    broker: BrokerProcess, act: Callable[[aio_pika.abc.AbstractChannel], Awaitable[None]]
) -> None:
    connection = await aio_pika.connect(broker.amqp_url("ops"))
    async with connection:
        await act(await connection.channel())


def restore_topology(broker: BrokerProcess) -> None:
    httpx.post(
        f"{broker.management_url}/api/definitions",
        auth=("ops", broker.password("ops")),
        json=topology.definitions(),
        timeout=20,
    ).raise_for_status()


async def set_memory_limit(broker: BrokerProcess, fraction: str) -> None:
    await asyncio.to_thread(broker.control, "set_vm_memory_high_watermark", fraction)


def _channels_remembered() -> int:
    gc.collect()
    return sum(isinstance(thing, OneShotCallback) for thing in gc.get_objects())


async def test_a_monitor_that_looks_once_a_second_for_days_remembers_one_channel(
    broker: BrokerProcess,
) -> None:
    settings = BrokerSettings(amqp_url=SecretStr(broker.amqp_url("api")))
    async with RabbitBroker(settings, "test").monitor() as monitor:
        await monitor.depths()
        before = _channels_remembered()
        for _ in range(20):
            await monitor.depths()
        assert _channels_remembered() <= before  # Some that earlier tests left may be gone.
