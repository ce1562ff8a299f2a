"""Fixtures shared by all test suites below this folder."""

from collections.abc import Iterator

import pytest

from tests.support.broker.brokers import BrokerProcess, purge, start_broker


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    yield from start_broker(tmp_path_factory.mktemp("broker"))


@pytest.fixture
def broker(running_broker: BrokerProcess) -> BrokerProcess:
    """A real RabbitMQ with empty queues."""
    purge(running_broker)
    return running_broker
