"""A message is delivered as it was published, until it is settled."""

import asyncio

import pytest
from tests.support.broker.contract import As, message, nothing_arrives, publish, take_one
from tests.support.waiting import eventually

from homework_shared.errors import Verdict
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    JOBS,
    RESULT_DESTINATION,
    RESULT_REPLAY_DESTINATION,
    RESULTS,
)
from homework_shared.messaging.transport import Delivery, Destination


async def test_a_message_arrives_as_it_was_published(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message('{"a": "è"}', 60_000, "job-1"))
    async with contract("generator").consumer(JOBS, 10) as consumer:
        delivery = await take_one(consumer)
        assert delivery.envelope.type == "GenerateHomework"
        assert delivery.envelope.message_id == "job-1"
        assert delivery.envelope.body.decode() == '{"a": "è"}'
        assert delivery.envelope.headers["traceparent"] == "00-ab-cd-01"
        assert not delivery.redelivered
        assert delivery.death_reason is None
        await delivery.settle(Verdict.ACK)


async def test_a_user_recognises_what_it_published_itself(contract: As) -> None:
    await publish(contract("api"), RESULT_REPLAY_DESTINATION, message())
    async with contract("api").consumer(RESULTS, 1) as consumer:
        delivery = await take_one(consumer)
        assert (delivery.user_id, delivery.is_from_own_user) == ("api", True)
        await delivery.settle(Verdict.ACK)


async def test_messages_that_have_arrived_are_taken_in_order_and_acknowledged_together(contract: As) -> None:
    await publish(contract("mock_generator"), RESULT_DESTINATION, *(message(id_=str(n)) for n in range(5)))
    async with contract("api").consumer(RESULTS, 10) as consumer:
        taken: list[Delivery] = []
        async with asyncio.timeout(30):
            while len(taken) < 5:
                taken += await consumer.take(3)
        assert [delivery.envelope.message_id for delivery in taken] == list("01234")
        await consumer.ack_through(taken[-1])
    async with contract("api").consumer(RESULTS, 10) as consumer:
        assert await nothing_arrives(consumer)


async def test_no_more_messages_than_the_prefetch_are_delivered_unsettled(contract: As) -> None:
    await publish(
        contract("api"), JOB_DESTINATION, *(message(expires_in_ms=60_000, id_=str(n)) for n in range(3))
    )
    async with contract("generator").consumer(JOBS, 2) as consumer:
        first, second = await take_one(consumer), await take_one(consumer)
        assert await nothing_arrives(consumer)
        await first.settle(Verdict.ACK)
        third = await take_one(consumer)
        await second.settle(Verdict.ACK)
        await third.settle(Verdict.ACK)


async def test_a_message_that_is_not_settled_when_the_link_ends_is_delivered_again(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=60_000))
    async with contract("generator").consumer(JOBS, 10) as consumer:
        await take_one(consumer)
    async with contract("generator").consumer(JOBS, 10) as consumer:
        again = await take_one(consumer)
        assert again.redelivered
        await again.settle(Verdict.ACK)


async def test_a_message_says_how_often_it_came_back(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message())
    for earlier in range(3):
        async with contract("generator").consumer(JOBS, 1) as consumer:
            assert (await take_one(consumer)).earlier_deliveries == earlier


async def all_have_come_back(contract: As, count: int) -> bool:
    """RabbitMQ notices a moment later that a link has ended, and queues what it had delivered again."""
    async with contract("api").monitor() as monitor:
        return (await monitor.depths())[JOBS].ready == count


async def test_what_came_back_is_delivered_before_what_is_new(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(id_="old-1"), message(id_="old-2"))
    async with contract("generator").consumer(JOBS, 2) as consumer:
        await take_one(consumer)
        await take_one(consumer)
        await publish(contract("api"), JOB_DESTINATION, message(id_="new"))
    await eventually(lambda: all_have_come_back(contract, 3))
    async with contract("generator").consumer(JOBS, 1) as consumer:
        seen: list[str] = []
        for _ in range(3):
            delivery = await take_one(consumer)
            seen.append(delivery.envelope.message_id)
            await delivery.settle(Verdict.ACK)
    assert sorted(seen[:2]) == ["old-1", "old-2"]
    assert seen[2] == "new"


async def test_another_subscription_has_a_prefetch_of_its_own(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, *(message(id_=str(n)) for n in range(5)))
    async with contract("generator").consumer(JOBS, 1) as consumer:
        first = await take_one(consumer)
        assert await nothing_arrives(consumer)
        await consumer.subscribe(3)
        beside = [await take_one(consumer) for _ in range(3)]
        assert await nothing_arrives(consumer)
        await first.settle(Verdict.ACK)
        assert await nothing_arrives(consumer)  # The message belonged to the first subscription.
        await beside[0].settle(Verdict.ACK)
        assert (await take_one(consumer)).envelope.message_id == "4"


@pytest.mark.parametrize(
    ("queue", "user", "destination", "requeues"),
    [(JOBS, "generator", JOB_DESTINATION, 5), (FALLBACK, "mock_generator", FALLBACK_DESTINATION, 5),
     (RESULTS, "api", RESULT_DESTINATION, 20)],
)  # fmt: skip
async def test_a_message_comes_again_as_often_as_its_queue_allows_and_then_moves_on(
    contract: As, queue: str, user: str, destination: Destination, requeues: int
) -> None:
    sender = "mock_generator" if queue == RESULTS else "api"
    await publish(contract(sender), destination, message(id_="poison"))
    async with contract(user).consumer(queue, 10) as consumer:
        for _ in range(requeues + 1):
            delivery = await take_one(consumer)
            assert delivery.envelope.message_id == "poison"
            await delivery.settle(Verdict.REQUEUE)
        assert await nothing_arrives(consumer)
    next_queue, next_user = (FALLBACK, "mock_generator") if queue == JOBS else (DEAD, "api")
    async with contract(next_user).consumer(next_queue, 1) as consumer:
        dead = await take_one(consumer)
        assert (dead.envelope.message_id, dead.death_reason) == ("poison", "delivery_limit")
        await dead.settle(Verdict.ACK)


async def test_a_consumer_that_stopped_its_deliveries_can_still_settle(contract: As) -> None:
    await publish(contract("api"), FALLBACK_DESTINATION, message())
    async with contract("mock_generator").consumer(FALLBACK, 10) as consumer:
        delivery = await take_one(consumer)
        await consumer.stop_deliveries()
        await publish(contract("api"), FALLBACK_DESTINATION, message(id_="later"))
        assert await nothing_arrives(consumer)
        await delivery.settle(Verdict.ACK)
    async with contract("mock_generator").consumer(FALLBACK, 10) as consumer:
        assert (await take_one(consumer)).envelope.message_id == "later"
