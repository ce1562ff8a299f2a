"""The targets of the attacks: an API that requires keys, and the pipeline on a real RabbitMQ with its users'
rights.
"""

from collections.abc import AsyncIterator, Callable

import pytest

from homework_api.database.engine import Database
from homework_api.domain.access import Scope
from homework_shared.messaging.transport import Broker
from tests.support.api.application import Api, api_over
from tests.support.api.pipeline import Pipeline
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.thief import Thief


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    async with api_over(sqlite_url) as api:
        yield api


@pytest.fixture
async def administrator(api: Api) -> str:
    """A key with every right. No process has seen it yet."""
    return (await api.keys.create("administrator", frozenset(Scope), None, None)).text


@pytest.fixture
async def pipeline(sqlite_url: str, as_user: Callable[[str], Broker]) -> AsyncIterator[Pipeline]:
    database = Database(sqlite_url)
    yield Pipeline(database, as_user)
    await database.close()


@pytest.fixture
async def thief(broker: BrokerProcess) -> AsyncIterator[Thief]:
    """A person who has stolen the ticket of a GPU."""
    async with Thief.with_ticket_of(broker, "generator") as thief:
        yield thief
