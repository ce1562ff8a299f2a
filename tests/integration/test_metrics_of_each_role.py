"""Each process serves its own metrics. Only the role that serves HTTP queries the database and the broker."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.broker.brokers import free_port
from tests.support.processes import ServiceProcess

ROLES = {
    "relay": ["homework_api.main", "relay"],
    "results": ["homework_api.main", "results"],
    "mock": ["homework_mock_generator"],
}
KNOWN_TO_THE_API_ALONE = (
    "homework_database_up", "homework_broker_up", "homework_queue_ready", "homework_queue_consumers",
    "homework_outbox_", "homework_records", "homework_assignments", "homework_generators_",
    "homework_tunnel_",
)  # fmt: skip
STARTING_SECONDS = 120.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a process whose broker does not answer. Metrics are served before
    there is a link.
    """
    return {
        "AMQP_URL": f"amqp://guest:guest@127.0.0.1:{free_port()}/",
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/homework.db",
    }


@pytest.fixture
def metrics(request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The metrics of the process of one role."""
    port = str(free_port())
    process = ServiceProcess(
        request.param, tmp_path, ROLES[request.param], environment | {"METRICS_PORT": port}
    )
    process.start()
    try:
        yield when_it_answers(f"http://127.0.0.1:{port}/metrics", process)
    finally:
        process.stop()


def when_it_answers(url: str, process: ServiceProcess) -> str:
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            return httpx.get(url, timeout=60).raise_for_status().text
        except httpx.TransportError:
            assert process.running, process.log.read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.1)


def names_in(metrics: str) -> set[str]:
    return {line.split()[2] for line in metrics.splitlines() if line.startswith("# TYPE homework_")}


@pytest.mark.parametrize("metrics", ROLES, indirect=True)
def test_a_process_without_http_says_nothing_of_the_database_the_broker_and_the_queues(metrics: str) -> None:
    shown = names_in(metrics)
    assert {name for name in shown if name.startswith(KNOWN_TO_THE_API_ALONE)} == set()


@pytest.mark.parametrize("metrics", ["mock"], indirect=True)
def test_the_mock_generator_serves_the_metrics_of_a_worker_only(metrics: str) -> None:
    assert names_in(metrics) == {
        "homework_worker_deliveries_total",
        "homework_worker_in_flight",
        "homework_worker_generation_seconds",
    }


def test_the_role_that_serves_http_says_whether_the_database_and_the_broker_answer(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port, metrics_port = free_port(), free_port()
    ports = {"API_PORT": str(port), "METRICS_PORT": str(metrics_port)}
    process = ServiceProcess("http", tmp_path, ["homework_api.main", "http"], environment | ports)
    process.start()
    try:
        when_it_answers(f"http://127.0.0.1:{port}/health", process)
        shown = when_it_answers(f"http://127.0.0.1:{metrics_port}/metrics", process).splitlines()
    finally:
        process.stop()
    assert "homework_database_up 1.0" in shown
    assert "homework_broker_up 0.0" in shown
