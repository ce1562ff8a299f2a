"""The behaviour that every broker must have. The in-memory broker and RabbitMQ pass the same tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from tests.support.broker.brokers import BrokerProcess, purge
from tests.support.broker.clients import rabbit
from tests.support.broker.full_queue import room_for
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.broker.memory_login import MemoryLogin

from homework_shared.errors import MessageTooLarge, PublishRefused, Unroutable, Verdict
from homework_shared.exercises.messages import MAX_BODY_BYTES
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    JOBS,
    RESULT_DESTINATION,
    RESULT_REPLAY_DESTINATION,
    RESULTS,
    STATUS_DESTINATION,
)
from homework_shared.messaging.transport import Broker, Consumer, Delivery, Destination, Envelope

Tried = MemoryBroker | BrokerProcess


@pytest.fixture(params=["memory", "rabbitmq"])
def tried(request: pytest.FixtureRequest) -> Tried:
    """The broker on which the contract is tested."""
    if request.param == "memory":
        return MemoryBroker()
    process: BrokerProcess = request.getfixturevalue("running_broker")
    purge(process)
    return process


@pytest.fixture
def contract(tried: Tried) -> Callable[[str], Broker]:
    """The broker as each user sees it."""
    if isinstance(tried, MemoryBroker):
        return lambda user: MemoryLogin(tried, user)
    return lambda user: rabbit(tried, user)


class As(Protocol):
    def __call__(self, user: str) -> Broker: ...


def message(body: str = "{}", expires_in_ms: int | None = None, id_: str = "id") -> Envelope:
    return Envelope("GenerateHomework", id_, body.encode(), {"traceparent": "00-ab-cd-01"}, expires_in_ms)


async def publish(broker: Broker, destination: Destination, *envelopes: Envelope) -> None:
    async with broker.publisher() as publisher:
        assert await publisher.publish_many([(destination, each) for each in envelopes]) == [None] * len(
            envelopes
        )


async def take_one(consumer: Consumer, seconds: float = 5.0) -> Delivery:
    async with asyncio.timeout(seconds):
        [delivery] = await consumer.take(1)
    return delivery


async def nothing_arrives(consumer: Consumer, seconds: float = 0.3) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await consumer.take(1)
    except TimeoutError:
        return True
    return False


@asynccontextmanager
async def dead_letters(contract: As) -> AsyncIterator[Consumer]:
    async with contract("api").consumer(DEAD, 100) as consumer:
        yield consumer


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


async def test_a_message_says_which_user_published_it_also_as_a_dead_letter(contract: As) -> None:
    await publish(contract("generator"), RESULT_DESTINATION, message())
    async with contract("api").consumer(RESULTS, 1) as consumer:
        delivery = await take_one(consumer)
        assert (delivery.user_id, delivery.is_from_own_user) == ("generator", False)
        await delivery.settle(Verdict.REJECT)
    async with dead_letters(contract) as dead:
        delivery = await take_one(dead)
        assert (delivery.user_id, delivery.is_from_own_user) == ("generator", False)
        await delivery.settle(Verdict.REQUEUE)
    async with contract("api").browse(DEAD, 1) as deliveries:
        assert [(each.user_id, each.is_from_own_user) for each in deliveries] == [("generator", False)]
        await deliveries[0].settle(Verdict.ACK)


async def test_a_user_recognises_what_it_published_itself(contract: As) -> None:
    await publish(contract("api"), RESULT_REPLAY_DESTINATION, message())
    async with contract("api").consumer(RESULTS, 1) as consumer:
        delivery = await take_one(consumer)
        assert (delivery.user_id, delivery.is_from_own_user) == ("api", True)
        await delivery.settle(Verdict.ACK)


async def test_a_status_says_which_user_announced_it(contract: As) -> None:
    async with contract("api").monitor() as monitor, contract("generator").publisher() as publisher:
        await publisher.announce(STATUS_DESTINATION, Envelope("GeneratorStatus", "w1", b"{}"))
        async with asyncio.timeout(5):
            [status] = await monitor.take(10)
    assert (status.user_id, status.is_from_own_user) == ("generator", False)


async def test_messages_that_have_arrived_are_taken_in_order_and_acknowledged_together(contract: As) -> None:
    await publish(contract("mock_generator"), RESULT_DESTINATION, *(message(id_=str(n)) for n in range(5)))
    async with contract("api").consumer(RESULTS, 10) as consumer:
        taken: list[Delivery] = []
        async with asyncio.timeout(5):
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


async def test_what_came_back_is_delivered_before_what_is_new(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(id_="old-1"), message(id_="old-2"))
    async with contract("generator").consumer(JOBS, 2) as consumer:
        await take_one(consumer)
        await take_one(consumer)
        await publish(contract("api"), JOB_DESTINATION, message(id_="new"))
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


async def test_a_message_that_is_too_large_is_refused_alone(contract: As) -> None:
    large = message("x" * (MAX_BODY_BYTES + 1), id_="large")
    async with contract("api").publisher() as publisher:
        several = [(JOB_DESTINATION, each) for each in (message(id_="1"), large, message(id_="2"))]
        outcomes = await publisher.publish_many(several)
        assert [type(each) for each in outcomes] == [type(None), MessageTooLarge, type(None)]
        with pytest.raises(MessageTooLarge, match=str(MAX_BODY_BYTES)):
            await publisher.publish(JOB_DESTINATION, large)
        await publisher.publish(JOB_DESTINATION, message(id_="3"))


async def test_a_job_that_expires_in_its_queue_goes_to_the_fallback_as_expired(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=100))
    async with contract("mock_generator").consumer(FALLBACK, 10) as consumer:
        delivery = await take_one(consumer)
        assert delivery.death_reason == "expired"
        await delivery.settle(Verdict.ACK)


async def test_a_job_with_no_time_left_goes_to_the_fallback_at_once(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=-5))
    async with contract("mock_generator").consumer(FALLBACK, 10) as consumer:
        await (await take_one(consumer)).settle(Verdict.ACK)


async def test_a_job_that_is_requeued_after_it_expired_goes_to_the_fallback_as_expired(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=300))
    async with (
        contract("generator").consumer(JOBS, 10) as jobs,
        contract("mock_generator").consumer(FALLBACK, 10) as fallback,
    ):
        delivery = await take_one(jobs)
        await asyncio.sleep(0.5)
        await delivery.settle(Verdict.REQUEUE)
        dead = await take_one(fallback)
        assert dead.death_reason == "expired"
        await dead.settle(Verdict.ACK)


async def test_a_job_that_expires_early_waits_behind_one_that_expires_late(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=1500), message(expires_in_ms=100))
    async with contract("mock_generator").consumer(FALLBACK, 10) as consumer:
        assert await nothing_arrives(consumer, 0.8)
        await (await take_one(consumer)).settle(Verdict.ACK)
        await (await take_one(consumer)).settle(Verdict.ACK)


async def test_a_rejected_job_goes_to_the_fallback_as_rejected(contract: As) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=60_000))
    async with (
        contract("generator").consumer(JOBS, 10) as jobs,
        contract("mock_generator").consumer(FALLBACK, 10) as fallback,
    ):
        await (await take_one(jobs)).settle(Verdict.REJECT)
        dead = await take_one(fallback)
        assert dead.death_reason == "rejected"
        await dead.settle(Verdict.ACK)


async def test_a_job_that_is_requeued_too_often_goes_to_the_fallback_with_the_delivery_limit_as_reason(
    contract: As,
) -> None:
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=60_000))
    async with (
        contract("generator").consumer(JOBS, 10) as jobs,
        contract("mock_generator").consumer(FALLBACK, 10) as fallback,
    ):
        for _ in range(6):
            await (await take_one(jobs)).settle(Verdict.REQUEUE)
        dead = await take_one(fallback)
        assert dead.death_reason == "delivery_limit"
        await dead.settle(Verdict.ACK)


async def test_a_job_that_the_fallback_rejects_is_parked(contract: As) -> None:
    await publish(contract("api"), FALLBACK_DESTINATION, message(id_="poison"))
    async with contract("mock_generator").consumer(FALLBACK, 10) as fallback, dead_letters(contract) as dead:
        await (await take_one(fallback)).settle(Verdict.REJECT)
        parked = await take_one(dead)
        assert parked.envelope.message_id == "poison"
        await parked.settle(Verdict.ACK)


async def test_a_full_queue_refuses_what_is_too_much_and_keeps_what_it_has(
    contract: As, tried: Tried
) -> None:
    confirmed, refused = ["first"], 0
    await publish(contract("api"), JOB_DESTINATION, message(id_="first"))
    with room_for(tried, JOBS, 2):
        async with contract("api").publisher() as publisher, asyncio.timeout(20):
            # RabbitMQ counts with a delay, so a few messages more than the limit may be accepted.
            for number in range(1000):
                [outcome] = await publisher.publish_many([(JOB_DESTINATION, message(id_=str(number)))])
                confirmed += [str(number)] if outcome is None else []
                refused += outcome is not None
                assert outcome is None or type(outcome) is PublishRefused
                if refused == 3:
                    break
        assert refused == 3
        assert len(confirmed) < 50
        async with contract("generator").consumer(JOBS, 100) as consumer, asyncio.timeout(20):
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


async def parked(contract: As, *ids: str) -> None:
    """Jobs that the mock generator has rejected one after another."""
    for id_ in ids:
        await publish(contract("api"), FALLBACK_DESTINATION, message(id_=id_))
        async with contract("mock_generator").consumer(FALLBACK, 1) as fallback:
            await (await take_one(fallback)).settle(Verdict.REJECT)
    async with contract("api").monitor() as monitor, asyncio.timeout(5):
        while (await monitor.depths())[DEAD].ready != len(ids):
            await asyncio.sleep(0.05)


async def browsed(contract: As, limit: int = 100) -> list[str]:
    async with contract("api").browse(DEAD, limit) as deliveries:
        return [delivery.envelope.message_id for delivery in deliveries]


async def test_browsing_a_queue_changes_nothing(contract: As) -> None:
    await parked(contract, "a", "b", "c")
    assert await browsed(contract) == await browsed(contract) == ["a", "b", "c"]
    assert len(await browsed(contract, 2)) == 2
    assert sorted(await browsed(contract)) == ["a", "b", "c"]


async def test_a_browsed_message_that_is_settled_is_gone_and_the_others_stay(contract: As) -> None:
    await parked(contract, "a", "b", "c")
    async with contract("api").browse(DEAD, 100) as deliveries:
        await deliveries[1].settle(Verdict.ACK)
    assert await browsed(contract) == ["a", "c"]


async def test_browsing_waits_until_nobody_else_browses_and_then_sees_everything(contract: As) -> None:
    await parked(contract, "a", "b")
    async with contract("api").browse(DEAD, 100):
        second = asyncio.create_task(browsed(contract))
        await asyncio.sleep(0.5)
        assert not second.done()
    async with asyncio.timeout(5):
        assert await second == ["a", "b"]


async def test_a_dead_letter_has_its_history_with_the_last_death_first(contract: As) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)  # The broker's own clock counts whole seconds.
    await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=0))
    async with contract("mock_generator").consumer(FALLBACK, 1) as fallback:
        delivery = await take_one(fallback)
        [death] = delivery.deaths
        await delivery.settle(Verdict.REJECT)
        assert (death.queue, death.reason, death.count) == (JOBS, "expired", 1)
    async with contract("api").consumer(DEAD, 1) as dead:
        delivery = await take_one(dead)
        assert [(d.queue, d.reason) for d in delivery.deaths] == [(FALLBACK, "rejected"), (JOBS, "expired")]
        assert all(before <= death.at <= datetime.now(UTC) for death in delivery.deaths)
        assert delivery.death_reason == "expired"
        await delivery.settle(Verdict.ACK)


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


async def test_a_monitor_receives_statuses_and_reads_depths(contract: As) -> None:
    await publish(contract("api"), FALLBACK_DESTINATION, message())
    async with contract("api").monitor() as monitor, contract("generator").publisher() as publisher:
        await publisher.announce(STATUS_DESTINATION, Envelope("GeneratorStatus", "w1", b"{}"))
        async with asyncio.timeout(5):
            [status] = await monitor.take(10)
            while (await monitor.depths())[FALLBACK].ready != 1:
                await asyncio.sleep(0.05)
        assert status.envelope.message_id == "w1"
        assert (await monitor.depths())[JOBS].consumers == 0


async def test_a_probe_goes_through_a_queue_that_works_and_leaves_nothing_behind(contract: As) -> None:
    async with contract("api").prober() as prober, asyncio.timeout(10):
        for _ in range(3):
            await prober.check()


async def test_two_processes_probe_the_same_queue(contract: As) -> None:
    async with contract("api").prober() as one, contract("api").prober() as other, asyncio.timeout(10):
        for _ in range(5):
            await asyncio.gather(one.check(), other.check())
