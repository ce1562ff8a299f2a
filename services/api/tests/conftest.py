"""Every test of the API runs on a real SQLite file and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.api.api import Api, api_over
from tests.support.api.databases import (
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


@pytest.fixture
async def broken_api(tmp_path: Path) -> AsyncIterator[Api]:
    """Its database cannot be opened: a folder is where the file should be."""
    (tmp_path / "folder.db").mkdir()
    async with api_over(f"sqlite:///{tmp_path}/folder.db") as api:
        yield api
