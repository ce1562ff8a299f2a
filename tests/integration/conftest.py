"""Every integration test of the pipeline runs on SQLite and on PostgreSQL, with a real broker."""

from collections.abc import AsyncIterator, Callable

import pytest
from tests.support.api.pipeline import Pipeline

from homework_api.database.engine import Database
from homework_shared.messaging.transport import Broker


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def pipeline(database: Database, as_user: Callable[[str], Broker]) -> Pipeline:
    return Pipeline(database, as_user)
