"""The routes for operators: health, readiness, metrics, overview and OpenAPI."""

import re
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest
from tests.support.api.application import Api, FakeClock, api_over, statements_of

from homework_api.database.engine import DatabaseGone
from homework_api.http.gauges import DESCRIBED_AGAIN_AFTER, MAX_DESCRIBED, Gauges
from homework_api.pipeline.presence import SeenGenerator
from homework_api.schemas.system import OverviewResponse, TunnelState
from homework_api.services.tunnel_file import TunnelFile
from homework_shared import __version__
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus
from homework_shared.messaging.transport import QueueDepth

GENERATORS = ("online", "in_flight", "tokens_per_second", "uptime_seconds")


async def test_the_root_names_the_service_as_the_predecessor_did(sqlite_api: Api) -> None:
    root = (await sqlite_api.client.get("/")).json()
    assert (root["message"], root["docs"]) == ("Italian Teacher API", "/docs")
    assert root["endpoints"]["teacher"]["create_student"] == "POST /api/teacher/students"
    documented = (await sqlite_api.client.get("/openapi.json")).json()["paths"]
    assert set(root["endpoints"]) == {"teacher", "student", "operators"}
    for named in (route for group in root["endpoints"].values() for route in group.values()):
        method, path = named.split()
        assert method.lower() in documented[path]


async def test_health_answers_while_everything_else_is_down(sqlite_api: Api) -> None:
    sqlite_api.probe.problem = "refused"
    answer = await sqlite_api.client.get("/health")
    assert answer.json() == {"status": "healthy", "version": __version__}


async def test_fastapi_makes_no_spans_beside_ours(sqlite_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    made = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(made))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    assert (await sqlite_api.client.get("/health?q=text")).status_code == 200
    assert [span.name for span in made.get_finished_spans()] == []


async def test_a_removed_database_file_fails_writes_and_readiness(
    broken_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_work: object) -> None:
        raise DatabaseGone("data.db was removed while the service had it open: stop the service")

    monkeypatch.setattr(broken_api.db, "read", gone)
    monkeypatch.setattr(broken_api.db, "write", gone)
    asked = await broken_api.client.post("/api/teacher/students", json={"name": "Ada", "email": "a@b.it"})
    assert (asked.status_code, "removed or replaced" in asked.json()["detail"]) == (503, True)
    ready = await broken_api.client.get("/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"].endswith("stop the service")


async def test_a_service_whose_broker_is_another_installations_is_not_ready(api: Api) -> None:
    api.probe.problem, api.probe.shut_out = "another installation uses this vhost", True
    answer = await api.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert answer.json()["checks"]["broker"] == "another installation uses this vhost"


async def test_the_service_is_ready_when_database_and_broker_answer(api: Api) -> None:
    answer = await api.client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "down": [], "checks": {"database": "ok", "broker": "ok"}}


async def test_the_service_is_degraded_but_in_use_without_a_broker(api: Api) -> None:
    api.probe.problem = "connection refused"
    answer = await api.client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "down": ["broker"],
        "checks": {"database": "ok", "broker": "connection refused"},
    }
    assert (await api.assign(await api.add_students(1)))["status"] == "pending"


async def test_the_service_is_unavailable_without_a_database(broken_api: Api) -> None:
    answer = await broken_api.client.get("/ready")
    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["down"]) == ("unavailable", ["database"])


async def test_the_service_is_unavailable_while_migrations_are_missing(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    for url in (f"sqlite:///{tmp_path}/new.db", empty_postgres_url):
        async with api_over(url) as api:
            answer = await api.client.get("/ready")
        assert answer.status_code == 503
        assert "homework-api migrate" in answer.json()["checks"]["database"]


async def test_metrics_name_requests_by_route_and_not_by_path(sqlite_api: Api) -> None:
    await sqlite_api.client.get("/api/student/4711/homework")
    await sqlite_api.client.get("/wp-admin.php")
    await sqlite_api.client.request("BREW", "/health")
    shown = generate_latest().decode().splitlines()
    series = [line for line in shown if line.startswith("homework_http_request_seconds_count")]
    labels = {line.split("{")[1].split("}")[0] for line in series}
    assert 'method="GET",route="/api/student/{student_id}/homework",status="404"' in {
        line.removeprefix("homework_http_request_seconds_count{").rsplit("} ", 1)[0] for line in series
    }
    assert not any("4711" in line or "wp-admin" in line or "BREW" in line for line in labels)
    assert any('route="unmatched",status="404"' in line for line in labels)


def sighting(api: Api, kind: GeneratorKind, **said: Any) -> SeenGenerator:
    status: dict[str, Any] = {
        "worker_id": f"{kind}-1",
        "kind": kind,
        "model": "m",
        "gpu": "T4" if kind is GeneratorKind.VLLM else None,
        "in_flight": 2,
        "done": 40,
        "tokens_per_second": 123.5,
        "version": "0.1.0",
        "started_at": api.clock(),
    }
    return SeenGenerator(GeneratorStatus(**status | said), api.clock())


@pytest.mark.parametrize(
    ("kinds", "mode"),
    [([], "mock"), ([GeneratorKind.MOCK], "mock"), ([GeneratorKind.MOCK, GeneratorKind.VLLM], "gpu")],
)
async def test_the_overview_names_the_mode_and_the_generators(
    sqlite_api: Api, kinds: list[GeneratorKind], mode: str
) -> None:
    sqlite_api.probe.seen = [sighting(sqlite_api, kind) for kind in kinds]
    overview = (await sqlite_api.client.get("/api/ops/overview")).json()
    assert overview["mode"] == mode
    assert [generator["kind"] for generator in overview["generators"]] == kinds
    for generator in overview["generators"]:
        assert (generator["in_flight"], generator["last_seen"]) == (2, "2026-11-23T09:00:00Z")


async def test_the_overview_shows_the_tries_of_each_generator(sqlite_api: Api) -> None:
    counted = {"tries": 10, "usable": 7, "faults": [{"name": "unsolved", "count": 3}]}
    sqlite_api.probe.seen = [
        sighting(sqlite_api, GeneratorKind.VLLM, **counted),
        sighting(sqlite_api, GeneratorKind.MOCK),
    ]
    gpu, mock = (await sqlite_api.client.get("/api/ops/overview")).json()["generators"]
    assert {name: gpu[name] for name in counted} == counted
    assert {name: mock[name] for name in counted} == {"tries": 0, "usable": 0, "faults": []}


async def test_the_overview_names_the_engine_of_each_generator_and_its_server(sqlite_api: Api) -> None:
    mac = {"engine": "Ollama", "server": "http://ada:secret@127.0.0.1:11434/v1"}
    sqlite_api.probe.seen = [
        sighting(sqlite_api, GeneratorKind.VLLM, **mac),
        sighting(sqlite_api, GeneratorKind.VLLM, engine="vLLM"),
        sighting(sqlite_api, GeneratorKind.MOCK),
    ]
    answer = await sqlite_api.client.get("/api/ops/overview")
    assert [(each["engine"], each["server"]) for each in answer.json()["generators"]] == [
        ("Ollama", "http://127.0.0.1:11434"), ("vLLM", None), (None, None),
    ]  # fmt: skip
    assert "secret" not in answer.text


async def test_the_overview_counts_queues_outbox_and_homework(api: Api) -> None:
    api.probe.depths = {"generation.jobs": QueueDepth(3, 1)}
    assignment = await api.assign(await api.add_students(3))
    first, second, _ = await api.homework(assignment["id"])
    await api.settle(first, "mock")
    await api.settle(second, None)
    api.clock.advance(12.5)
    overview = (await api.client.get("/api/ops/overview")).json()
    assert overview == {
        "mode": "mock",
        "broker": {
            "connected": True,
            "problem": None,
            "queues": {"generation.jobs": {"ready": 3, "consumers": 1}},
        },
        "generators": [],
        "tunnel": None,
        "outbox": {"waiting": 3, "oldest_seconds": 12.5},
        "homework": {
            "by_status": {"pending": 1, "available": 1, "in_progress": 0, "completed": 0, "failed": 1},
            "by_generator": {"vllm": 0, "mock": 1},
        },
    }


async def test_the_overview_of_an_empty_database_without_a_broker(api: Api) -> None:
    api.probe.problem = "refused"
    overview = (await api.client.get("/api/ops/overview")).json()
    assert overview["broker"] == {"connected": False, "problem": "refused", "queues": None}
    assert overview["outbox"] == {"waiting": 0, "oldest_seconds": 0.0}


async def shown(api: Api) -> dict[str, float]:
    """The API's gauges in a scrape, by name and labels."""
    gauges = Gauges()
    await gauges.refresh(api.services)
    lines = generate_latest(gauges.registry).decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if line.startswith("homework_")]
    return {name: float(value) for name, value in pairs}


async def test_metrics_tell_what_the_database_holds_in_two_statements(api: Api) -> None:
    assignment = await api.assign(await api.add_students(3))
    first, second, _ = await api.homework(assignment["id"])
    await api.settle(first, "mock")
    await api.settle(second, None)
    api.clock.advance(12.5)
    with statements_of(api.db) as statements:
        samples = await shown(api)
    assert len(statements) == 2
    assert samples["homework_database_up"] == 1
    assert samples['homework_assignments{status="pending"}'] == 1
    assert samples['homework_records{generated_by="mock",status="available"}'] == 1
    assert samples['homework_records{generated_by="none",status="failed"}'] == 1
    assert (samples["homework_outbox_rows"], samples["homework_outbox_oldest_seconds"]) == (3, 12.5)


async def test_without_a_database_metrics_say_so_and_show_no_old_figures(broken_api: Api) -> None:
    samples = await shown(broken_api)
    assert samples["homework_database_up"] == 0
    assert not [name for name in samples if name.startswith(("homework_records", "homework_assignments"))]
    assert isnan(samples["homework_outbox_rows"])


async def test_a_broker_whose_queues_are_down_is_told_from_one_that_does_not_answer(sqlite_api: Api) -> None:
    sqlite_api.probe.problem = "refused"
    samples = await shown(sqlite_api)
    assert (samples["homework_broker_up"], samples["homework_broker_queues_up"]) == (0, 0)
    sqlite_api.probe.problem, sqlite_api.probe.answers = "its queues take nothing", True
    samples = await shown(sqlite_api)
    assert (samples["homework_broker_up"], samples["homework_broker_queues_up"]) == (1, 0)


async def test_a_generator_that_has_gone_is_no_longer_counted(sqlite_api: Api) -> None:
    sqlite_api.probe.seen = [sighting(sqlite_api, GeneratorKind.VLLM)]
    sqlite_api.probe.depths = {"generation.jobs": QueueDepth(3, 1)}
    sqlite_api.clock.advance(60)
    samples = await shown(sqlite_api)
    here = {name: samples[f'homework_generators_{name}{{kind="vllm"}}'] for name in GENERATORS}
    assert here == {"online": 1, "in_flight": 2, "tokens_per_second": 123.5, "uptime_seconds": 60}
    assert samples['homework_queue_ready{queue="generation.jobs"}'] == 3
    sqlite_api.probe.seen, sqlite_api.probe.depths, sqlite_api.probe.problem = [], None, "gone"
    samples = await shown(sqlite_api)
    assert not any(samples[f'homework_generators_{name}{{kind="vllm"}}'] for name in GENERATORS)
    assert samples["homework_broker_up"] == 0
    assert 'homework_queue_ready{queue="generation.jobs"}' not in samples


INFO = "homework_generators_info"


async def test_metrics_name_engine_server_and_model_of_the_generators_that_are_there(sqlite_api: Api) -> None:
    mac = {"engine": "Ollama", "server": "http://127.0.0.1:11434", "model": "gemma3:4b"}
    sqlite_api.probe.seen = [
        sighting(sqlite_api, GeneratorKind.VLLM, **mac),
        sighting(sqlite_api, GeneratorKind.VLLM, **mac, worker_id="a second Mac"),
        sighting(sqlite_api, GeneratorKind.MOCK),
    ]
    samples = await shown(sqlite_api)
    assert {name: value for name, value in samples.items() if name.startswith(INFO)} == {
        INFO + '{engine="Ollama",kind="vllm",model="gemma3:4b",server="http://127.0.0.1:11434"}': 1,
        INFO + '{engine="",kind="mock",model="m",server=""}': 1,
    }


async def test_a_generator_that_has_gone_leaves_no_series(sqlite_api: Api) -> None:
    gauges = Gauges()
    for seen in ([sighting(sqlite_api, GeneratorKind.VLLM, engine="vLLM")], []):
        sqlite_api.probe.seen = seen
        assert len(await series(sqlite_api, gauges)) == len(seen)


async def test_a_generator_that_changes_its_names_creates_a_bounded_number_of_metric_series(
    sqlite_api: Api,
) -> None:
    gauges, ever = Gauges(), set[str]()
    honest = sighting(sqlite_api, GeneratorKind.VLLM, engine="vLLM", model="honest")
    for number in range(2 * MAX_DESCRIBED):
        liar = sighting(sqlite_api, GeneratorKind.VLLM, engine=f'"}} {number}', worker_id="liar")
        sqlite_api.probe.seen = [honest, liar]
        ever |= await series(sqlite_api, gauges)
    other = INFO + '{engine="other",kind="vllm",model="other",server="other"}'
    assert len(ever) == MAX_DESCRIBED + 1
    assert await series(sqlite_api, gauges) == {
        INFO + '{engine="vLLM",kind="vllm",model="honest",server=""}',
        other,
    }
    sqlite_api.clock.advance(DESCRIBED_AGAIN_AFTER.total_seconds())
    assert other not in await series(sqlite_api, gauges)


async def series(api: Api, gauges: Gauges) -> set[str]:
    """The series about engines in a scrape of `gauges`, without their values."""
    await gauges.refresh(api.services)
    lines = generate_latest(gauges.registry).decode().splitlines()
    return {line.rsplit(" ", 1)[0] for line in lines if line.startswith(INFO + "{")}


def test_the_tunnels_state_is_read_from_its_file_while_the_file_is_fresh(tmp_path: Path) -> None:
    clock = FakeClock()
    told = TunnelState(
        up=True, note="open", address="tcp://a:1", address_changes=1, connections_used=7,
        connections_limit=5000, updated_at=clock(),
    )  # fmt: skip
    file = TunnelFile(tmp_path / "state.json", clock)
    assert file.read() is None
    (tmp_path / "state.json").write_text(told.model_dump_json())
    assert file.read() == told
    clock.advance(31)
    late = file.read()
    assert late is not None
    assert (late.up, late.address) == (False, "tcp://a:1")
    assert late.note.startswith("`homework tunnel` does not run")
    (tmp_path / "state.json").write_text("{")
    assert file.read() is None


async def test_openapi_documents_every_route_with_examples_and_errors(sqlite_api: Api) -> None:
    schema: dict[str, Any] = (await sqlite_api.client.get("/openapi.json")).json()
    assert (await sqlite_api.client.get("/docs")).status_code == 200
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["tags"], path
    refusals = schema["paths"]["/api/teacher/assignments"]["post"]["responses"]
    assert {"201", "404", "409", "422", "503"} <= set(refusals)
    ours = {"StudentCreate", "StudentResponse", "AssignmentCreate", "AssignmentResponse", "HomeworkResponse"}
    ours |= {"HomeworkListResponse", "ErrorResponse", "ReadyResponse", "OverviewResponse", "RetryRequest"}
    for name in ours:
        assert schema["components"]["schemas"][name]["examples"], name


def test_the_overview_in_the_documentation_is_one_that_the_api_could_send() -> None:
    [example] = OverviewResponse.model_json_schema()["examples"]
    assert OverviewResponse.model_validate(example).model_dump(mode="json") == example


async def test_the_examples_of_the_documentation_are_valid_requests(sqlite_api: Api) -> None:
    await sqlite_api.add_students(3)
    schemas = (await sqlite_api.client.get("/openapi.json")).json()["components"]["schemas"]
    class_id = (await sqlite_api.client.post("/api/teacher/classes", json={"name": "1A"})).json()["id"]
    for example in schemas["MembersRequest"]["examples"][:1]:
        path = f"/api/teacher/classes/{class_id}/students"
        assert (await sqlite_api.client.patch(path, json=example)).status_code == 200
    requests = {"students": "StudentCreate", "classes": "ClassName", "assignments": "AssignmentCreate"}
    for path, name in requests.items():
        for example in schemas[name]["examples"]:
            answer = await sqlite_api.client.post(f"/api/teacher/{path}", json=example)
            assert answer.status_code == 201


async def test_no_request_fits_two_routes_so_the_order_of_the_routers_changes_no_answer(
    sqlite_api: Api,
) -> None:
    fits = {path: re.compile(re.sub(r"{[^}]*}", "[^/]+", path)) for path in sqlite_api.app.openapi()["paths"]}
    for path in fits:
        asked = re.sub(r"{[^}]*}", "1", path)
        assert [each for each, pattern in fits.items() if pattern.fullmatch(asked)] == [path]
