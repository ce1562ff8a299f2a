"""The behaviour that every broker must have. The in-memory broker and RabbitMQ pass the same tests."""

from collections.abc import Callable

import pytest
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.clients import rabbit
from tests.support.broker.contract import Tried
from tests.support.broker.leftovers import clear
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.broker.memory_login import MemoryLogin

from homework_shared.messaging.transport import Broker


@pytest.fixture(params=["memory", "rabbitmq"])
def tried(request: pytest.FixtureRequest) -> Tried:
    """The broker on which the contract is tested."""
    if request.param == "memory":
        return MemoryBroker()
    process: BrokerProcess = request.getfixturevalue("running_broker")
    clear(process)
    return process


@pytest.fixture
def contract(tried: Tried) -> Callable[[str], Broker]:
    """The broker as each user sees it."""
    if isinstance(tried, MemoryBroker):
        return lambda user: MemoryLogin(tried, user)
    return lambda user: rabbit(tried, user)
