"""The REST API as the console uses it: with which key, what it advises, how a page says what went wrong."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TypeVar

import httpx
from pydantic import SecretStr

from homework_client.client import AsyncClient, Reply
from homework_client.refusals import Advice, ApiError, Misused
from homework_client.request import Request, Stream

CONNECT_SECONDS = 2.0
_ADVICE = Advice(
    start="start it with `homework up`",
    locate="say where it is with CONSOLE_API_URL",
    authorize="make the console a key of its own, `homework keys create console --right ops`, "
    "and start it with that as CONSOLE_API_KEY",
    update="run both in the same version",
)
_TO_TEACHERS = replace(_ADVICE, authorize="open Teach again and give it your own key")
T = TypeVar("T")


def connect(
    url: str, key: SecretStr | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncClient:
    """A client with the console's own key, which operators' pages use. Raises Misused."""
    return _connect(url, key, _ADVICE, transport)


def connect_without_key(url: str, transport: httpx.AsyncBaseTransport | None = None) -> AsyncClient:
    """The client to which each teacher adds her own key. Raises Misused."""
    return _connect(url, None, _TO_TEACHERS, transport)


def _connect(
    url: str, key: SecretStr | None, advice: Advice, transport: httpx.AsyncBaseTransport | None
) -> AsyncClient:
    return AsyncClient(
        url,
        key.get_secret_value() if key else None,
        advice=advice,
        connect_seconds=CONNECT_SECONDS,
        transport=transport,
    )


class TeacherApi:
    """The API as one who is signed in asks it: with her own key, or with none while the API asks for none."""

    def __init__(self, api: AsyncClient) -> None:
        self._api = api
        self._headers: dict[str, str] = {}

    def use(self, key: str) -> None:
        """Send this key from now on. Raises Misused."""
        text = key.strip()
        if not (text and text.isascii() and text.isprintable()):
            raise Misused("The key is empty or holds characters that no key has")
        self._headers = {"Authorization": f"Bearer {text}"}

    def forget_key(self) -> None:
        self._headers = {}

    async def send(self, request: Request[T]) -> T:
        """The model that answers the request. Raises as `AsyncClient.fetch` does."""
        return await self._api.send(replace(request, headers={**request.headers, **self._headers}))

    def stream(self, request: Stream[T]) -> AsyncGenerator[Reply[T]]:
        """Each event as it comes. Raises as `AsyncClient.fetch` does."""
        return self._api.stream(replace(request, headers={**request.headers, **self._headers}))


def in_sentences(error: ApiError) -> str:
    """Why the API did not do it, and what to do next."""
    if isinstance(error, Misused):
        # It begins with the name of a field, which is no word to be capitalised.
        return f"{error.reason.rstrip('.')}."
    return " ".join(_sentence(part) for part in (error.reason, error.advice) if part)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
