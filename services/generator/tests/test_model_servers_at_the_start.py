"""The messages at the start about a server that is misconfigured, busy or unreachable."""

from pathlib import Path

import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from structlog.testing import capture_logs
from tests.support.broker.brokers import free_port
from tests.support.generator import model_server as kinds
from tests.support.generator.model_server import ModelServer, serving

from homework_cli.broker.certificates import load_or_create_certificates
from homework_generator.__main__ import main
from homework_generator.engines.server import probe
from homework_generator.engines.server.starter import ServerStarter
from homework_generator.errors import CannotStart
from homework_generator.settings import GeneratorSettings
from homework_shared.worker.stats import WorkerStats

from .servers import KEY, request, starter, why_it_cannot_start

pytestmark = pytest.mark.usefixtures("quick")


async def test_a_server_that_is_not_there_is_named_with_what_to_do(server: ModelServer) -> None:
    await server.stop()
    told = await why_it_cannot_start(server)
    assert told.startswith(f"nobody answers at {server.url}")
    assert told.endswith("Look at the server and its log, or correct ENGINE_URL")


async def test_a_wrong_path_is_reported_as_such(server: ModelServer) -> None:
    wrong = server.url.replace("/v1", "/api/v9")
    settings = GeneratorSettings.model_validate({"model": "gemma3:4b", "server": {"url": wrong}})
    with pytest.raises(CannotStart, match=r"404.*ENGINE_URL is the part of the address that ends with /v1"):
        await ServerStarter(settings, wrong).start(WorkerStats())


async def test_a_wrong_key_is_reported_without_quoting_it() -> None:
    async with serving(kinds.OLLAMA, api_key="right") as server:
        with capture_logs() as logs:
            told = await why_it_cannot_start(server, server={"url": server.url, "api_key": KEY})
    assert "Set ENGINE_API_KEY or ENGINE_API_KEY_FILE to a key of that server" in told
    assert server.keys == {KEY}  # The server repeats it in its refusal.
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


async def test_a_wrong_model_name_is_reported_with_the_available_names(server: ModelServer) -> None:
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


async def test_a_server_without_a_model_is_reported(server: ModelServer) -> None:
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
        (HTMLResponse("<html><body>Welcome to nginx!</body></html>"), "is not OpenAI-compatible"),
        (RedirectResponse("https://example.org/v1/chat/completions"), "sends us on to https://example.org"),
        (JSONResponse({"error": {"message": "boom \x1b[2J"}}, 500), "answers 500: boom"),
        (JSONResponse({"error": "no such template"}), "reports an error: no such template"),
    ],
    ids=["HTML", "redirect", "500", "error with status 200"],
)
async def test_a_server_that_does_not_speak_the_protocol_is_reported_at_the_start(
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
        ("http://example.org:port/v1", "is not an address"),
        ("http://me:secret/of@example.org/v1", "is not an address"),
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


@pytest.mark.usefixtures("own_logs")
def test_an_unreachable_server_ends_the_process_with_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENGINE_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SystemExit) as ended:
        main(["--check"])
    assert ended.value.code == 3
    assert "/v1 (" in capsys.readouterr().err  # All of these servers have this path.


async def test_an_unencrypted_key_over_a_network_causes_a_warning() -> None:
    with capture_logs() as logs:
        for url in ("http://192.0.2.1/v1", "http://127.0.0.1/v1", "https://example.org/v1"):
            settings = GeneratorSettings.model_validate({"server": {"url": url, "api_key": KEY}})
            ServerStarter(settings, url)
    assert [log["server"] for log in logs if log["event"] == "key_in_clear"] == ["http://192.0.2.1"]


async def test_the_key_is_not_sent_when_the_certificate_cannot_be_verified(
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
