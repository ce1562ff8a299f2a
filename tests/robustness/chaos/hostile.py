"""Attacks on the queues by the holder of a GPU's ticket, and a GPU process that hangs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from uuid import UUID, uuid4

from homework_shared.errors import TransientError
from homework_shared.exercises.messages import GeneratorKind, HomeworkFailed, HomeworkGenerated
from homework_shared.messaging.topology import JOBS, RESULT_DESTINATION
from homework_shared.messaging.transport import Envelope, Publisher, envelop
from tests.robustness.chaos.house import House
from tests.support.broker.bad_messages import malformed
from tests.support.broker.clients import rabbit
from tests.support.messages import failed, generated

STOLEN = 10
HELD = 20
HANGING_SECONDS = 30.0
FLOOD = 3000
MALFORMED = 300
BATCH = 100


async def consumer_hangs(house: House) -> None:
    """Jobs are taken and not settled for longer than the longest deadline, over a connection that stays
    alive.
    """

    async def hang() -> None:
        async with rabbit(house.broker, "generator").consumer(JOBS, HELD) as consumer:
            await consumer.take(HELD)
            await asyncio.sleep(HANGING_SECONDS)

    await _once_it_works(hang)


async def results_forged(house: House) -> None:
    """Jobs in progress are answered with failures and in the mock generator's name, and returned to the
    queue.
    """
    broker = rabbit(house.broker, "generator")

    async def forge() -> None:
        async with broker.consumer(JOBS, STOLEN) as consumer, broker.publisher() as publisher:
            jobs = [UUID(delivery.envelope.message_id) for delivery in await consumer.take(STOLEN)]
            await _publish(publisher, [seal(each) for job_id in jobs for each in _forgeries(job_id)])

    await _once_it_works(forge)


async def results_flooded(house: House) -> None:
    """Thousands of results that nobody requested are published, and hundreds that are unreadable."""
    nobody_asked = [seal(generated(uuid4(), text="una canzone")) for _ in range(FLOOD)]

    async def flood() -> None:
        async with rabbit(house.broker, "generator").publisher() as publisher:
            await _publish(publisher, [*nobody_asked, *malformed(HomeworkGenerated, MALFORMED)])

    await _once_it_works(flood)


async def _once_it_works(attack: Callable[[], Awaitable[None]]) -> None:
    """Repeat until it succeeds, because other faults make the broker unavailable meanwhile."""
    while True:
        try:
            return await attack()
        except TransientError:
            await asyncio.sleep(1)


def seal(result: HomeworkGenerated | HomeworkFailed) -> Envelope:
    return envelop(result, str(result.job_id))


def _forgeries(job_id: UUID) -> Iterator[HomeworkGenerated | HomeworkFailed]:
    yield failed(job_id)
    yield generated(job_id, by=GeneratorKind.MOCK, text="<script>alert(1)</script>")
    yield generated(job_id, by=GeneratorKind.VLLM, text="https://example.org/")


async def _publish(publisher: Publisher, envelopes: list[Envelope]) -> None:
    for first in range(0, len(envelopes), BATCH):
        batch = envelopes[first : first + BATCH]
        await publisher.publish_many([(RESULT_DESTINATION, each) for each in batch])
