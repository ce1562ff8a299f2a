"""HTTP to one server: every error status, interruption and timeout becomes one of `errors`.

A cancelled request closes its connection, which is how all these servers learn that the answer is no longer
needed.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from homework_generator.engines.server.errors import (
    Broken,
    Busy,
    Denied,
    NotFound,
    Refused,
    ServerError,
    Unreachable,
)
from homework_generator.engines.server.wire import Chunk, ListedModel, ModelList, Refusal, message_in
from homework_shared.runtime.terminal import sanitize

Model = TypeVar("Model", ModelList, Chunk)

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 180.0
"""Ollama loads a model with the first request, and a queue in front of one model may be long."""

KEPT_CONNECTIONS = 64
LONGEST_ANSWER = 256 * 1024
"""Bytes of an answer that is not streamed, and of one event of a stream."""

LONGEST_STREAM = 100 * LONGEST_ANSWER
"""Bytes of all events of an answer: each token brings some hundreds of its own."""

QUOTED = 300
"""Characters of what a server says that are shown."""

LONGEST_PAUSE_SECONDS = 60.0
"""A server that asks for a longer one is no use to the jobs that wait here."""

SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 30.0
"""Before a busy server that says no time is asked again; doubled while it stays busy."""


@dataclass
class Pause:
    """The time for which a server has asked not to be called. It is kept when a client is replaced, because
    the server's request still applies.
    """

    _until: float = 0.0
    _next: float = field(default_factory=lambda: SHORTEST_WAIT_SECONDS)

    @property
    def seconds(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def begin(self, seconds: float | None) -> float:
        """Begin a pause of this many seconds, or one twice as long as the last if the server
        names no time.
        """
        if seconds is None:
            seconds, self._next = self._next, min(2 * self._next, LONGEST_WAIT_SECONDS)
        seconds = max(seconds, SHORTEST_WAIT_SECONDS)  # Some servers send 0 when they do not know the time.
        self._until = max(self._until, time.monotonic() + seconds)
        return seconds

    def forget(self) -> None:
        """The server answers again: the next pause is short."""
        self._next = SHORTEST_WAIT_SECONDS


class ServerClient:
    """A client for one server and one key. `url` is the base of its routes,
    as in http://127.0.0.1:11434/v1.
    """

    def __init__(self, url: str, api_key: str | None = None, pause: Pause | None = None) -> None:
        self.url = url
        self._key = api_key
        self._pause = pause or Pause()
        # Only an uncompressed answer is as long as it claims.
        headers = {
            "User-Agent": f"homework-generator/{version('homework-generator')}",
            "Accept-Encoding": "identity",
        }
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self._http = httpx.AsyncClient(
            headers=headers,
            # A proxy from the environment cannot reach servers on this machine.
            mounts={f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")},
            timeout=httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS),
            # The callers limit how many requests run at once.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=KEPT_CONNECTIONS),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def models(self) -> list[ListedModel]:
        """The models that the server lists. Raises ServerError, NotFound where it has no such route."""
        async with self._response("GET", "/models") as response:
            return self._read(ModelList, await _whole(response)).data

    async def chat(self, body: dict[str, Any]) -> AsyncIterator[Chunk]:
        """The events of an answer as they arrive; one event if the server does not stream.

        Raises:
            ServerError: see `errors`.
        """
        async with self._response("POST", "/chat/completions", body) as response:
            self._pause.forget()
            if _media_type(response) != "text/event-stream":
                yield self._sound(self._read(Chunk, await _whole(response)))
                return
            async for event in _events(response):
                yield self._sound(self._read(Chunk, event, otherwise=Broken))

    @asynccontextmanager
    async def _response(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        await self._until_the_pause_is_over()
        try:
            async with AsyncExitStack() as stack:
                request = partial(self._http.stream, method, f"{self.url}{path}", json=body)
                try:
                    response = await stack.enter_async_context(request())
                except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                    # The server may have closed a kept connection at the moment in which it was used.
                    response = await stack.enter_async_context(request())
                if response.status_code != httpx.codes.OK:
                    raise await self._error(response)
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreachable(_why_not_connected(self.url, error)) from error
        except httpx.ReadTimeout as error:
            raise Unreachable(f"{self.url} has said nothing for {SILENT_SECONDS:.0f} s") from error
        except httpx.HTTPError as error:
            raise Broken(f"the answer was cut off ({error or type(error).__name__})") from error

    async def _until_the_pause_is_over(self) -> None:
        # The wait is repeated: while one request waits, the server may ask another to wait longer.
        while (seconds := self._pause.seconds) > 0:
            if seconds > LONGEST_PAUSE_SECONDS:
                raise Busy(f"{self.url} asks for a pause of another {seconds:.0f} s", seconds)
            await asyncio.sleep(seconds)

    async def _error(self, response: httpx.Response) -> Exception:
        status = response.status_code
        said = f"{self.url} answers {status}: {self._reason(await _whole(response))}"
        match status:
            case 401 | 403:
                return Denied(said)
            case 404 | 405:
                return NotFound(said)
            case 429 | 503:
                return Busy(said, self._pause.begin(_seconds(response.headers.get("Retry-After"))))
            case 400 | 413 | 422:
                return Refused(said)
            case _ if 300 <= status < 400:
                return Unreachable(f"{self.url} sends us on to {self._quoted(_location(response))}")
            case _:
                return Broken(said)

    def _read(self, model: type[Model], body: bytes, otherwise: type[ServerError] = Unreachable) -> Model:
        try:
            return model.model_validate_json(body)
        except ValidationError as error:
            said = self._quoted(body.decode("utf-8", "replace"))
            raise otherwise(f"the server there is not OpenAI-compatible: it answers {said!r}") from error

    def _sound(self, chunk: Chunk) -> Chunk:
        if chunk.error is not None:
            raise Broken(f"the server reports an error: {self._quoted(message_in(chunk.error))}")
        return chunk

    def _reason(self, body: bytes) -> str:
        text = body.decode("utf-8", "replace")
        with contextlib.suppress(ValidationError):
            text = Refusal.model_validate_json(body).reason or text
        return self._quoted(text)

    def _quoted(self, text: str) -> str:
        """The server's text for a log and a terminal, without the key, which some servers repeat."""
        shown = text.replace(self._key, "[the key]") if self._key else text
        return sanitize(" ".join(shown.split()))[:QUOTED]


async def _events(response: httpx.Response) -> AsyncIterator[bytes]:
    """The text after `data:` in each line, which is how these servers write events.

    The answer is read to its end; otherwise its connection could not serve another request.
    """
    read, rest, is_done = 0, b"", False
    async for piece in response.aiter_bytes():
        read += len(piece)
        *lines, rest = (rest + piece).split(b"\n")
        if read > LONGEST_STREAM or len(rest) > LONGEST_ANSWER:
            raise Broken("the answer does not end")
        for line in lines:
            name, _, data = line.strip().partition(b":")
            is_done = is_done or data.strip() == b"[DONE]"
            if name == b"data" and data.strip() and not is_done:
                yield data


def _why_not_connected(url: str, error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            f"the certificate of {url} cannot be verified, so nothing was sent ({error}). "
            "SSL_CERT_FILE may name the file of a certificate authority of your own"
        )
    return f"nobody answers at {url} ({error or type(error).__name__})"


async def _whole(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise Broken(f"the answer is longer than {LONGEST_ANSWER} bytes")
    return bytes(body)


def _location(response: httpx.Response) -> str:
    return str(response.headers.get("Location", "nowhere"))


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
