"""One trace connects the teacher's request with every student's homework, across real processes
and queues.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.broker.brokers import free_port
from tests.support.collector import Collector, Sent, collecting
from tests.support.processes import ServiceProcess, Stack

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = CALLER.split("-")[1]
PATH = [
    "process generation.results", "send generation.results", "process generation.jobs", "send generation",
]  # fmt: skip
REQUEST = "POST /api/teacher/assignments"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        yield collector


def names(spans: list[Sent]) -> Counter[str]:
    return Counter(span.name for span in spans)


def assign_in_trace(services: Stack, students: int, seconds: int) -> dict[str, Any]:
    services.client.headers["traceparent"] = CALLER
    try:
        return services.assign(students=students, deadline_seconds=seconds)
    finally:
        del services.client.headers["traceparent"]


def job_lines(process: ServiceProcess, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in process.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def test_a_class_written_by_a_gpu_is_one_trace(services: Stack, collector: Collector) -> None:
    services.api("http")
    services.wait_until_up()
    services.api("relay")
    services.api("results")
    gpu = services.gpu_like(seconds=0.3)
    services.wait(lambda: services.client.get("/api/ops/overview").json()["mode"] == "gpu", 60)
    created = assign_in_trace(services, 3, 60)
    services.wait_for_completion(created["id"], 60)
    wanted = Counter({
        REQUEST: 1, "accept assignment": 1, "send generation": 3, "process generation.jobs": 3, "generate": 3,
        "send generation.results": 3, "process generation.results": 3,
    })  # fmt: skip
    # The students were created in the same client's trace, so the trace holds those spans too.
    services.wait(lambda: wanted <= names(collector.of(TRACE)), 60)
    by_id = {span.id: span for span in collector.of(TRACE)}
    stored = [span for span in by_id.values() if span.name == "process generation.results"]
    assert len(stored) == 3
    for span in stored:
        *path, _accepted = [each for each in ancestry(span, by_id) if each.name in wanted]
        assert [each.name for each in path[:4]] == PATH
        assert {each.attributes["messaging.message.id"] for each in path[:4]} == {
            span.attributes["messaging.message.id"]
        }
        assert next(reversed(list(ancestry(span, by_id)))).name == REQUEST
    # One process works on three jobs at once. Each log line has its job's id and the common trace id.
    services.wait(lambda: len(job_lines(gpu, "homework_written")) >= 3, 60)
    written = job_lines(gpu, "homework_written")
    assert {line["trace_id"] for line in written} == {TRACE}
    assert {line["job_id"] for line in written} == {
        span.attributes["messaging.message.id"] for span in stored
    }


def ancestry(span: Sent, by_id: dict[str, Sent]) -> Iterator[Sent]:
    while True:
        yield span
        if span.parent not in by_id:
            return
        span = by_id[span.parent]


def test_what_the_mock_writes_is_in_the_same_trace_with_its_reason(
    services: Stack, collector: Collector
) -> None:
    services.api()
    services.mock()
    services.wait_until_up()
    created = assign_in_trace(services, 2, 10)
    services.wait_for_completion(created["id"], 60)
    wanted = Counter({"process generation.results": 2, "process generation.fallback": 2})
    services.wait(lambda: wanted <= names(collector.of(TRACE)), 60)
    fallen = [span for span in collector.of(TRACE) if span.name == "process generation.fallback"]
    # A job that is not written soon after its deadline is sent to the mock once more, without this reason.
    assert [span.attributes.get("homework.death_reason") for span in fallen].count("expired") == 2
    assert {span.service for span in fallen} == {"homework-mock-generator"}
    for span in collector.spans:
        assert "@" not in str(span.attributes)


def test_a_collector_that_is_away_costs_its_spans_and_nothing_else(
    services: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    api, mock = services.api(), services.mock()
    services.wait_until_up()
    created = assign_in_trace(services, 2, 5)
    assert services.wait_for_completion(created["id"], 60)["progress"]["available"] == 2
    services.wait(lambda: len({line["job_id"] for line in job_lines(mock, "homework_written")}) == 2, 60)
    assert {line["trace_id"] for line in job_lines(mock, "homework_written")} == {TRACE}
    started = time.monotonic()
    assert [mock.stop(), api.stop()] == [0, 0]
    assert time.monotonic() - started < 40  # Kubernetes allows each of them as much.
