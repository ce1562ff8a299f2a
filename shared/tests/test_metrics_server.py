"""A process without an HTTP service serves its metrics on a port of its own."""

import urllib.request

import pytest
from tests.support.broker.brokers import free_port

from homework_shared.observability.metrics_server import metrics_served
from homework_shared.settings import MetricsSettings


def test_metrics_are_served_while_the_block_lasts_and_the_port_is_free_afterwards() -> None:
    settings = MetricsSettings(port=free_port())
    for _ in range(2):
        with (
            metrics_served(*settings.address),
            urllib.request.urlopen(f"http://127.0.0.1:{settings.port}/metrics") as page,
        ):
            assert b"process_start_time_seconds" in page.read()


def test_a_taken_port_ends_the_process_with_what_to_do() -> None:
    settings = MetricsSettings(port=free_port())
    refused = pytest.raises(SystemExit, match="another METRICS_PORT")
    with metrics_served(*settings.address), refused, metrics_served(settings.host, settings.port):
        pass


def test_without_a_port_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METRICS_PORT", raising=False)
    with metrics_served(*MetricsSettings().address) as served:
        assert served is None
