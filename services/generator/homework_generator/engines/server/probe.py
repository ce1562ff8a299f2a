"""Finds out at the start what a server supports: its model, its dialect, and how many requests it runs at
once.

Servers that call themselves compatible differ in all of this, and a parameter that a server ignores is not
refused. So each feature is tried, and the answer shows whether the server understood it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog

from homework_generator.engines.server.answer import Answer, gather_answer
from homework_generator.engines.server.client import ServerClient
from homework_generator.engines.server.crowd import crowd_size
from homework_generator.engines.server.dialect import Dialect, Question, Structure, json_object_in
from homework_generator.engines.server.errors import (
    Broken,
    Busy,
    Denied,
    NotFound,
    Refused,
    ServerError,
)
from homework_generator.engines.server.wire import ListedModel
from homework_generator.errors import CannotStart
from homework_generator.writing.schema import SCHEMAS, Schema

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

T = TypeVar("T")

START_SECONDS = 300.0
"""A server that loads its model says "busy" meanwhile."""

_THINKING_TOKENS = 4096
_MODELS_TOLD = 10
_NAMES = {"vllm": "vLLM", "library": "Ollama", "llamacpp": "llama.cpp", "organization_owner": "LM Studio"}
"""Servers by the owner that they give their models in the list."""

UNKNOWN_SERVER = "OpenAI-compatible server"

_HELLO = Question("Say hello in one word.", 64)
_UNLIKELY: Schema = {
    "type": "object",
    "properties": {"vegetable": {"type": "string", "enum": ["zucchina"]}},
    "required": ["vegetable"],
    "additionalProperties": False,
}
"""Nobody who says hello would answer this, unless the schema makes them."""

_TALK = Question("Count from one to forty in Italian words.", 64, temperature=0.5)
_QUIET: Sequence[Mapping[str, Any]] = (
    {"reasoning_effort": "none"},
    {"chat_template_kwargs": {"enable_thinking": False}},
)
_NEW_LIMIT = "max_completion_tokens"
_DISPENSABLE = ("stream_options", "seed", "top_p", "temperature")


@dataclass(frozen=True, slots=True)
class Found:
    """What a server and a model are and support."""

    server: str
    model: str
    dialect: Dialect
    requests_at_once: int


async def explore(client: ServerClient, model: str | None, requests_at_once: int | None) -> Found:
    """Probe the server. None stands for a value that has to be found out.

    Raises:
        CannotStart: the text says what is wrong and what to do.
    """
    try:
        async with asyncio.timeout(START_SECONDS):
            return await _Probe(client).explore(model, requests_at_once)
    except TimeoutError as error:
        raise CannotStart(
            f"{client.url} did not become ready within {START_SECONDS:.0f} s: look at the server's own log, "
            "then start again"
        ) from error
    except Denied as error:
        raise CannotStart(
            f"{error}. Set ENGINE_API_KEY or ENGINE_API_KEY_FILE to a key of that server"
        ) from error
    except NotFound as error:
        raise CannotStart(
            f"{error}. ENGINE_URL is the part of the address that ends with /v1 on most servers"
        ) from error
    except ServerError as error:
        raise CannotStart(f"{error}. Look at the server and its log, or correct ENGINE_URL") from error


class _Probe:
    def __init__(self, client: ServerClient) -> None:
        self._client = client
        self._model = ""

    async def explore(self, model: str | None, requests_at_once: int | None) -> Found:
        listed = await self._listed()
        self._model = _chosen(model, listed, self._client.url)
        dialect = await self._parameters()
        dialect = await self._without_thoughts(dialect)
        dialect = await self._structure(dialect)
        at_once = requests_at_once or await crowd_size(
            lambda on_piece: self._ask_once(dialect, _TALK, on_piece)
        )
        owners = {each.owned_by for each in listed if each.id == self._model}
        server = next((name for owner, name in _NAMES.items() if owner in owners), UNKNOWN_SERVER)
        return Found(server, self._model, dialect, at_once)

    async def _listed(self) -> list[ListedModel]:
        try:
            return await self._patiently(self._client.models)
        except NotFound:
            # Some hosted servers have no list; the first request shows whether the address is right.
            return []

    async def _parameters(self) -> Dialect:
        """Leave out the parameters that a server refuses by name."""
        dialect = Dialect()
        while True:
            try:
                await self._ask(dialect, _HELLO)
            except Refused as error:
                if (other := _without_refused(dialect, str(error))) is None:
                    raise CannotStart(
                        f"{error}. Is {self._model} a model that chats? Set MODEL to one that does"
                    ) from error
                dialect = other
            else:
                return dialect

    async def _without_thoughts(self, dialect: Dialect) -> Dialect:
        """Keep a model from thinking aloud, which takes ten times the tokens of an exercise."""
        if not await self._thinks(dialect):
            return dialect
        for quiet in _QUIET:
            silenced = replace(dialect, quiet=quiet)
            try:
                if not await self._thinks(silenced):
                    return silenced
            except (Refused, Broken):
                continue
        log.warning(
            "model_thinks", model=self._model, hint="it thinks before answering: another model is faster"
        )
        return replace(dialect, thinking=_THINKING_TOKENS)

    async def _thinks(self, dialect: Dialect) -> bool:
        answer = await self._ask(dialect, _HELLO)
        return answer.thoughts > 0 or "think>" in answer.text

    async def _structure(self, dialect: Dialect) -> Dialect:
        question = replace(_HELLO, schema=_UNLIKELY)
        for structure in Structure:
            spoken = replace(dialect, structure=structure)
            if structure is Structure.NONE or await self._obeys(spoken, question):
                break
        if structure is not Structure.NONE and not await self._takes_whole_schemas(spoken):
            spoken = replace(spoken, whole_schemas=False)
            if not await self._takes_whole_schemas(spoken):
                spoken = replace(dialect, structure=Structure.NONE)
        return spoken

    async def _obeys(self, dialect: Dialect, question: Question) -> bool:
        try:
            answer = await self._ask(dialect, question)
        except (Refused, Broken):
            return False
        return "".join(json_object_in(answer.text).split()) == '{"vegetable":"zucchina"}'

    async def _takes_whole_schemas(self, dialect: Dialect) -> bool:
        for schema in SCHEMAS.values():
            try:
                answer = await self._ask(dialect, replace(_HELLO, max_tokens=16, schema=schema))
            except (Refused, Broken):
                return False
            if not answer.text.rpartition("</think>")[2].lstrip().startswith("{"):
                return False
        return True

    async def _ask(self, dialect: Dialect, question: Question) -> Answer:
        return await self._patiently(lambda: self._ask_once(dialect, question))

    async def _ask_once(
        self, dialect: Dialect, question: Question, on_piece: Callable[[], None] = lambda: None
    ) -> Answer:
        return await gather_answer(self._client.chat(dialect.body(self._model, question)), on_piece)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Retry while the server is busy, for example because it loads its model."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                return await ask()
            except Busy as error:
                if time.monotonic() + error.seconds > until:
                    raise CannotStart(
                        f"{error}. It is busy for another {error.seconds:.0f} s at least: start again then"
                    ) from error
                log.info("server_busy", error=str(error), seconds=round(error.seconds, 1))
                await asyncio.sleep(error.seconds)


def _chosen(model: str | None, listed: Sequence[ListedModel], url: str) -> str:
    names = [each.id for each in listed]
    told = ", ".join(names[:_MODELS_TOLD]) + (" …" if len(names) > _MODELS_TOLD else "")
    if model is None:
        if len(names) == 1:
            return names[0]
        if not names:
            raise CannotStart(f"{url} lists no model: load one there, or set MODEL to its name")
        raise CannotStart(f"{url} has {len(names)} models: set MODEL to one of {told}")
    for name in (model, f"{model}:latest"):  # Ollama's short form
        if not names or name in names:
            return name
    raise CannotStart(f"{url} has no model {model}: set MODEL to one of {told}, or load it there first")


def _without_refused(dialect: Dialect, reason: str) -> Dialect | None:
    """The dialect without the parameter that the server names in its refusal."""
    if _NEW_LIMIT in reason and dialect.token_limit != _NEW_LIMIT:
        return replace(dialect, token_limit=_NEW_LIMIT)
    for name in _DISPENSABLE:
        if name in reason and name not in dialect.refused:
            return replace(dialect, refused=dialect.refused | {name})
    return None
