"""A job that expires or is rejected goes to the fallback, and what the fallback rejects is parked."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.support.broker.contract import As, dead_letters, message, nothing_arrives, publish, take_one

from homework_shared.errors import Verdict
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    JOBS,
    RESULT_DESTINATION,
    RESULTS,
)


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
    async with (
        contract("generator").consumer(JOBS, 10) as jobs,
        contract("mock_generator").consumer(FALLBACK, 10) as fallback,
    ):
        # Both consumers are there before the job, which is delivered long before it expires.
        await publish(contract("api"), JOB_DESTINATION, message(expires_in_ms=1000))
        delivery = await take_one(jobs)
        await asyncio.sleep(1.2)
        await delivery.settle(Verdict.REQUEUE)
        dead = await take_one(fallback)
        assert dead.death_reason == "expired"
        await dead.settle(Verdict.ACK)


async def test_a_job_that_expires_early_waits_behind_one_that_expires_late(contract: As) -> None:
    early, late = message(expires_in_ms=100, id_="early"), message(expires_in_ms=3000, id_="late")
    async with contract("mock_generator").consumer(FALLBACK, 10) as consumer:
        await publish(contract("api"), JOB_DESTINATION, late, early)
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
