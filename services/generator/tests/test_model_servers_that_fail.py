"""Servers that are wrong, busy, broken or gone: what the teacher is told, and what becomes of the jobs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from structlog.testing import capture_logs
from tests.support.broker.brokers import free_port
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.generator import model_server as kinds
from tests.support.generator.model_server import Kind, ModelServer, serving
from tests.support.messages import job as job_message
from tests.support.messages import sealed
from tests.support.waiting import eventually

from homework_cli.broker.certificates import load_or_create_certificates
from homework_generator import serve
from homework_generator.__main__ import main
from homework_generator.engines.engine import Engine
from homework_generator.engines.server import client, crowd, probe
from homework_generator.engines.server import engine as engine_module
from homework_generator.engines.server.limit import RequestLimit
from homework_generator.engines.server.starter import ServerStarter
from homework_generator.errors import CannotStart, PromptRefused, Unusable
from homework_generator.serve import Generator
from homework_generator.settings import GeneratorSettings
from homework_generator.writing.generate import Writer
from homework_shared.errors import GeneratorLost
from homework_shared.messaging.topology import JOB_DESTINATION, JOBS, RESULTS
from homework_shared.worker.stats import WorkerStats

from .engines import one_translation
from .test_model_servers import request, starter

KEY = "sk-very-secret"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for in seconds comes in hundredths."""
    monkeypatch.setattr(client, "SHORTEST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(client, "LONGEST_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(serve, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(serve, "LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(serve, "_HEALTH_SECONDS", 0.01)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving(kinds.OLLAMA) as server:
        yield server


@pytest.fixture
async def engine(server: ModelServer) -> AsyncIterator[Engine]:
    engine = await starter(server).start(WorkerStats())
    yield engine
    await engine.close()


async def why_it_cannot_start(server: ModelServer, /, **settings: object) -> str:
    with pytest.raises(CannotStart) as caught:
        await starter(server, **settings).start(WorkerStats())
    return str(caught.value)


# What a teacher is told at the start


async def test_a_server_that_is_not_there_is_named_with_what_to_do(server: ModelServer) -> None:
    await server.stop()
    told = await why_it_cannot_start(server)
    assert told.startswith(f"nobody answers at {server.url}")
    assert told.endswith("Look at the server and its log, or correct ENGINE_URL")


async def test_a_wrong_path_is_told_as_one(server: ModelServer) -> None:
    wrong = server.url.replace("/v1", "/api/v9")
    settings = GeneratorSettings.model_validate({"model": "gemma3:4b", "server": {"url": wrong}})
    with pytest.raises(CannotStart, match=r"404.*ENGINE_URL is the part of the address that ends with /v1"):
        await ServerStarter(settings, wrong).start(WorkerStats())


async def test_a_wrong_key_is_told_without_the_key() -> None:
    async with serving(kinds.OLLAMA, api_key="right") as server:
        with capture_logs() as logs:
            told = await why_it_cannot_start(server, server={"url": server.url, "api_key": KEY})
    assert "Set ENGINE_API_KEY or ENGINE_API_KEY_FILE to a key of that server" in told
    assert server.keys == {KEY}  # which the server repeats in its refusal
    assert KEY not in told + str(logs)


async def test_the_key_is_sent_and_never_logged() -> None:
    async with serving(kinds.OLLAMA, api_key=KEY) as server:
        with capture_logs() as logs:
            engine = await starter(server, server={"url": server.url, "api_key": KEY}).start(WorkerStats())
            await engine.complete(request())
            await engine.close()
    assert server.keys == {KEY}
    assert KEY not in str(logs)


async def test_a_key_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    async with serving(kinds.OLLAMA, api_key=KEY) as server:
        given = {"url": server.url, "api_key_file": tmp_path / "key"}
        engine = await starter(server, server=given).start(WorkerStats())
        await engine.close()


async def test_a_wrong_model_name_is_told_with_the_names_that_there_are(server: ModelServer) -> None:
    server.models = ["gemma3:4b", "qwen3:8b"]
    told = await why_it_cannot_start(server, model="marco")
    assert "has no model marco: set MODEL to one of gemma3:4b, qwen3:8b, or load it there first" in told


async def test_a_model_that_is_not_named_is_the_only_one_or_has_to_be_named(server: ModelServer) -> None:
    unnamed = GeneratorSettings.model_validate({"server": {"url": server.url}, "engine": {"max_num_seqs": 1}})
    engine = await ServerStarter(unnamed, server.url).start(WorkerStats())
    await engine.close()
    assert engine.profile.model == "gemma3:4b"
    server.models = ["a", "b"]
    with pytest.raises(CannotStart, match="has 2 models: set MODEL to one of a, b"):
        await ServerStarter(unnamed, server.url).start(WorkerStats())


async def test_a_server_without_a_model_says_so(server: ModelServer) -> None:
    server.models = []
    unnamed = GeneratorSettings.model_validate({"server": {"url": server.url}})
    with pytest.raises(CannotStart, match="lists no model: load one there, or set MODEL to its name"):
        await ServerStarter(unnamed, server.url).start(WorkerStats())


async def test_ollamas_short_name_is_the_latest_model(server: ModelServer) -> None:
    server.models = ["gemma3:latest"]
    engine = await starter(server, model="gemma3").start(WorkerStats())
    await engine.close()
    assert engine.profile.model == "gemma3:latest"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (HTMLResponse("<html><body>Welcome to nginx!</body></html>"), "no OpenAI-compatible server"),
        (RedirectResponse("https://example.org/v1/chat/completions"), "sends us on to https://example.org"),
        (JSONResponse({"error": {"message": "boom \x1b[2J"}}, 500), "answers 500: boom"),
        (JSONResponse({"error": "no such template"}), "reports an error: no such template"),
    ],
    ids=["HTML", "redirect", "500", "error with status 200"],
)
async def test_a_server_that_answers_nonsense_is_told_at_the_start(
    server: ModelServer, answer: Response, told: str
) -> None:
    server.answer = lambda _: answer
    sentence = await why_it_cannot_start(server)
    assert told in sentence
    assert "\x1b" not in sentence


async def test_a_server_that_loads_its_model_is_waited_for(server: ModelServer) -> None:
    server.answer = lambda _: server.error(503, "Loading model") if len(server.asked) < 4 else None
    engine = await starter(server).start(WorkerStats())
    await engine.close()


async def test_a_server_that_is_never_ready_ends_the_start(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "START_SECONDS", 0.2)
    server.answer = lambda _: server.error(503, "Loading model")
    told = await why_it_cannot_start(server)
    assert "Loading model" in told or "did not become ready" in told


async def test_a_server_that_asks_to_come_back_tomorrow_ends_the_start_at_once(server: ModelServer) -> None:
    server.answer = lambda _: server.error(429, "quota", {"Retry-After": "86400"})
    assert "It is busy for another 86400 s at least: start again then" in await why_it_cannot_start(server)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://example.org", "written like http://127.0.0.1:11434/v1"),
        ("http://me:secret@example.org/v1", "holds no user and no password"),
        ("http://example.org/v1?key=1", "ends with its path"),
        ("http://example.org:port/v1", "is no address"),
        ("http://me:secret/of@example.org/v1", "is no address"),
        ("localhost:11434", "written like"),
    ],
)
def test_a_wrong_address_is_a_wrong_setting(
    url: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENGINE_URL", url)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert told in shown
    assert "secret" not in shown


def test_nobody_there_ends_the_process_with_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENGINE_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SystemExit) as ended:
        main(["--check"])
    assert ended.value.code == 3
    assert "/v1 (" in capsys.readouterr().err  # the path that all of them have


async def test_a_key_in_clear_over_a_network_is_warned_of() -> None:
    with capture_logs() as logs:
        for url in ("http://192.0.2.1/v1", "http://127.0.0.1/v1", "https://example.org/v1"):
            settings = GeneratorSettings.model_validate({"server": {"url": url, "api_key": KEY}})
            ServerStarter(settings, url)
    assert [log["server"] for log in logs if log["event"] == "key_in_clear"] == ["http://192.0.2.1"]


async def test_a_certificate_that_cannot_be_verified_keeps_the_key_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = load_or_create_certificates(tmp_path)
    async with serving(kinds.OLLAMA, certificate=(files.certificate, files.key)) as server:
        given = {"server": {"url": server.url, "api_key": KEY}}
        told = await why_it_cannot_start(server, **given)
        assert "cannot be verified, so nothing was sent" in told
        assert "SSL_CERT_FILE" in told
        assert server.keys == set()
        monkeypatch.setenv("SSL_CERT_FILE", str(files.ca))
        engine = await starter(server, **given).start(WorkerStats())
        await engine.close()
    assert server.keys == {KEY}


# While it works


def answering(*answers: Callable[[], Response | None]) -> Callable[[object], Response | None]:
    """One answer after another, and then the server's own."""
    left = list(answers)
    return lambda _: left.pop(0)() if left else None


def cut_off() -> Response:
    async def half() -> AsyncIterator[str]:
        yield 'data: {"choices": [{"index": 0, "delta": {"content": "{\\"type\\""}}]}\n\n'

    return StreamingResponse(half(), media_type="text/event-stream")


def endless() -> Response:
    async def on_and_on() -> AsyncIterator[str]:
        while True:
            await asyncio.sleep(0)  # so that the server notices who has hung up
            yield 'data: {"choices": [{"index": 0, "delta": {"content": "' + 10_000 * "a" + '"}}]}\n\n'

    return StreamingResponse(on_and_on(), media_type="text/event-stream")


def error_in_the_stream() -> Response:
    async def events() -> AsyncIterator[str]:
        yield 'data: {"error": {"message": "out of memory"}}\n\n'

    return StreamingResponse(events(), media_type="text/event-stream")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (cut_off, "cut off before its end"),
        (endless, "longer than 65536 characters"),
        (error_in_the_stream, "out of memory"),
        (lambda: JSONResponse({"error": {"message": "sorry"}}), "sorry"),
        (lambda: JSONResponse({"detail": "boom"}, 500), "500: boom"),
        (lambda: JSONResponse({"choices": []}), "cut off before its end"),
    ],
    ids=["cut off", "endless", "error in the stream", "error with status 200", "500", "empty"],
)
async def test_an_answer_that_fails_costs_one_try(
    server: ModelServer, engine: Engine, answer: Callable[[], Response], told: str
) -> None:
    server.answer = answering(answer)
    with pytest.raises(Unusable, match=told) as caught:
        await engine.complete(request())
    assert caught.value.outcome == "engine_error"
    assert (await engine.complete(request())).ended_by_itself


def events(*lines: str) -> Response:
    async def sent() -> AsyncIterator[str]:
        for line in lines:
            yield f"{line}\n\n"

    return StreamingResponse(sent(), headers={"Content-Type": "text/event-stream; charset=hex"})


def words(content: object, finish: object = None, **more: object) -> str:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return "data: " + json.dumps({"choices": [choice]} | more)


@pytest.mark.parametrize(
    "lines",
    [
        ("event: ping\ndata:", words("{}", "stop")),
        (": still here", words("{}", "stop"), "data: [DONE]"),
        (words("{}", "eos", usage={"prompt_tokens": None, "completion_tokens": -1}),),
        (words([{"type": "text", "text": "{}"}], "end_turn", usage={"completion_tokens": 10**400}),),
        (words("{}"), 'data: {"choices": null}', words("", "stop"), "data: [DONE]", "data: garbage"),
    ],
    ids=["ping", "comment", "null and negative usage", "parts and huge usage", "null choices"],
)
async def test_what_servers_add_of_their_own_does_not_spoil_an_answer(
    server: ModelServer, engine: Engine, lines: tuple[str, ...]
) -> None:
    server.answer = answering(lambda: events(*lines))
    completion = await engine.complete(request())
    assert (completion.text, completion.ended_by_itself) == ("{}", True)


async def test_a_cut_after_the_end_of_an_answer_costs_nothing(server: ModelServer, engine: Engine) -> None:
    whole_and_garbage = events(words("{}", "stop"), "data: {garbage")
    server.answer = answering(lambda: whole_and_garbage)
    assert (await engine.complete(request())).ended_by_itself


async def test_an_event_without_an_end_is_not_kept_in_memory(server: ModelServer, engine: Engine) -> None:
    async def on_and_on() -> AsyncIterator[str]:
        while True:
            await asyncio.sleep(0)
            yield "data: " + 60_000 * "a"

    server.answer = answering(lambda: StreamingResponse(on_and_on(), media_type="text/event-stream"))
    with pytest.raises(Unusable, match="does not end"):
        await engine.complete(request())


async def test_a_count_of_tokens_never_goes_down(server: ModelServer) -> None:
    stats = WorkerStats()
    engine = await starter(server).start(stats)
    server.answer = answering(lambda: events(*[words("a")] * 5, words("", "stop", usage={})))
    await engine.complete(request())
    await engine.close()
    assert stats.tokens == 5


async def test_one_connection_serves_request_after_request(server: ModelServer, engine: Engine) -> None:
    server.connections.clear()
    for seed in range(5):
        await engine.complete(request(seed=seed))
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"error": {"message": f"bad key {KEY}"}}),
        JSONResponse({"error": {"message": "x" * 294 + KEY}}, 500),
        HTMLResponse(f"<p>{KEY}</p>"),
    ],
    ids=["error with status 200", "across the end of what is quoted", "HTML"],
)
async def test_a_key_is_in_no_text_however_the_server_repeats_it(answer: Response) -> None:
    async with serving(kinds.OLLAMA, api_key=KEY) as server:
        given = {"server": {"url": server.url, "api_key": KEY}}
        engine = await starter(server, **given).start(WorkerStats())
        server.answer = answering(lambda: answer)
        with pytest.raises((Unusable, GeneratorLost)) as caught:
            await engine.complete(request())
        assert "sk-" not in str(caught.value)
        await engine.close()


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machines_servers(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    engine = await starter(server).start(WorkerStats())
    await engine.close()


async def test_what_nests_thousandfold_is_no_exercise(server: ModelServer, engine: Engine) -> None:
    server.answer = lambda _: events(words("[" * 3000, "stop"))
    outcome = await Writer(engine, self_check=False).try_all(one_translation(), tries=1)
    assert [error.outcome for error in outcome.failed.values()] == ["invalid"]


async def test_only_what_failed_is_asked_for_again(server: ModelServer, engine: Engine) -> None:
    server.asked.clear()
    server.answer = answering(cut_off)
    draft = await Writer(engine, self_check=False).write(one_translation())
    assert len(draft.exercises) == 1
    assert len(server.asked) == 2


async def test_a_model_that_ignores_the_schema_fails_its_tries_and_nothing_else(
    server: ModelServer, engine: Engine
) -> None:
    server.answer = lambda _: JSONResponse(
        {"choices": [{"message": {"content": "I'd rather chat."}, "finish_reason": "stop"}]}
    )
    outcome = await Writer(engine, self_check=False).try_all(one_translation(), tries=1)
    assert [error.outcome for error in outcome.failed.values()] == ["invalid"]


async def test_a_server_that_goes_away_is_a_lost_engine(server: ModelServer, engine: Engine) -> None:
    await server.stop()
    with pytest.raises(GeneratorLost, match="nobody answers"):
        await engine.complete(request())


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_key_or_a_model_that_is_gone_is_a_lost_engine(
    server: ModelServer, engine: Engine, status: int
) -> None:
    server.answer = lambda _: server.error(status, "no longer")
    with pytest.raises(GeneratorLost, match=f"{status}: no longer"):
        await engine.complete(request())


async def test_a_server_that_says_nothing_is_a_lost_engine(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SILENT_SECONDS", 0.2)
    engine = await starter(server).start(WorkerStats())
    server._seconds = 5
    with pytest.raises(GeneratorLost, match="has said nothing"):
        await engine.complete(request())
    await engine.close()


@pytest.mark.parametrize("error", [500, 502, 504])
async def test_failures_one_after_another_are_the_servers(
    server: ModelServer, engine: Engine, error: int
) -> None:
    server.answer = lambda _: server.error(error, "the GPU fell off the bus")
    kinds_of_failure = []
    for _ in range(engine_module.FAILURES_IN_A_ROW):
        with pytest.raises((Unusable, PromptRefused, GeneratorLost)) as caught:
            await engine.complete(request())
        kinds_of_failure.append(caught.type)
    assert GeneratorLost not in kinds_of_failure[:-1]
    assert kinds_of_failure[-1] is GeneratorLost


async def test_prompts_that_are_refused_are_not_the_servers_fault(
    server: ModelServer, engine: Engine
) -> None:
    server.answer = lambda _: server.error(400, "this topic is not allowed")
    for _ in range(3 * engine_module.FAILURES_IN_A_ROW):
        with pytest.raises(PromptRefused):
            await engine.complete(request())


async def test_one_answer_between_failures_clears_the_server(server: ModelServer, engine: Engine) -> None:
    for _ in range(3):
        server.answer = answering(*[cut_off] * (engine_module.FAILURES_IN_A_ROW - 1))
        for _ in range(engine_module.FAILURES_IN_A_ROW - 1):
            with pytest.raises(Unusable):
                await engine.complete(request())
        await engine.complete(request())


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again_when_it_says(
    server: ModelServer, engine: Engine, status: int
) -> None:
    busy = server.error(status, "too many requests", {"Retry-After": "0.2"})
    server.answer = answering(lambda: busy)
    server.asked.clear()
    started = time.monotonic()
    await engine.complete(request())
    assert time.monotonic() - started >= 0.2
    assert len(server.asked) == 2


async def test_a_date_may_say_when_to_come_back(server: ModelServer, engine: Engine) -> None:
    # A date has whole seconds: this one is between one and two seconds away.
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server.answer = answering(lambda: server.error(429, "later", {"Retry-After": at}))
    started = time.monotonic()
    await engine.complete(request())
    assert time.monotonic() - started > 0.9


async def test_while_a_server_asks_for_a_pause_nobody_asks_it(server: ModelServer, engine: Engine) -> None:
    """Neither the request that was told so nor any other of this process."""
    told = asyncio.Event()

    def slow_down() -> Response:
        told.set()
        return server.error(429, "slow down", {"Retry-After": "1.5"})

    server.answer = answering(slow_down)
    asking = [asyncio.create_task(engine.complete(request()))]
    await told.wait()
    await asyncio.sleep(0.05)  # until the refusal has arrived
    server.asked.clear()
    asking += [asyncio.create_task(engine.complete(request(seed=seed))) for seed in range(3)]
    await asyncio.sleep(0.1)
    assert server.asked == []
    await asyncio.gather(*asking)
    assert len(server.asked) == 4


async def test_a_busy_server_gets_fewer_requests_at_once_and_then_more_again(
    server: ModelServer, engine: Engine
) -> None:
    limit = engine._limit  # type: ignore[attr-defined]
    assert limit.allowed == 4
    server.answer = answering(lambda: server.error(429, "slow down", {"Retry-After": "0"}))
    await engine.complete(request())
    assert limit.allowed == 2
    await asyncio.gather(*(engine.complete(request(seed=seed)) for seed in range(8)))
    assert limit.allowed == 4


async def test_a_server_that_asks_for_too_long_a_pause_is_a_lost_engine(
    server: ModelServer, engine: Engine
) -> None:
    server.answer = lambda _: server.error(429, "quota exceeded", {"Retry-After": "3600"})
    with pytest.raises(GeneratorLost, match=r"takes no work now: .*quota exceeded"):
        await engine.complete(request())


async def test_a_server_that_stays_busy_is_a_lost_engine(
    server: ModelServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.3)
    server.answer = lambda _: server.error(503, "the queue is full")
    server.asked.clear()
    with pytest.raises(GeneratorLost, match="takes no work now"):
        await engine.complete(request())
    assert len(server.asked) > 1


async def test_being_busy_long_ago_is_forgotten(
    server: ModelServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(engine_module, "FORGOTTEN_SECONDS", 0.1)
    busy = server.error(503, "the queue is full")
    server.answer = answering(lambda: busy)
    server._seconds = 5.0
    asking = asyncio.create_task(engine.complete(request()))  # refused once, then written slowly
    await eventually(lambda: server.running == 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    server._seconds = 0.0
    await asyncio.sleep(0.4)
    server.answer = answering(lambda: busy)
    assert (await engine.complete(request())).ended_by_itself


async def test_requests_that_are_refused_together_halve_the_limit_once() -> None:
    limit, both = RequestLimit(64), asyncio.Barrier(64)

    async def refused() -> None:
        async with limit.turn() as turn:
            await both.wait()
            limit.busy(turn)

    await asyncio.gather(*(refused() for _ in range(64)))
    assert limit.allowed == 32


async def test_a_pause_that_a_server_asked_for_outlives_the_engine(server: ModelServer) -> None:
    starting = starter(server)
    engine = await starting.start(WorkerStats())
    server.answer = lambda _: server.error(429, "quota exceeded", {"Retry-After": "3600"})
    with pytest.raises(GeneratorLost):
        await engine.complete(request())
    await engine.close()
    server.asked.clear()
    with pytest.raises(CannotStart, match=r"asks to be left alone for another 3[56]"):
        await starting.start(WorkerStats())
    assert server.asked == []


async def test_a_crowd_that_is_refused_shows_the_servers_limit() -> None:
    async with serving(kinds.OLLAMA, slots=100, seconds_a_token=0.005) as server:

        def refuse_a_fourth(_: object) -> Response | None:
            crowd = sum("Count from one" in str(body) for body in server.asked)
            return server.error(429, "too many") if crowd > 3 else None

        server.answer = refuse_a_fourth
        engine = await starter(server, engine={}).start(WorkerStats())
        await engine.close()
    assert engine.profile.requests_at_once == 3


async def test_a_slow_server_does_not_hold_the_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "ROUND_SECONDS", 0.3)
    async with serving(kinds.OLLAMA, slots=2) as server:
        unhurried = starter(server, engine={})
        server.answer = lambda body: _slowly(server, body)
        engine = await unhurried.start(WorkerStats())
        await engine.close()
    assert engine.profile.requests_at_once == 2


def _slowly(server: ModelServer, body: dict[str, object]) -> None:
    server._seconds = 0.1 if "Count from one" in str(body) else 0.0


# The worker around it


async def test_jobs_go_back_when_the_server_dies_and_are_done_when_it_is_there_again() -> None:
    """Killed in the middle of a request; the worker waits for it, with no connection to the broker."""
    broker, stop = MemoryBroker(), asyncio.Event()
    async with serving(kinds.OLLAMA) as server:
        settings = GeneratorSettings.model_validate(
            {
                "model": server.model,
                "worker_id": "mac-1",
                "drain_seconds": 0.5,
                "qualifying_exercises": 3,
                "engine": {"max_num_seqs": 2},
                "server": {"url": server.url},
            }
        )
        working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
        await eventually(lambda: broker.queues[JOBS].consumers == 1)
        server._seconds = 0.05
        await send(broker, JOB_DESTINATION, sealed(job_message()))
        await eventually(lambda: server.running > 0)
        await server.stop()
        await eventually(lambda: broker.queues[JOBS].consumers == 0)
        assert len(broker.queues[JOBS].ready) == 1
        assert not working.done()
        server._seconds = 0.0
        await server.start()
        await eventually(lambda: len(broker.queues[RESULTS].ready) == 1)
        stop.set()
        await working


async def test_a_worker_that_waits_for_its_server_can_be_stopped() -> None:
    broker, stop = MemoryBroker(), asyncio.Event()
    async with serving(kinds.OLLAMA) as server:
        settings = GeneratorSettings.model_validate({"worker_id": "mac-1", "qualifying_exercises": 3})
        with capture_logs() as logs:
            working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
            await eventually(lambda: broker.queues[JOBS].consumers == 1)
            await server.stop()
            await send(broker, JOB_DESTINATION, sealed(job_message()))
            await eventually(lambda: sum(log["event"] == "engine_away" for log in logs) > 2)
            stop.set()
            await working
    assert any("the mock generator writes" in str(log.get("hint")) for log in logs)


async def test_a_server_that_comes_back_with_less_context_is_waited_for() -> None:
    """It has qualified before, so its refusals are no reason to give it up for good."""
    broker, stop = MemoryBroker(), asyncio.Event()
    async with serving(kinds.OLLAMA) as server:
        settings = GeneratorSettings.model_validate({"worker_id": "mac-1", "qualifying_exercises": 3})
        working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
        await eventually(lambda: broker.queues[JOBS].consumers == 1)
        server.answer = lambda body: server.error(400, "context") if "Level:" in str(body) else None
        await server.stop()
        await send(broker, JOB_DESTINATION, sealed(job_message()))
        await eventually(lambda: broker.queues[JOBS].consumers == 0)
        server.asked.clear()
        await server.start()
        await eventually(lambda: sum("Level:" in str(body) for body in server.asked) > 3)
        assert not working.done()
        server.answer = lambda _: None
        await eventually(lambda: len(broker.queues[RESULTS].ready) == 1)
        stop.set()
        await working


async def test_failures_before_a_server_was_lost_do_not_count_against_its_model() -> None:
    async with serving(kinds.OLLAMA) as server:
        failures = iter(range(engine_module.FAILURES_IN_A_ROW))

        def break_at_first(body: object) -> Response | None:
            broken = "Level:" in str(body) and next(failures, None) is not None
            return server.error(500, "warming up") if broken else None

        server.answer = break_at_first
        settings = GeneratorSettings.model_validate(
            {"worker_id": "mac-1", "qualifying_exercises": 9, "min_usable_share": 1}
        )
        broker, stop = MemoryBroker(), asyncio.Event()
        working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
        await eventually(lambda: working.done() or broker.queues[JOBS].consumers == 1)
        stop.set()
        await working


async def test_a_servers_model_has_to_qualify_too() -> None:
    async with serving(Kind("library", ("json_schema",))) as server:
        given = starter(server)
        server.answer = lambda body: (
            JSONResponse({"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]})
            if "Level:" in str(body)
            else None
        )
        settings = GeneratorSettings.model_validate({"worker_id": "mac-1", "qualifying_exercises": 3})
        with pytest.raises(CannotStart, match="does not write well enough: 0 % usable"):
            await Generator(settings, MemoryBroker(), given).run(asyncio.Event())
