"""What a test of the broker's contract does with either broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from homework_shared.errors import Verdict
from homework_shared.messaging.topology import DEAD, FALLBACK, FALLBACK_DESTINATION
from homework_shared.messaging.transport import Broker, Consumer, Delivery, Destination, Envelope
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.waiting import SECONDS

Tried = MemoryBroker | BrokerProcess


class As(Protocol):
    def __call__(self, user: str) -> Broker: ...


def message(body: str = "{}", expires_in_ms: int | None = None, id_: str = "id") -> Envelope:
    return Envelope("GenerateHomework", id_, body.encode(), {"traceparent": "00-ab-cd-01"}, expires_in_ms)


async def publish(broker: Broker, destination: Destination, *envelopes: Envelope) -> None:
    async with broker.publisher() as publisher:
        assert await publisher.publish_many([(destination, each) for each in envelopes]) == [None] * len(
            envelopes
        )


async def take_one(consumer: Consumer, seconds: float = SECONDS) -> Delivery:
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


async def parked(contract: As, *ids: str) -> None:
    """Jobs that the mock generator has rejected one after another."""
    for id_ in ids:
        await publish(contract("api"), FALLBACK_DESTINATION, message(id_=id_))
        async with contract("mock_generator").consumer(FALLBACK, 1) as fallback:
            await (await take_one(fallback)).settle(Verdict.REJECT)
    async with contract("api").monitor() as monitor, asyncio.timeout(30):
        while (await monitor.depths())[DEAD].ready != len(ids):
            await asyncio.sleep(0.05)


async def browsed(contract: As, limit: int = 100) -> list[str]:
    async with contract("api").browse(DEAD, limit) as deliveries:
        return [delivery.envelope.message_id for delivery in deliveries]
