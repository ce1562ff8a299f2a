"""The consumer's calls to the broker, and how it detects that it gets no deliveries any more."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pamqp import commands
from tests.support.broker.clients import is_lost, send, take
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.broker.scripted_broker import ScriptedBroker, scripted_broker
from tests.support.messages import job
from tests.support.waiting import SECONDS, eventually

from homework_shared.errors import LinkLost, TopologyMismatch, Verdict
from homework_shared.messaging.consumer import RabbitConsumer
from homework_shared.messaging.topology import JOB_DESTINATION, JOBS

SETTLING = (commands.Basic.Ack, commands.Basic.Nack, commands.Basic.Reject)


@pytest.fixture
async def broker() -> AsyncIterator[ScriptedBroker]:
    async with scripted_broker() as broker:
        yield broker


@pytest.fixture
async def consumer(broker: ScriptedBroker) -> AsyncIterator[RabbitConsumer]:
    async with broker.client().consumer(JOBS, 7) as consumer:
        yield consumer


def hurry(consumer: RabbitConsumer) -> None:
    """Let connecting take as long as on a busy machine from now on."""
    consumer._call_seconds = 1.0


def settled(broker: ScriptedBroker) -> list[commands.Basic.Ack | commands.Basic.Nack | commands.Basic.Reject]:
    return [each for each in broker.received if isinstance(each, SETTLING)]


def subscriptions(broker: ScriptedBroker) -> list[object]:
    """The calls about deliveries: prefetch counts, and the consumers that started and ended."""
    said: list[object] = []
    for each in broker.received:
        if isinstance(each, commands.Basic.Qos):
            said.append(each.prefetch_count)
        elif isinstance(each, commands.Basic.Consume | commands.Basic.Cancel):
            said.append(type(each).__name__)
    return said


async def test_a_consumer_asks_for_its_prefetch_before_it_subscribes(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    assert subscriptions(broker) == [7, "Consume"]
    [consume] = broker.sent(commands.Basic.Consume)
    assert (consume.queue, consume.no_ack) == (JOBS, False)


async def test_another_subscription_ends_the_one_before_and_then_has_its_own_prefetch(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    await consumer.subscribe(1)
    assert subscriptions(broker) == [7, "Consume", "Cancel", 1, "Consume"]


async def test_messages_are_taken_in_their_order_and_no_more_than_wanted(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    for tag in range(1, 6):
        broker.deliver(tag, str(tag).encode())
    first = await take(consumer, 3)
    rest = await take(consumer, 2)
    assert [delivery.envelope.body for delivery in (*first, *rest)] == [b"1", b"2", b"3", b"4", b"5"]


async def test_a_take_takes_what_has_arrived_and_waits_for_no_more(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    taking = asyncio.create_task(consumer.take(10))
    broker.deliver(1)
    async with asyncio.timeout(SECONDS):
        assert len(await taking) == 1


async def test_each_verdict_is_told_to_the_broker_for_its_own_message(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    for tag in (1, 2, 3):
        broker.deliver(tag)
    one, two, three = await take(consumer, 3)
    await three.settle(Verdict.ACK)
    await one.settle(Verdict.REJECT)
    await two.settle(Verdict.REQUEUE)
    await eventually(lambda: len(settled(broker)) == 3)
    ack, reject, nack = settled(broker)
    assert isinstance(ack, commands.Basic.Ack)
    assert (ack.delivery_tag, ack.multiple) == (3, False)
    assert isinstance(reject, commands.Basic.Reject)
    assert (reject.delivery_tag, reject.requeue) == (1, False)
    assert isinstance(nack, commands.Basic.Nack)
    assert (nack.delivery_tag, nack.multiple, nack.requeue) == (2, False, True)


async def test_one_acknowledgement_covers_all_that_came_before(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    for tag in (1, 2, 3):
        broker.deliver(tag)
    deliveries = await take(consumer, 3)
    await consumer.ack_through(deliveries[1])
    await eventually(lambda: bool(settled(broker)))
    [ack] = settled(broker)
    assert isinstance(ack, commands.Basic.Ack)
    assert (ack.delivery_tag, ack.multiple) == (2, True)


async def test_a_delivery_of_another_broker_is_not_acknowledged(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    memory = MemoryBroker()
    await send(memory, JOB_DESTINATION, job())
    async with memory.consumer(JOBS, 1) as other:
        [foreign] = await take(other, 1)
        with pytest.raises(TypeError):
            await consumer.ack_through(foreign)
    assert settled(broker) == []


async def test_a_consumer_that_stopped_its_deliveries_says_so_once_and_still_acknowledges(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    broker.deliver(1)
    [delivery] = await take(consumer, 1)
    await consumer.stop_deliveries()
    await consumer.stop_deliveries()
    assert subscriptions(broker) == [7, "Consume", "Cancel"]
    await delivery.settle(Verdict.ACK)
    await eventually(lambda: bool(settled(broker)))


async def test_a_stop_of_deliveries_that_is_not_answered_is_a_lost_link(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    hurry(consumer)
    broker.mute.add(commands.Basic.Cancel)
    with pytest.raises(LinkLost, match="cancelling the consumer: TimeoutError"):
        await consumer.stop_deliveries()


@pytest.mark.parametrize("call", [commands.Basic.Qos, commands.Basic.Consume])
async def test_another_subscription_that_is_not_answered_is_a_lost_link(
    broker: ScriptedBroker, consumer: RabbitConsumer, call: type[commands.Basic.Qos]
) -> None:
    hurry(consumer)
    broker.mute.add(call)
    with pytest.raises(LinkLost, match="subscribing again"):
        await consumer.subscribe(1)


async def test_a_consumer_that_the_broker_cancels_wakes_whoever_waits(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    taking = asyncio.create_task(consumer.take(1))
    await eventually(lambda: bool(broker.sent(commands.Basic.Consume)))
    broker.cancel_consumer()
    async with asyncio.timeout(SECONDS):
        with pytest.raises(LinkLost, match=f"cancelled the consumer of {JOBS}"):
            await taking


async def test_messages_that_arrived_before_the_link_was_lost_are_not_given_out_and_not_acknowledged(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    for tag in (1, 2, 3):
        broker.deliver(tag)
    [delivery] = await take(consumer, 1)
    broker.cancel_consumer()
    await eventually(lambda: is_lost(consumer))
    with pytest.raises(LinkLost):
        await consumer.take(1)
    with pytest.raises(LinkLost):
        await delivery.settle(Verdict.ACK)
    with pytest.raises(LinkLost):
        await consumer.ack_through(delivery)
    assert settled(broker) == []


async def test_a_connection_that_breaks_wakes_whoever_waits(
    broker: ScriptedBroker, consumer: RabbitConsumer
) -> None:
    taking = asyncio.create_task(consumer.take(1))
    broker.deliver(1)
    await taking
    taking = asyncio.create_task(consumer.take(1))
    broker.cut()
    async with asyncio.timeout(SECONDS):
        with pytest.raises(LinkLost, match=r"the channel was closed: \S"):
            await taking


async def test_the_watchdog_of_a_consumer_looks_for_its_queue_and_loses_the_link_without_it(
    broker: ScriptedBroker,
) -> None:
    async with broker.client(ping_seconds=0.01).consumer(JOBS, 1) as consumer:
        await eventually(lambda: len(broker.sent(commands.Queue.Declare)) >= 2)
        assert {(each.queue, each.passive) for each in broker.sent(commands.Queue.Declare)} == {(JOBS, True)}
        broker.closing.add(commands.Queue.Declare)
        async with asyncio.timeout(SECONDS):
            with pytest.raises(LinkLost):
                await consumer.take(1)


async def test_the_watchdog_of_a_consumer_does_not_wait_for_ever(broker: ScriptedBroker) -> None:
    async with broker.client(ping_seconds=0.01).consumer(JOBS, 1) as consumer:
        hurry(consumer)
        broker.mute.add(commands.Queue.Declare)
        async with asyncio.timeout(SECONDS):
            with pytest.raises(LinkLost, match="watchdog got no answer: TimeoutError"):
                await consumer.take(1)


async def test_a_queue_that_is_missing_is_a_topology_to_be_applied(broker: ScriptedBroker) -> None:
    broker.closing.add(commands.Basic.Consume)
    with pytest.raises(TopologyMismatch, match="homework broker apply"):
        async with broker.client().consumer(JOBS, 1):
            pass


async def test_a_monitor_takes_what_it_gets_without_acknowledging(broker: ScriptedBroker) -> None:
    async with broker.client().monitor() as monitor:
        [consume] = broker.sent(commands.Basic.Consume)
        assert consume.no_ack
        broker.deliver(1, b"status")
        [status] = await monitor.take(1)
    assert status.envelope.body == b"status"
