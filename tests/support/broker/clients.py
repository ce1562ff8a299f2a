"""A test's client of a broker, either RabbitMQ or the in-memory one."""

import asyncio
from typing import Protocol

from pydantic import SecretStr

from homework_shared.errors import LinkLost, Verdict
from homework_shared.exercises.messages import Message
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.consumer import RabbitConsumer
from homework_shared.messaging.transport import Broker, Consumer, Delivery, Destination, Envelope, envelop
from homework_shared.settings import LocalBrokerSettings
from tests.support.waiting import SECONDS


class HasUsers(Protocol):
    """A running broker: one of the tests, or one that the command line keeps."""

    def amqp_url(self, user: str) -> str: ...


def rabbit(broker: HasUsers, user: str) -> RabbitBroker:
    """A client with the rights of `user`."""
    return RabbitBroker(LocalBrokerSettings(amqp_url=SecretStr(broker.amqp_url(user))), f"test-{user}")


async def send(broker: Broker, destination: Destination, *messages: Message | Envelope) -> None:
    """Publish all messages, and wait until each is confirmed."""
    sealed = [each if isinstance(each, Envelope) else envelop(each, "id") for each in messages]
    async with broker.publisher() as publisher:
        outcomes = await publisher.publish_many([(destination, each) for each in sealed])
    assert outcomes == [None] * len(sealed)


async def take(consumer: Consumer, count: int, seconds: float = SECONDS) -> list[Delivery]:
    taken: list[Delivery] = []
    async with asyncio.timeout(seconds):
        while len(taken) < count:
            taken += await consumer.take(count - len(taken))
    return taken


async def reject(broker: Broker, queue: str) -> None:
    """Reject messages, as a generator does with a job that it cannot do, and the API with an
    unusable result.
    """
    async with broker.consumer(queue, 1) as consumer:
        [delivery] = await take(consumer, 1)
        await delivery.settle(Verdict.REJECT)


def is_lost(consumer: Consumer) -> bool:
    """Whether this consumer of RabbitMQ has lost its link."""
    assert isinstance(consumer, RabbitConsumer)
    try:
        consumer.link.check()
    except LinkLost:
        return True
    return False
