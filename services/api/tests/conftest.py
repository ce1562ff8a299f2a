"""Every test of the API runs on a real SQLite file and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.api.application import Api, api_over

from homework_api.database.engine import Database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with api_over(database_url) as api:
        yield api


@pytest.fixture
async def sqlite_api(sqlite_url: str) -> AsyncIterator[Api]:
    """An API on SQLite, for tests whose outcome does not depend on the database."""
    async with api_over(sqlite_url) as api:
        yield api


@pytest.fixture
async def broken_api(tmp_path: Path) -> AsyncIterator[Api]:
    """An API whose database cannot be opened, because a folder is in the place of the file."""
    (tmp_path / "folder.db").mkdir()
    async with api_over(f"sqlite:///{tmp_path}/folder.db") as api:
        yield api
