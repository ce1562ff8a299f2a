"""Fixtures that several test files share. Every test of the API runs on a real SQLite file and on a real
PostgreSQL.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.api.application import Api, FakeClock, api_over
from tests.support.api.course import Course, written
from tests.support.api.pipeline import Pipeline
from tests.support.broker.memory_broker import MemoryBroker

from homework_api.database.engine import Database
from homework_api.pipeline import deadline_net, results
from homework_shared.language.examine import load as load_tables
from homework_shared.runtime.retry import Backoff


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


@pytest.fixture
def memory() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pipeline(db: Database, memory: MemoryBroker, clock: FakeClock) -> Pipeline:
    """The parts of the API on an in-memory broker, with a clock that the test sets."""
    return Pipeline(db, lambda _user: memory, clock)


@pytest.fixture
async def course(api: Api) -> Course:
    """A homework that a GPU has written and that is held back. The outbox is empty."""
    return await written(api)


@pytest.fixture
def retrying_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The results consumer and the deadline net do not wait before they try again."""
    monkeypatch.setattr(results, "DATABASE_BACKOFF", Backoff(0.001, 0.001))
    monkeypatch.setattr(deadline_net, "TICK_SECONDS", 0.001)


@pytest.fixture(scope="session")
def language() -> None:
    """Load the tables of the language in advance. The first result would wait for them, for seconds on a busy
    machine.
    """
    load_tables()
