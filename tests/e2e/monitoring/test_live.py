"""A real Prometheus scrapes real processes, and the query of every panel returns data."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from homework_cli.stack.prometheus_targets import write_targets
from homework_shared.messaging.topology import DEAD_EXCHANGE
from tests.support.broker.brokers import BrokerProcess, free_port, unavailable
from tests.support.dashboards import DASHBOARDS, DEPLOY, queries
from tests.support.processes import ServiceProcess, Stack

SCRAPE_SECONDS = 1
PATIENCE_SECONDS = 90


class Prometheus:
    """Debian's prometheus with the product's own configuration. It scrapes once a second."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        program = shutil.which("prometheus")
        if program is None:
            unavailable("no prometheus on this machine")
        for file in ("alerts.yml", "prometheus.yml"):
            text = (DEPLOY / "prometheus" / file).read_text()
            (folder / file).write_text(text.replace("_interval: 5s", f"_interval: {SCRAPE_SECONDS}s"))
        write_targets(folder / "targets", ports)
        self.url = f"http://127.0.0.1:{free_port()}"
        with (folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    str(program), f"--config.file={folder}/prometheus.yml",
                    f"--storage.tsdb.path={folder}/data", f"--web.listen-address={self.url[7:]}",
                ],
                stdout=log, stderr=log,
            )  # fmt: skip

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)

    def answer(self, query: str) -> list[dict[str, Any]]:
        response = httpx.get(f"{self.url}/api/v1/query", params={"query": query}, timeout=60)
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:  # Prometheus is still starting.
            response.raise_for_status()
        got = response.json()
        assert got["status"] == "success", f"{query}: {got}"
        result: list[dict[str, Any]] = got["data"]["result"]
        return result

    def until(self, met: Callable[[], object], what: str = "Prometheus does not see it") -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if met():
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, what
            time.sleep(0.5)


@pytest.fixture
def prometheus(services: Stack, broker: BrokerProcess, tmp_path: Path) -> Iterator[Prometheus]:
    ports = {role: free_port() for role in ("relay", "results", "mock")}
    tunnel = tmp_path / "tunnel.json"
    tunnel.write_text(json.dumps({
        "up": True, "note": "open", "address": "tcp://a:1", "address_changes": 1, "connections_used": 7,
        "connections_limit": 5000, "updated_at": "2999-01-01T00:00:00Z",
    }))  # fmt: skip
    services.api("http", API_TUNNEL_STATE_FILE=str(tunnel))
    services.wait_until_up()  # The first API migrates the database. The others would do so at the same time.
    for role in ("relay", "results"):
        services.api(role, METRICS_PORT=str(ports[role]))
    services.mock(METRICS_PORT=str(ports["mock"]))
    folder = tmp_path / "prometheus"
    folder.mkdir()
    server = Prometheus(folder, ports | {"api": services.metrics_port, "broker": broker.metrics_port})
    try:
        yield server
    finally:
        server.stop()


def test_every_query_of_every_panel_has_an_answer_and_the_right_alerts_fire(
    services: Stack, prometheus: Prometheus, broker: BrokerProcess
) -> None:
    prometheus.until(lambda: len(prometheus.answer("up == 1")) == 6)
    gpu = services.gpu_like(0.2)
    prometheus.until(lambda: prometheus.answer('homework_generators_online{kind="vllm"} == 1'))
    work_of_both_kinds(services, gpu)
    bury_one(broker)
    prometheus.until(lambda: prometheus.answer('homework_queue_ready{queue="generation.dead"} == 1'))
    for dashboard in DASHBOARDS:
        for title, query in queries(dashboard):
            if "homework_generator_" not in query:  # Only an engine counts these, and none runs here.
                prometheus.until(partial(prometheus.answer, query), f"{dashboard.stem}, {title}: {query}")
    # The processes are scraped one after the other, so the last results may be seen a moment later.
    prometheus.until(lambda: written(prometheus) == {"vllm": 3, "mock": 2})
    prometheus.until(lambda: "DeadLetters" in pending_or_firing(prometheus))
    # A dead letter waits, the GPU has left, and the mock wrote two of five homework. A scrape that
    # fails on a busy machine is pending until the next one.
    expected = {"DeadLetters", "GpuGone", "FallbackShareHigh"}
    prometheus.until(lambda: pending_or_firing(prometheus) <= expected, "another alert stays")


def written(prometheus: Prometheus) -> dict[str, float]:
    found = prometheus.answer("sum by (generated_by) (homework_written_total)")
    return {each["metric"]["generated_by"]: float(each["value"][1]) for each in found}


def pending_or_firing(prometheus: Prometheus) -> set[str]:
    return {each["metric"]["alertname"] for each in prometheus.answer("ALERTS")}


def work_of_both_kinds(services: Stack, gpu: ServiceProcess) -> None:
    written = services.assign(students=3, deadline_seconds=60)
    services.wait_for_completion(written["id"], 60)
    student = written["student_ids"][0]
    [homework] = services.homework(student)
    path = f"/api/student/{student}/homework/{homework['id']}"
    services.client.post(f"{path}/start").raise_for_status()
    answers = {"answers": [None] * len(homework["exercises"])}
    services.client.post(f"{path}/submission", json=answers).raise_for_status()
    gpu.stop()
    late = services.assign(students=2, deadline_seconds=5)
    services.wait_for_completion(late["id"], 60)


def bury_one(broker: BrokerProcess) -> None:
    auth = ("ops", broker.password("ops"))
    message = {"properties": {}, "routing_key": "", "payload": "x", "payload_encoding": "string"}
    path = f"{broker.management_url}/api/exchanges/%2F/{DEAD_EXCHANGE}/publish"
    httpx.post(path, json=message, auth=auth, timeout=60).raise_for_status()
