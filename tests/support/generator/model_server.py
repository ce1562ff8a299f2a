"""A stand-in for a model server, which speaks the protocol of the kind that a test names.

Each kind has its source: Ollama's `openai/openai.go`, LM Studio's documentation of structured output, the
answers of llama.cpp's server and vLLM's to requests of this project, and OpenAI's reference for hosted
servers. By default it writes right exercises. It counts the requests.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from homework_generator.writing.requests import Request
from homework_generator.writing.schema import SCHEMAS
from homework_shared.exercises.exercise import ExerciseType
from tests.support.broker.brokers import free_port
from tests.support.generator.phrase_book import PhraseBook
from tests.support.waiting import eventually

Body = dict[str, Any]
Answer = Callable[[Body], Awaitable[Response] | Response | None]


@dataclass(frozen=True)
class Kind:
    """The requests that one kind of server accepts, and its protocol.

    `structures` are the request's fields with a schema that it obeys. If it refuses a field, the error names
    the field as given in `refuses`. It ignores all other unknown fields.
    """

    owner: str
    structures: tuple[str, ...] = ()
    refuses: Mapping[str, str] = field(default_factory=dict)
    refuses_patterns: bool = False
    streams: bool = True
    usage: bool = True
    thinks_unless: tuple[str, Any] | None = None
    thoughts: str = "reasoning"
    plain_errors: bool = False
    wraps: str = "{}"
    lists_models: bool = True


OLLAMA = Kind("library", ("json_schema",), thinks_unless=None)
OLLAMA_THINKING = Kind("library", ("json_schema",), thinks_unless=("reasoning_effort", "none"))
LM_STUDIO = Kind(
    "organization_owner",
    ("json_schema",),
    refuses={"json_object": "'response_format.type' must be 'json_schema' or 'text'"},
    refuses_patterns=True,
    plain_errors=True,
)
LLAMA_CPP = Kind("llamacpp", ("json_schema", "json_object"), thoughts="reasoning_content")
VLLM = Kind("vllm", ("json_schema", "structured_outputs"))
OLD_VLLM = Kind("vllm", ("structured_outputs",))
JSON_OBJECT = Kind("somebody", ("json_object",))
NATIVE_FORMAT = Kind("somebody", ("format",))
UNSTRUCTURED = Kind("somebody", wraps="<think>Hm.</think>Sure! Here it is:\n```json\n{}\n```")
HOSTED = Kind(
    "system",
    ("json_schema",),
    refuses={
        "max_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        "temperature": "Unsupported value: 'temperature' does not support 0 with this model.",
        "top_p": "Unsupported parameter: 'top_p' is not supported with this model.",
    },
    refuses_patterns=True,
    lists_models=False,
)
UNSTREAMED = Kind("somebody", ("json_schema",), streams=False)


@cache
def phrase_book() -> PhraseBook:
    return PhraseBook()


class ModelServer:
    """One server. `answer` may answer a request in its place. If it returns None, the server answers.

    With `certificate` and its key the server speaks TLS.
    """

    def __init__(
        self,
        kind: Kind = OLLAMA,
        model: str = "gemma3:4b",
        slots: int = 4,
        seconds_a_token: float = 0.0,
        api_key: str | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.kind = kind
        self.model = model
        self.models = [model]
        self.answer: Answer = lambda _: None
        self.asked: list[Body] = []
        self.keys: set[str | None] = set()
        self.connections: set[int] = set()
        self.running = 0
        self.most_running = 0
        self.hung_up = 0
        self.port = free_port()
        self._seconds = seconds_a_token
        self._api_key = api_key
        self._certificate = certificate
        self._slots = asyncio.Semaphore(slots)
        self._solutions: dict[str, str] = {}
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://127.0.0.1:{self.port}/v1"

    async def start(self) -> None:
        routes = [
            Route("/v1/models", self._list_models),
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
        ]
        file, key = self._certificate or (None, None)
        config = uvicorn.Config(
            Starlette(routes=routes),
            port=self.port,
            log_level="error",
            lifespan="off",
            timeout_graceful_shutdown=1,
            ssl_certfile=file,
            ssl_keyfile=key,
        )
        server = self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)

    async def stop(self) -> None:
        if self._server and self._serving:
            self._server.should_exit = self._server.force_exit = True
            await self._serving

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
        error: Any = message if self.kind.plain_errors else {"message": message, "type": "api_error"}
        return JSONResponse({"error": error}, status, dict(headers or {}))

    async def _list_models(self, request: HttpRequest) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if not self.kind.lists_models:
            return self.error(404, "not found")
        data = [
            {"id": model, "object": "model", "created": 1, "owned_by": self.kind.owner}
            for model in self.models
        ]
        # Ollama sends this, because an empty list of Go is null in JSON.
        return JSONResponse({"object": "list", "data": data or None})

    def _refusal(self, request: HttpRequest) -> Response | None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ") or None
        self.keys.add(key)
        if self._api_key is not None and key != self._api_key:
            return self.error(401, f"Incorrect API key provided: {key}")
        return None

    async def _chat(self, request: HttpRequest) -> Response:
        body: Body = await request.json()
        self.asked.append(body)
        assert request.client is not None
        self.connections.add(request.client.port)
        refusal = self._refusal(request) or self._misunderstanding(body)
        if refusal is not None:
            return refusal
        given = self.answer(body)
        given = await given if isinstance(given, Awaitable) else given
        if given is not None:
            return given
        tokens, finish = self._written(body)
        if self.kind.streams and body.get("stream"):
            return StreamingResponse(self._streamed(body, tokens, finish), media_type="text/event-stream")
        async with self._slot():
            await asyncio.sleep(self._seconds * len(tokens))
        message = {"role": "assistant", "content": "".join(tokens)}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return JSONResponse(self._chunk([choice], "chat.completion") | {"usage": usage(tokens)})

    def _misunderstanding(self, body: Body) -> Response | None:
        for name, reason in self.kind.refuses.items():
            if name in body or body.get("response_format", {}).get("type") == name:
                return self.error(400, reason)
        if body["model"] not in self.models:
            return self.error(404, f'model "{body["model"]}" not found, try pulling it first')
        schema = self._schema(body)
        if self.kind.refuses_patterns and schema is not None and '"pattern"' in json.dumps(schema):
            return self.error(400, "Invalid schema for response_format: 'pattern' is not permitted.")
        return None

    def _schema(self, body: Body) -> Body | None:
        """The schema that this kind of server reads from a request."""
        form = body.get("response_format", {})
        places = {
            "json_schema": form.get("json_schema", {}).get("schema"),
            "json_object": form.get("schema") if form.get("type") == "json_object" else None,
            "structured_outputs": body.get("structured_outputs", {}).get("json"),
            "format": body.get("format"),
        }
        return next((places[name] for name in self.kind.structures if places[name]), None)

    def _written(self, body: Body) -> tuple[list[str], str]:
        prompt, schema = body["messages"][0]["content"], self._schema(body)
        if self._thinks(body):
            return ["<thought>"] * 5 + ["Ciao!"], "stop"
        text = self._text(prompt, schema)
        tokens = [text[first : first + 4] for first in range(0, len(text), 4)]
        limit = body.get("max_tokens") or body.get("max_completion_tokens") or 10_000
        return tokens[:limit], "length" if len(tokens) > limit else "stop"

    def _text(self, prompt: str, schema: Body | None) -> str:
        if "Count from one" in prompt:
            return "uno due tre " * 100
        if schema is None and not self.kind.structures and '"correct_answer"' in prompt.rpartition("}")[2]:
            kind = prompt.rpartition("(always ")[2].split(")")[0].strip('"')
            return self.kind.wraps.replace("{}", self._exercise(prompt, kind))
        if schema is None and '"answer"' in prompt:
            return self.kind.wraps.replace("{}", json.dumps({"answer": self._solution(prompt)}))
        if schema is None:
            return "Ciao!"
        properties = schema["properties"]
        if "answer" in properties:
            return json.dumps({"answer": self._solution(prompt)})
        if "type" not in properties:
            return json.dumps({name: each["enum"][0] for name, each in properties.items()})
        told = properties["type"]
        return self._exercise(prompt, told.get("const") or told["enum"][0])

    def _exercise(self, prompt: str, kind: str) -> str:
        if "Level:" not in prompt:
            return '{"type": "nothing that anybody asked for in this greeting"}'
        exercise = phrase_book().exercise(Request(prompt, SCHEMAS[ExerciseType(kind)], 0))
        self._solutions[exercise["question"].removeprefix("Translate:").strip()] = exercise["correct_answer"]
        return json.dumps(exercise, ensure_ascii=False)

    def _solution(self, prompt: str) -> str:
        lines = set(prompt.splitlines())
        return next((answer for question, answer in self._solutions.items() if question in lines), "")

    def _thinks(self, body: Body) -> bool:
        if self.kind.thinks_unless is None:
            return False
        name, value = self.kind.thinks_unless
        return bool(body.get(name) != value)

    async def _streamed(self, body: Body, tokens: list[str], finish: str) -> AsyncIterator[str]:
        done = False
        try:
            async with self._slot():
                for token in tokens:
                    await asyncio.sleep(self._seconds)
                    word = self.kind.thoughts if token == "<thought>" else "content"
                    yield self._event([{"index": 0, "delta": {word: token}, "finish_reason": None}])
            yield self._event([{"index": 0, "delta": {"content": ""}, "finish_reason": finish}])
            if self.kind.usage and body.get("stream_options", {}).get("include_usage"):
                yield f"data: {json.dumps(self._chunk([]) | {'usage': usage(tokens)})}\n\n"
            yield "data: [DONE]\n\n"
            done = True
        finally:
            self.hung_up += not done

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        async with self._slots:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            try:
                yield
            finally:
                self.running -= 1

    def _event(self, choices: list[Body]) -> str:
        return f"data: {json.dumps(self._chunk(choices), ensure_ascii=False)}\n\n"

    def _chunk(self, choices: list[Body], kind: str = "chat.completion.chunk") -> Body:
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": self.model, "choices": choices}


def usage(tokens: list[str]) -> Body:
    return {"prompt_tokens": 100, "completion_tokens": len(tokens), "total_tokens": 100 + len(tokens)}


@asynccontextmanager
async def serving(kind: Kind = OLLAMA, **options: Any) -> AsyncIterator[ModelServer]:
    server = ModelServer(kind, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
