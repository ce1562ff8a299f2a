"""With RabbitMQ, a dead letter that an operator sends again takes effect exactly once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import deliver, is_stored, only_homework, store
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.clients import reject, send, take
from tests.support.generator.mock import mock_generator
from tests.support.messages import failed, generated
from tests.support.waiting import eventually

from homework_api.domain.access import EVERYTHING
from homework_api.domain.errors import BrokerUnavailable, DeadLetterNotFound
from homework_api.services.dead_letters import DeadLetter, DeadLetterAction, DeadLetters
from homework_shared.errors import LinkLost, Verdict
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.delivery import RabbitDelivery
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    RESULT_DESTINATION,
    RESULTS,
)
from homework_shared.messaging.transport import Delivery, Envelope
from homework_shared.settings import LocalBrokerSettings


async def letters(dead: DeadLetters, count: int = 1) -> list[DeadLetter]:
    """Wait until there are this many dead letters, because dead-lettering takes a moment."""

    async def all_there() -> bool:
        return len(await dead.list_letters()) == count

    await eventually(all_there)
    return await dead.list_letters()


async def fail_on_the_mock(pipeline: Pipeline) -> None:
    """Turn the only job into a dead letter whose homework has failed."""
    await send(pipeline.broker("api"), FALLBACK_DESTINATION, await the_job(pipeline))
    await reject(pipeline.broker("mock_generator"), FALLBACK)
    await store(pipeline, failed((await only_homework(pipeline)).job_id))
    assert (await only_homework(pipeline)).status == "failed"


async def the_job(pipeline: Pipeline) -> Envelope:
    async with (
        running(pipeline.relay.run),
        pipeline.broker("generator").consumer("generation.jobs", 1) as consumer,
    ):
        [delivery] = await take(consumer, 1)
        await delivery.settle(Verdict.ACK)
        return Envelope(delivery.envelope.type, delivery.envelope.message_id, delivery.envelope.body)


async def test_a_replayed_job_is_written_after_all_and_completes_its_assignment(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign()
    await fail_on_the_mock(pipeline)
    dead = DeadLetters(pipeline.broker("api"), now)
    [letter] = await letters(dead)
    assert (letter.deaths[0].queue, letter.deaths[0].reason) == (FALLBACK, "rejected")
    await dead.send_again(letter.id, DeadLetterAction.MOCK)
    async with running(pipeline.results.run, mock_generator(pipeline.broker("mock_generator"))):
        await eventually(lambda: is_stored(pipeline))
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"
    assert await dead.list_letters() == []


async def test_a_result_that_was_parked_is_stored_when_replayed(pipeline: Pipeline) -> None:
    await pipeline.assign()
    await deliver(pipeline, generated((await only_homework(pipeline)).job_id))
    await reject(pipeline.broker("api"), RESULTS)
    dead = DeadLetters(pipeline.broker("api"), now)
    [letter] = await letters(dead)
    async with running(pipeline.results.run):
        await dead.send_again(letter.id, DeadLetterAction.REPLAY)
        await eventually(lambda: is_stored(pipeline))
    assert await dead.list_letters() == []


class NeverSettled(RabbitDelivery):
    async def settle(self, verdict: Verdict) -> None:
        raise LinkLost(f"cut before {verdict}")


class CutOff(RabbitBroker):
    """A broker whose link breaks after it has sent a message again and before it acknowledges the dead
    letter.
    """

    @asynccontextmanager
    async def browse(self, queue: str, limit: int) -> AsyncIterator[Sequence[Delivery]]:
        async with super().browse(queue, limit) as deliveries:
            held = [each for each in deliveries if isinstance(each, RabbitDelivery)]
            yield [
                NeverSettled(**{name: getattr(each, name) for name in RabbitDelivery.__slots__})
                for each in held
            ]


async def test_a_replay_that_dies_before_its_acknowledgement_duplicates_without_harm(
    pipeline: Pipeline, broker: BrokerProcess
) -> None:
    await pipeline.assign()
    await fail_on_the_mock(pipeline)
    dead = DeadLetters(pipeline.broker("api"), now)
    [letter] = await letters(dead)
    settings = LocalBrokerSettings(amqp_url=SecretStr(broker.amqp_url("api")))
    with pytest.raises(BrokerUnavailable, match="harmless a second time"):
        await DeadLetters(CutOff(settings, "test"), now).send_again(letter.id, DeadLetterAction.MOCK)
    assert [each.id for each in await letters(dead)] == [letter.id]
    await dead.send_again(letter.id, DeadLetterAction.MOCK)
    async with pipeline.broker("api").monitor() as monitor:
        assert (await monitor.depths())[FALLBACK].ready == 2

        async def all_done() -> bool:
            depths = await monitor.depths()
            return await is_stored(pipeline) and not any(depths[q].ready for q in (FALLBACK, RESULTS, DEAD))

        async with running(pipeline.results.run, mock_generator(pipeline.broker("mock_generator"))):
            await eventually(all_done)
    assert await dead.list_letters() == []


async def test_operators_who_look_at_the_same_time_all_see_everything(pipeline: Pipeline) -> None:
    sealed = [Envelope("HomeworkFailed", str(number), b"{}") for number in range(20)]
    await send(pipeline.broker("generator"), RESULT_DESTINATION, *sealed)
    for _ in sealed:
        await reject(pipeline.broker("api"), RESULTS)
    operators = [DeadLetters(pipeline.broker("api"), now) for _ in range(4)]
    await letters(operators[0], len(sealed))
    seen = await asyncio.gather(*(operator.list_letters() for operator in operators))
    assert [len(each) for each in seen] == [len(sealed)] * 4


async def test_two_operators_who_drop_the_same_letter_get_one_success_and_one_not_found(
    pipeline: Pipeline,
) -> None:
    await send(pipeline.broker("generator"), RESULT_DESTINATION, Envelope("HomeworkFailed", "1", b"{}"))
    await reject(pipeline.broker("api"), RESULTS)
    dead = DeadLetters(pipeline.broker("api"), now)
    [letter] = await letters(dead)
    outcomes = await asyncio.gather(dead.drop(letter.id), dead.drop(letter.id), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [DeadLetterNotFound.__name__, "NoneType"]
    assert await dead.list_letters() == []


async def test_a_broker_that_is_down_is_named_at_once() -> None:
    nowhere = RabbitBroker(LocalBrokerSettings(amqp_url=SecretStr("amqp://127.0.0.1:1/")), "test")
    async with asyncio.timeout(30):
        with pytest.raises(BrokerUnavailable, match=r"connecting to 127.0.0.1:1.*GET /ready"):
            await DeadLetters(nowhere, now).list_letters()
