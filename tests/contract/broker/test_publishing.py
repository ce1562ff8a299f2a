"""A message is confirmed once a queue has it, and refused alone where none can take it."""

import asyncio

import pytest
from tests.support.broker.contract import As, Tried, message, publish, take_one
from tests.support.broker.full_queue import room_for

from homework_shared.errors import MessageTooLarge, PublishRefused, Unroutable, Verdict
from homework_shared.exercises.messages import MAX_BODY_BYTES
from homework_shared.messaging.topology import JOB_DESTINATION, JOBS, RESULT_REPLAY_DESTINATION, RESULTS
from homework_shared.messaging.transport import Broker, Delivery, Destination


async def test_a_message_that_is_too_large_is_refused_alone(contract: As) -> None:
    large = message("x" * (MAX_BODY_BYTES + 1), id_="large")
    async with contract("api").publisher() as publisher:
        several = [(JOB_DESTINATION, each) for each in (message(id_="1"), large, message(id_="2"))]
        outcomes = await publisher.publish_many(several)
        assert [type(each) for each in outcomes] == [type(None), MessageTooLarge, type(None)]
        with pytest.raises(MessageTooLarge, match=str(MAX_BODY_BYTES)):
            await publisher.publish(JOB_DESTINATION, large)
        await publisher.publish(JOB_DESTINATION, message(id_="3"))


async def test_a_full_queue_refuses_what_is_too_much_and_keeps_what_it_has(
    contract: As, tried: Tried
) -> None:
    confirmed, refused = ["first"], 0
    await publish(contract("api"), JOB_DESTINATION, message(id_="first"))
    with room_for(tried, JOBS, 2):
        async with contract("api").publisher() as publisher, asyncio.timeout(60):
            # RabbitMQ applies a policy and counts with a delay, so it may accept more than the limit.
            for number in range(1000):
                [outcome] = await publisher.publish_many([(JOB_DESTINATION, message(id_=str(number)))])
                confirmed += [str(number)] if outcome is None else []
                refused += outcome is not None
                assert outcome is None or type(outcome) is PublishRefused
                if refused == 3:
                    break
        assert refused == 3
        assert len(confirmed) < 500
        async with contract("generator").consumer(JOBS, 500) as consumer, asyncio.timeout(60):
            kept: list[Delivery] = []
            while len(kept) < len(confirmed):
                kept += await consumer.take(100)
            assert [delivery.envelope.message_id for delivery in kept] == confirmed
            await consumer.ack_through(kept[-1])
            await publish_when_there_is_room(contract("api"), "last")
            await (await take_one(consumer)).settle(Verdict.ACK)


async def publish_when_there_is_room(broker: Broker, id_: str) -> None:
    async with broker.publisher() as publisher:
        while (await publisher.publish_many([(JOB_DESTINATION, message(id_=id_))]))[0] is not None:
            await asyncio.sleep(0.05)


async def test_the_api_publishes_a_result_again_through_the_generation_exchange(contract: As) -> None:
    await publish(contract("api"), RESULT_REPLAY_DESTINATION, message(id_="again"))
    async with contract("api").consumer(RESULTS, 1) as consumer:
        delivery = await take_one(consumer)
        assert (delivery.envelope.message_id, list(delivery.deaths)) == ("again", [])
        await delivery.settle(Verdict.ACK)


async def test_a_message_for_which_no_queue_is_bound_is_an_error(contract: As) -> None:
    async with contract("api").publisher() as publisher:
        with pytest.raises(Unroutable):
            await publisher.publish(Destination("generation", "nowhere"), message())
