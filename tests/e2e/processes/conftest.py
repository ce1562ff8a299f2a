"""End-to-end tests break things, so they have a broker of their own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api.databases import postgres_server, postgres_template, postgres_url
from tests.support.broker.brokers import BrokerProcess, purge, start_broker
from tests.support.processes import Stack, stack
from tests.support.up import Up

__all__ = ["postgres_server", "postgres_template", "postgres_url"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="module")
def fragile_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    yield from start_broker(tmp_path_factory.mktemp("broker"))


@pytest.fixture
def services(fragile_broker: BrokerProcess, tmp_path: Path) -> Iterator[Stack]:
    purge(fragile_broker)
    with stack(fragile_broker, tmp_path) as services:
        yield services


@pytest.fixture
def roles_on_postgres(fragile_broker: BrokerProcess, tmp_path: Path, postgres_url: str) -> Iterator[Stack]:
    purge(fragile_broker)
    with stack(fragile_broker, tmp_path, postgres_url) as services:
        yield services


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path, LOG_LEVEL="DEBUG")
    yield running
    if running.is_running:
        running.stop(signal.SIGTERM)
