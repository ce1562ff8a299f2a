"""The two clients: a blocking one, and one for an event loop. The code that they share does no I/O."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import httpx
from pydantic import ValidationError

from homework_client import events, refusals
from homework_client.models import File
from homework_client.refusals import Advice, Misused
from homework_client.request import Request, Stream

RESPONSE_SECONDS = 30.0
CONNECT_SECONDS = 5.0
# The API sends a comment on an idle event stream every 15 s.
SILENCE_SECONDS = 60.0

T = TypeVar("T")
# httpx detects some invalid addresses only when it sends a request.
_NO_RESPONSE = (httpx.HTTPError, httpx.InvalidURL)


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A response: the model, and the text from which it was read. A file has no text."""

    value: T
    text: str
    headers: Mapping[str, str]


class _Client:
    """The part of both clients that does no I/O."""

    def __init__(self, url: str, advice: Advice | None) -> None:
        self.url = url.rstrip("/")
        self._advice = advice or Advice()

    def _options(self, key: str | None, connect_seconds: float, teacher_id: int | None) -> dict[str, Any]:
        if key and not (key.isascii() and key.isprintable()):
            raise Misused(
                "the API key contains characters that a key cannot have: copy the whole key again",
                self._advice.authorize,
            )
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if teacher_id is not None:
            headers["Teacher-Id"] = str(teacher_id)
        return {
            "base_url": self.url,
            "headers": headers,
            "timeout": httpx.Timeout(RESPONSE_SECONDS, connect=connect_seconds),
        }

    def _no_address(self) -> Misused:
        source = f" ({self._advice.address_source})" if self._advice.address_source else ""
        return Misused(f"{self.url!r}{source} is not an address: write it as http://host:port")

    @staticmethod
    def _arguments(request: Request[Any], seconds: float | None) -> dict[str, Any]:
        more = {} if seconds is None else {"timeout": seconds}
        return more | {
            "method": request.method, "url": request.path, "params": request.params,
            "json": request.body, "headers": request.headers,
        }  # fmt: skip

    def _reply(self, request: Request[T], response: httpx.Response) -> Reply[T]:
        if not response.is_success and response.status_code not in request.model_statuses:
            raise self._refusal(response)
        try:
            text = "" if request.response is File else response.text
            return Reply(request.read(response), text, response.headers)
        except ValidationError as error:
            if not response.is_success:
                raise self._refusal(response) from error
            raise refusals.unreadable(error, self._advice) from error

    def _event(self, request: Stream[T], event: events.ServerSentEvent, response: httpx.Response) -> Reply[T]:
        try:
            return Reply(request.decode(event.data), event.data, response.headers)
        except ValidationError as error:
            raise refusals.unreadable(error, self._advice) from error

    def _refusal(self, response: httpx.Response) -> refusals.ApiError:
        return refusals.refusal(response, self.url, self._advice)

    def _not_answering(self, error: Exception) -> refusals.Unreachable:
        return refusals.not_answering(error, self.url, self._advice)


class Client(_Client):
    """A blocking client. Use it in a `with` statement. `teacher_id` is the teacher on whose behalf an
    administrator sends requests.

    Raises:
        Misused: `url` is not an address, or `key` cannot be a key.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        teacher_id: int | None = None,
        advice: Advice | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(url, advice)
        try:
            self._http = httpx.Client(**self._options(key, connect_seconds, teacher_id), transport=transport)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise self._no_address() from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, request: Request[T], *, seconds: float | None = None) -> T:
        """The model that answers the request. Raises as `fetch` does."""
        return self.fetch(request, seconds=seconds).value

    def fetch(self, request: Request[T], *, seconds: float | None = None) -> Reply[T]:
        """The model with the text and the headers of the response. `seconds` limits the wait.

        Raises:
            Refused: the API does not carry out the request.
            Unauthorized: the API needs a key, or one with more rights.
            Misused: the request is wrong.
            Unreachable: the API, or a service that it needs, does not answer.
            UnexpectedResponse: the answer is not one of this API.
        """
        try:
            response = self._http.request(**self._arguments(request, seconds))
        except _NO_RESPONSE as error:
            raise self._not_answering(error) from error
        return self._reply(request, response)

    def stream(self, request: Stream[T]) -> Iterator[Reply[T]]:
        """Each event as it comes, until the API ends the stream. Raises as `fetch` does."""
        arguments = self._arguments(request, SILENCE_SECONDS)
        try:
            with self._http.stream(**arguments) as response:
                if not response.is_success:
                    response.read()
                    raise self._refusal(response)
                for event in events.decode(response.iter_text()):
                    yield self._event(request, event, response)
        except _NO_RESPONSE as error:
            raise self._not_answering(error) from error


class AsyncClient(_Client):
    """A client for an event loop. Use it in an `async with` statement. `teacher_id` is the teacher on whose
    behalf an administrator sends requests.

    Raises:
        Misused: `url` is not an address, or `key` cannot be a key.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        teacher_id: int | None = None,
        advice: Advice | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(url, advice)
        try:
            self._http = httpx.AsyncClient(
                **self._options(key, connect_seconds, teacher_id), transport=transport
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise self._no_address() from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def send(self, request: Request[T], *, seconds: float | None = None) -> T:
        """The model that answers the request. Raises as `fetch` does."""
        return (await self.fetch(request, seconds=seconds)).value

    async def fetch(self, request: Request[T], *, seconds: float | None = None) -> Reply[T]:
        """The model with the text and the headers of the response. `seconds` limits the wait.

        Raises:
            Refused: the API does not carry out the request.
            Unauthorized: the API needs a key, or one with more rights.
            Misused: the request is wrong.
            Unreachable: the API, or a service that it needs, does not answer.
            UnexpectedResponse: the answer is not one of this API.
        """
        try:
            response = await self._http.request(**self._arguments(request, seconds))
        except _NO_RESPONSE as error:
            raise self._not_answering(error) from error
        return self._reply(request, response)

    async def stream(self, request: Stream[T]) -> AsyncGenerator[Reply[T]]:
        """Each event as it comes, until the API ends the stream. Raises as `fetch` does."""
        arguments = self._arguments(request, SILENCE_SECONDS)
        try:
            async with self._http.stream(**arguments) as response:
                if not response.is_success:
                    await response.aread()
                    raise self._refusal(response)
                async for event in events.decode_async(response.aiter_text()):
                    yield self._event(request, event, response)
        except _NO_RESPONSE as error:
            raise self._not_answering(error) from error
