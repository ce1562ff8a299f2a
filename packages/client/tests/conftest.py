"""The client is tested with a service that listens on a real socket."""

from collections.abc import Iterator

import pytest
from tests.support.api.live import Live, live_service

from homework_client.client import Client
from homework_shared.exercises.messages import GeneratorKind


@pytest.fixture
def live(sqlite_url: str) -> Iterator[Live]:
    """A service with a generator that writes at once, as one on a GPU would."""
    with live_service(sqlite_url, GeneratorKind.VLLM) as live:
        yield live


@pytest.fixture
def client(live: Live) -> Iterator[Client]:
    with Client(live.url) as client:
        yield client
