"""The broker passes on message properties that no client library would write, and our services
survive them.
"""

import struct
from collections.abc import Callable

import pytest

from homework_shared.errors import MalformedMessage, Verdict
from homework_shared.exercises.messages import MAX_BODY_BYTES, HomeworkGenerated, decode
from homework_shared.messaging.topology import DEAD, RESULT_DESTINATION, RESULTS, STATUS_DESTINATION
from homework_shared.messaging.transport import Broker, Destination
from tests.support.broker.bad_messages import UNREADABLE_PROPERTIES
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.clients import rabbit, take
from tests.support.broker.raw_amqp import DELIVERY_MODE, HEADERS, RawMessage, raw_publisher, table


def send(broker: BrokerProcess, route: Destination, properties: dict[int, bytes]) -> None:
    with raw_publisher(broker.amqp_url("generator")) as publisher:
        publisher.publish(route.exchange, route.key, RawMessage(b"{}", properties))


@pytest.mark.parametrize("properties", UNREADABLE_PROPERTIES.values(), ids=UNREADABLE_PROPERTIES.keys())
async def test_a_message_with_unreadable_properties_is_malformed_and_can_be_parked_and_looked_at(
    broker: BrokerProcess, as_user: Callable[[str], Broker], properties: dict[int, bytes]
) -> None:
    send(broker, RESULT_DESTINATION, properties)
    async with as_user("api").consumer(RESULTS, 10) as consumer:
        [delivery] = await take(consumer, 1)
        with pytest.raises(MalformedMessage):
            decode(HomeworkGenerated, delivery.envelope.type, delivery.envelope.body)
        await delivery.settle(Verdict.REJECT)
    async with as_user("api").consumer(DEAD, 1) as consumer:
        await take(consumer, 1)
    async with as_user("api").browse(DEAD, 10) as [parked]:
        assert parked.envelope.body == b"{}"


async def test_a_delivery_mode_that_does_not_exist_holds_no_place_in_the_prefetch(
    broker: BrokerProcess, as_user: Callable[[str], Broker]
) -> None:
    try:
        send(broker, RESULT_DESTINATION, {DELIVERY_MODE: b"\x07"})
    except ConnectionRefusedError:
        return  # RabbitMQ 3.10 refuses such a message, and RabbitMQ 4 accepts it.
    async with as_user("api").consumer(RESULTS, 1) as consumer:
        [delivery] = await take(consumer, 1)
        await delivery.settle(Verdict.REJECT)


async def test_a_status_with_unreadable_properties_does_not_end_the_watch(
    broker: BrokerProcess, as_user: Callable[[str], Broker]
) -> None:
    async with as_user("api").monitor() as monitor:
        for properties in UNREADABLE_PROPERTIES.values():
            send(broker, STATUS_DESTINATION, properties)
        seen = 0
        while seen < len(UNREADABLE_PROPERTIES):
            seen += len(await monitor.take(100))
        assert await monitor.depths()


async def test_forged_death_headers_do_not_stop_the_dead_letters_that_follow(
    each_broker: BrokerProcess,
) -> None:
    forged = {HEADERS: table((b"x-death", b"A" + struct.pack(">I", 2) + b"t\x01"))}
    for properties in (forged, {}):
        send(each_broker, RESULT_DESTINATION, properties)
    api = rabbit(each_broker, "api")
    async with api.consumer(RESULTS, 10) as consumer:
        for delivery in await take(consumer, 2):
            assert delivery.deaths == []
            await delivery.settle(Verdict.REJECT)
    async with api.consumer(DEAD, 1) as consumer:
        await take(consumer, 1)


async def test_the_broker_refuses_a_message_that_is_too_long(
    broker: BrokerProcess, as_user: Callable[[str], Broker]
) -> None:
    with raw_publisher(broker.amqp_url("generator")) as publisher:
        publisher.publish("generation.results", "result", RawMessage(b" " * MAX_BODY_BYTES, {}))
        with pytest.raises(ConnectionRefusedError):
            publisher.publish("generation.results", "result", RawMessage(b" " * (MAX_BODY_BYTES + 1), {}))
    async with as_user("api").monitor() as monitor:
        assert (await monitor.depths())[RESULTS].ready == 1
