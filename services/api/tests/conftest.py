"""Every test of the API runs on a real SQLite file and on a real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from tests.support.api import Api, api_over
from tests.support.databases import (
    database_url,
    empty_postgres_url,
    postgres_server,
    postgres_template,
    postgres_url,
    sqlite_template,
    sqlite_url,
)

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
async def api(database_url: str) -> AsyncIterator[Api]:
    async with api_over(database_url) as api:
        yield api


@pytest.fixture
async def sqlite_api(sqlite_url: str) -> AsyncIterator[Api]:
    """For what does not depend on the database."""
    async with api_over(sqlite_url) as api:
        yield api
