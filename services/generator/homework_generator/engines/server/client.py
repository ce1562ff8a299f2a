"""HTTP to one server: every status, cut and silence becomes one of `errors`.

A request that is cancelled closes its connection, which is how all these servers learn that nobody waits for
the answer any more.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, TypeVar

import httpx
from httpx_sse import EventSource, SSEError
from pydantic import ValidationError

from homework_generator.engines.server.errors import Broken, Busy, Denied, NotFound, Refused, Unreachable
from homework_generator.engines.server.wire import Chunk, ListedModel, ModelList, Refusal, message_in
from homework_shared.runtime.terminal import sanitize

Model = TypeVar("Model", ModelList, Chunk)

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 180.0
"""Ollama loads a model with the first request, and a queue in front of one model may be long."""

KEPT_CONNECTIONS = 64
LONGEST_ANSWER = 256 * 1024
"""Bytes that are read of an answer that is not streamed, and characters of one that is."""

SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 30.0
"""Before a busy server that says no time is asked again; doubled while it stays busy."""


@dataclass
class Pause:
    """How long a server has asked to be left alone. It outlives a client, because the request does."""

    _until: float = 0.0
    _next: float = SHORTEST_WAIT_SECONDS

    @property
    def seconds(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def begin(self, seconds: float | None) -> float:
        """Begin one of so many seconds, or one that doubles as long as the server says none."""
        if seconds is None:
            seconds, self._next = self._next, min(2 * self._next, LONGEST_WAIT_SECONDS)
        self._until = max(self._until, time.monotonic() + seconds)
        return seconds

    def forget(self) -> None:
        """The server answers again."""
        self._next = SHORTEST_WAIT_SECONDS


class ServerClient:
    """One server and one key. `url` is the base of its routes, as in http://127.0.0.1:11434/v1."""

    def __init__(self, url: str, api_key: str | None = None, pause: Pause | None = None) -> None:
        self.url = url
        self._key = api_key
        self._pause = pause or Pause()
        headers = {"User-Agent": f"homework-generator/{version('homework-generator')}"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self._http = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS),
            # How many run at once is bounded by who asks.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=KEPT_CONNECTIONS),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def models(self) -> list[ListedModel]:
        """The models that the server lists. Raises ServerError, NotFound where it has no such route."""
        async with self._response("GET", "/models") as response:
            return _read(ModelList, await _whole(response)).data

    async def chat(self, body: dict[str, Any]) -> AsyncIterator[Chunk]:
        """The events of an answer as they arrive; one event if the server does not stream.

        Raises:
            ServerError: see `errors`.
        """
        async with self._response("POST", "/chat/completions", body) as response:
            self._pause.forget()
            if _media_type(response) != "text/event-stream":
                yield _sound(_read(Chunk, await _whole(response)))
                return
            async for chunk in _events(response):
                yield chunk

    @asynccontextmanager
    async def _response(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        await asyncio.sleep(self._pause.seconds)
        try:
            async with self._http.stream(method, f"{self.url}{path}", json=body) as response:
                if response.status_code != httpx.codes.OK:
                    raise await self._error(response)
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreachable(_why_not_connected(self.url, error)) from error
        except httpx.ReadTimeout as error:
            raise Unreachable(f"{self.url} has said nothing for {SILENT_SECONDS:.0f} s") from error
        except (httpx.HTTPError, SSEError) as error:
            raise Broken(f"the answer was cut off ({error or type(error).__name__})") from error

    async def _error(self, response: httpx.Response) -> Exception:
        status = response.status_code
        said = f"{self.url} answers {status}: {self._without_key(_reason(await _whole(response)))}"
        match status:
            case 401 | 403:
                return Denied(said)
            case 404 | 405:
                return NotFound(said)
            case 429 | 503:
                return Busy(said, self._pause.begin(_seconds(response.headers.get("Retry-After"))))
            case 400 | 413 | 422:
                return Refused(said)
            case 502 | 504:
                return Unreachable(said)
            case _ if 300 <= status < 400:
                elsewhere = sanitize(response.headers.get("Location", ""))[:200]
                return Unreachable(f"{self.url} sends us on to {elsewhere}")
            case _:
                return Broken(said)

    def _without_key(self, text: str) -> str:
        # Some servers repeat a wrong key in their answer, and this text goes into the log.
        return text.replace(self._key, "[the key]") if self._key else text


async def _events(response: httpx.Response) -> AsyncIterator[Chunk]:
    read = 0
    async for event in EventSource(response).aiter_sse():
        read += len(event.data)
        if read > 100 * LONGEST_ANSWER:
            raise Broken("the answer does not end")
        if event.data.strip() == "[DONE]":
            return
        yield _sound(_read(Chunk, event.data.encode()))


def _why_not_connected(url: str, error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            f"the certificate of {url} cannot be verified, so nothing was sent ({error}). "
            "SSL_CERT_FILE may name the file of a certificate authority of your own"
        )
    return f"nobody answers at {url} ({error or type(error).__name__})"


def _sound(chunk: Chunk) -> Chunk:
    if chunk.error is not None:
        raise Broken(f"the server reports an error: {sanitize(message_in(chunk.error))[:300]}")
    return chunk


async def _whole(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise Broken(f"the answer is longer than {LONGEST_ANSWER} bytes")
    return bytes(body)


def _read(model: type[Model], body: bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Unreachable(
            f"what answers there is no OpenAI-compatible server: it says {_start(body)!r}"
        ) from error


def _reason(body: bytes) -> str:
    try:
        return sanitize(Refusal.model_validate_json(body).reason)[:300] or _start(body)
    except ValidationError:
        return _start(body)


def _start(body: bytes) -> str:
    return sanitize(" ".join(body[:400].decode("utf-8", "replace").split()))[:120]


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def _seconds(retry_after: str | None) -> float | None:
    """Seconds in a Retry-After header, which holds a number or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
