"""Answers that are cut off, wrong, odd or hostile cost one try and have no other effect."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from tests.support.broker.brokers import free_port
from tests.support.generator import model_server as kinds
from tests.support.generator.model_server import ModelServer, serving
from tests.support.waiting import eventually

from homework_generator.engines.engine import Engine
from homework_generator.engines.server import client
from homework_generator.errors import Unusable
from homework_generator.writing.generate import Writer
from homework_shared.errors import GeneratorLost
from homework_shared.worker.stats import WorkerStats

from .engines import one_translation
from .servers import KEY, answering, cut_off, events, request, starter, words

pytestmark = pytest.mark.usefixtures("quick")


def endless() -> Response:
    async def on_and_on() -> AsyncIterator[str]:
        while True:
            await asyncio.sleep(0)  # With this the server notices which client has closed its connection.
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


async def test_a_kept_connection_that_the_server_closes_when_it_is_used_costs_nothing() -> None:
    """llama.cpp's server has done so."""
    body = b'{"data": [{"id": "gemma3:4b"}]}'
    connections, ended = 0, 0

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, ended
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")  # This is the next request, which gets no answer here.
        writer.close()
        await writer.wait_closed()
        ended += 1

    server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
    async with server:
        asking = client.ServerClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        for _ in range(2):
            assert [model.id for model in await asking.models()] == ["gemma3:4b"]
        await asking.close()
        await eventually(lambda: ended == 2)
    assert connections == 2


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


async def test_deeply_nested_json_is_not_an_exercise(server: ModelServer, engine: Engine) -> None:
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
