"""Real processes on PostgreSQL. `services` and `fragile_broker` come from tests/support/fixtures.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker.brokers import BrokerProcess, purge
from tests.support.processes import Stack, stack


@pytest.fixture
def roles_on_postgres(fragile_broker: BrokerProcess, tmp_path: Path, postgres_url: str) -> Iterator[Stack]:
    purge(fragile_broker)
    with stack(fragile_broker, tmp_path, postgres_url) as services:
        yield services
