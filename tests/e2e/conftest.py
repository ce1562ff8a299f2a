"""End-to-end tests break things, so they have a broker of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.brokers import BrokerProcess, purge, start_broker
from tests.support.processes import Stack, stack


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
