"""The broker of docker-compose.yml, for machines with Docker and no rabbitmq-server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from homework_cli.brokers import ComposeBroker, docker_answers
from homework_shared.broker import RabbitBroker
from homework_shared.settings import BrokerSettings
from homework_shared.topology import FALLBACK, FALLBACK_ROUTE
from homework_shared.transport import Envelope


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ComposeBroker]:
    if not docker_answers():
        pytest.skip("no Docker engine with Compose: the container broker was not tried")
    broker = ComposeBroker(tmp_path, project="homework-test")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop(with_data=True)


def rabbit(broker: ComposeBroker, user: str) -> RabbitBroker:
    return RabbitBroker(BrokerSettings(amqp_url=SecretStr(broker.amqp_url(user))), "test")


def test_it_has_the_topology_and_the_users_and_keeps_its_data(broker: ComposeBroker) -> None:
    async def publish() -> None:
        async with rabbit(broker, "api").publisher() as publisher:
            await asyncio.sleep(1.5)  # a queue younger than a second may lose what it confirmed
            await publisher.publish(FALLBACK_ROUTE, Envelope("GenerateHomework", "kept", b"{}"))

    async def take() -> str:
        async with rabbit(broker, "mock_generator").inbox(FALLBACK, 1) as inbox, asyncio.timeout(20):
            [delivery] = await inbox.take(1)
            return delivery.envelope.message_id

    asyncio.run(publish())
    broker.stop()
    broker.start()
    assert asyncio.run(take()) == "kept"
