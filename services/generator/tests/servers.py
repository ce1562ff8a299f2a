"""Engines on a test's servers, and servers that fail."""

import json
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.responses import Response, StreamingResponse
from tests.support.generator.model_server import ModelServer

from homework_generator.engines.server.starter import ServerStarter
from homework_generator.errors import CannotStart
from homework_generator.settings import GeneratorSettings
from homework_generator.writing.requests import Request
from homework_generator.writing.schema import SCHEMAS
from homework_shared.exercises.exercise import ExerciseType
from homework_shared.worker.stats import WorkerStats

KEY = "sk-very-secret"
PROMPT = "Level: A2\n"


def starter(server: ModelServer, /, **settings: object) -> ServerStarter:
    given = {"model": server.model, "engine": {"max_num_seqs": 4}, "server": {"url": server.url}} | settings
    return ServerStarter(GeneratorSettings.model_validate(given), server.url)


def request(kind: ExerciseType = ExerciseType.TRANSLATION, seed: int = 1) -> Request:
    return Request(PROMPT, SCHEMAS[kind], seed)


async def why_it_cannot_start(server: ModelServer, /, **settings: object) -> str:
    with pytest.raises(CannotStart) as caught:
        await starter(server, **settings).start(WorkerStats())
    return str(caught.value)


def answering(*answers: Callable[[], Response | None]) -> Callable[[object], Response | None]:
    """Give these answers one after another, and then the server's own."""
    left = list(answers)
    return lambda _: left.pop(0)() if left else None


def cut_off() -> Response:
    async def half() -> AsyncIterator[str]:
        yield 'data: {"choices": [{"index": 0, "delta": {"content": "{\\"type\\""}}]}\n\n'

    return StreamingResponse(half(), media_type="text/event-stream")


def events(*lines: str) -> Response:
    async def sent() -> AsyncIterator[str]:
        for line in lines:
            yield f"{line}\n\n"

    return StreamingResponse(sent(), headers={"Content-Type": "text/event-stream; charset=hex"})


def words(content: object, finish: object = None, **more: object) -> str:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return "data: " + json.dumps({"choices": [choice]} | more)
