"""Reads `/models` of an OpenAI-compatible server. The answer is not trusted."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Literal

import httpx
from pydantic import BaseModel

_MAX_BYTES = 256 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,119}")
USUAL_PORTS = {"Ollama": 11434, "LM Studio": 1234}
LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class Answer:
    """The HTTP status, None if no server answered, and the models in the list. `is_late` says that the time
    was over before the whole answer was there."""

    status: int | None = None
    models: tuple[str, ...] = ()
    is_late: bool = field(default=False, compare=False)

    @property
    def lists_models(self) -> bool:
        """Whether the answer was a model server's list, which may be empty."""
        return self.status == httpx.codes.OK


class _Model(BaseModel):
    id: str


class _ModelList(BaseModel):
    """`{"object": "list", "data": [{"id": "gemma3:4b", …}, …]}`; Ollama without models has null there."""

    object: Literal["list"]
    data: list[_Model] | None


def ask(url: str, seconds: float) -> Answer:
    """Request the list of models of the server at `url`, such as http://127.0.0.1:11434/v1. It takes at most
    `seconds`.
    """
    return asyncio.run(_ask([url], seconds))[0]


def look_on_usual_ports(ports: dict[str, int] | None = None) -> str | None:
    """One line about a model server on this machine, if there is one. It takes at most `LOOK_SECONDS`."""
    return asyncio.run(_look(USUAL_PORTS if ports is None else ports))


async def _look(ports: dict[str, int]) -> str | None:
    urls = {name: f"http://127.0.0.1:{port}/v1" for name, port in ports.items()}
    answers = await _ask(list(urls.values()), LOOK_SECONDS)
    for (name, url), answer in zip(urls.items(), answers, strict=True):
        if answer.lists_models:
            return _proposal(name, url, answer.models)
    return None


def _proposal(name: str, url: str, models: tuple[str, ...]) -> str:
    found = f"{name} answers on port {httpx.URL(url).port}"
    command = f"homework up --engine {url}"
    # A model for embeddings writes no text. A name that a shell would interpret is not proposed.
    writing = [each for each in models if "embed" not in each.lower() and _NAME.fullmatch(each)]
    if writing:
        return f"{found}: `{command} --model {writing[0]}` has it write the homework"
    return f"{found}: once it has a model, `{command}` has it write the homework"


async def _ask(urls: list[str], seconds: float) -> list[Answer]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=seconds) as client:
        return await asyncio.gather(*(_answer(client, url, seconds) for url in urls))


async def _answer(client: httpx.AsyncClient, url: str, seconds: float) -> Answer:
    try:
        # One time limit covers the whole response. A server that sends a byte now and then would outlast
        # those of httpx.
        async with asyncio.timeout(seconds), client.stream("GET", f"{url}/models") as response:
            return Answer(response.status_code, await _models_in(response))
    except (TimeoutError, httpx.TimeoutException):
        return Answer(is_late=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        return Answer()


async def _models_in(response: httpx.Response) -> tuple[str, ...]:
    if response.status_code != httpx.codes.OK:
        return ()
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ValueError("a list of models is shorter")
    listed = _ModelList.model_validate_json(body)
    return tuple(each.id for each in listed.data or ())
