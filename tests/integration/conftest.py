"""Every integration test runs on SQLite and on PostgreSQL, with a real broker."""

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr
from tests.support.api.databases import (
    database_url,
    empty_postgres_url,
    postgres_server,
    postgres_template,
    postgres_url,
    sqlite_template,
    sqlite_url,
)
from tests.support.api.pipeline import Pipeline
from tests.support.broker.brokers import BrokerProcess

from homework_api.database.engine import Database
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.transport import Broker
from homework_shared.settings import LocalBrokerSettings

__all__ = [
    "database_url",
    "empty_postgres_url",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def as_user(broker: BrokerProcess) -> Callable[[str], Broker]:
    def connect(user: str) -> Broker:
        return RabbitBroker(LocalBrokerSettings(amqp_url=SecretStr(broker.amqp_url(user))), f"test-{user}")

    return connect


@pytest.fixture
def pipeline(database: Database, as_user: Callable[[str], Broker]) -> Pipeline:
    return Pipeline(database, as_user)
