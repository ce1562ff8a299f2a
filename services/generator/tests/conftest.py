"""Fixtures that several test files of the generator share."""

from collections.abc import AsyncIterator

import pytest
from tests.support.generator import model_server as kinds
from tests.support.generator.model_server import ModelServer, serving

from homework_generator import serve
from homework_generator.engines.engine import Engine
from homework_generator.engines.server import client
from homework_shared.worker.stats import WorkerStats

from .servers import starter


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten waits of seconds to hundredths of a second."""
    monkeypatch.setattr(client, "SHORTEST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(client, "LONGEST_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(serve, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(serve, "LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(serve, "_HEALTH_SECONDS", 0.01)


@pytest.fixture
def own_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the generator's `main` in this process without changing the process's logging."""
    monkeypatch.setattr("homework_generator.__main__.configure", lambda *_: None)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving(kinds.OLLAMA) as server:
        yield server


@pytest.fixture
async def engine(server: ModelServer) -> AsyncIterator[Engine]:
    engine = await starter(server).start(WorkerStats())
    yield engine
    await engine.close()
