"""Real processes on PostgreSQL. `services` and `broker` come from tests/support/fixtures.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker.brokers import BrokerProcess
from tests.support.processes import Stack, stack


@pytest.fixture
def roles_on_postgres(broker: BrokerProcess, tmp_path: Path, postgres_url: str) -> Iterator[Stack]:
    with stack(broker, tmp_path, postgres_url) as services:
        yield services
