"""Body limits, security headers and the origin check stand before every route."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.api.application import Api

from homework_api.domain.access import Scope
from homework_api.http.middleware import body_limits as http_limits
from homework_api.http.middleware.body_limits import MAX_BODY_BYTES, BodyLimitsMiddleware
from homework_api.http.middleware.origin import OriginMiddleware
from homework_api.services.api_keys import ApiKeys
from homework_shared.runtime.origin import LOOPBACK_NAMES

STUDENT = {"name": "Ada", "email": "ada@example.org"}


@pytest.mark.parametrize("path", ["/", "/api/teacher/students", "/nowhere", "/api/student/x/homework"])
async def test_every_response_carries_the_security_headers(sqlite_api: Api, path: str) -> None:
    answer = await sqlite_api.client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_body_whose_length_is_too_large_is_refused_before_it_is_sent(sqlite_api: Api) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)
    answer = await sqlite_api.client.post("/api/teacher/students", content=body)
    assert (answer.status_code, "too large" in answer.json()["detail"]) == (413, True)


async def test_a_body_without_a_length_is_refused_once_it_is_too_large(sqlite_api: Api) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 65536

    answer = await sqlite_api.client.post("/api/teacher/students", content=chunks())
    assert (answer.status_code, "too large" in answer.json()["detail"]) == (413, True)
    assert (await sqlite_api.client.post("/api/teacher/students", json=STUDENT)).status_code == 201


async def test_a_body_that_does_not_end_is_refused_in_time(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 0.2)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async with asyncio.timeout(30):
        answer = await sqlite_api.client.post("/api/teacher/students", content=slow())
    assert (answer.status_code, "send it again" in answer.json()["detail"]) == (408, True)


async def test_a_body_that_goes_on_and_on_gets_no_more_time_with_each_piece(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 0.5)

    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    async with asyncio.timeout(30):
        answer = await sqlite_api.client.post("/api/teacher/students", content=dripping())
    assert answer.status_code == 408


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_of_the_largest_size_is_read(sqlite_api: Api, is_chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b" " * (MAX_BODY_BYTES - 1)
        yield b"x"

    body = chunks() if is_chunked else b" " * (MAX_BODY_BYTES - 1) + b"x"
    answer = await sqlite_api.client.post("/api/teacher/students", content=body)
    assert answer.status_code == 422  # The body was read, and is not JSON.


class Client:
    """The client's messages as a server passes them to an application. After the listed ones no message
    arrives.
    """

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = list(messages)
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


def request(length: bytes | None = None) -> dict[str, Any]:
    return {"type": "http", "headers": [(b"content-length", length)] if length else []}


def piece(body: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    """A piece of a body. The last piece has no `more_body`, as ASGI allows."""
    return {"type": "http.request", "body": body} | ({"more_body": True} if more else {})


async def test_once_the_body_is_there_a_stream_may_wait_for_its_reader_to_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 0.05)
    received: list[Any] = []
    client = Client(piece(b"a", more=True), piece(b"b"))

    async def stream(_scope: Any, receive: Any, _send: Any) -> None:
        received.extend([await receive(), await receive()])
        waiting = asyncio.ensure_future(receive())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        waiting.cancel()

    await BodyLimitsMiddleware(stream)(request(b"2"), client.receive, client.send)
    assert [message["body"] for message in received] == [b"a", b"b"]
    assert client.sent == []


async def test_an_answer_that_has_begun_is_ended_by_the_app_and_not_by_a_refusal() -> None:
    client = Client(piece(b" " * (MAX_BODY_BYTES + 1), more=True))
    start, end = {"type": "http.response.start", "status": 200}, {"type": "http.response.body"}

    async def hasty(_scope: Any, receive: Any, send: Any) -> None:
        await send(start)
        assert (await receive())["type"] == "http.disconnect"
        await send(end)

    await BodyLimitsMiddleware(hasty)(request(), client.receive, client.send)
    assert client.sent == [start, end]


async def test_after_a_refusal_nothing_of_the_app_is_sent_and_the_connection_ends() -> None:
    client = Client(piece(b" " * (MAX_BODY_BYTES + 1)))

    async def late(_scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200})

    await BodyLimitsMiddleware(late)(request(), client.receive, client.send)
    start = client.sent[0]
    assert start["status"] == 413
    assert (b"connection", b"close") in start["headers"]
    assert {message["type"] for message in client.sent[1:]} == {"http.response.body"}


@pytest.mark.parametrize(("length", "status"), [(b"1048577", 413), (b"1048576", 200), (b"many", 200)])
async def test_what_a_client_says_of_its_length_is_believed_only_as_a_number(
    length: bytes, status: int
) -> None:
    client = Client(piece(b""))

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200})

    await BodyLimitsMiddleware(app)(request(length), client.receive, client.send)
    assert client.sent[0]["status"] == status


async def test_body_limits_apply_to_http_requests_only() -> None:
    client = Client()
    passed: list[Any] = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        passed.extend([receive, send])

    await BodyLimitsMiddleware(app)({"type": "lifespan"}, client.receive, client.send)
    assert passed == [client.receive, client.send]


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8000", None, 200),
        ("localhost:8000", "http://localhost:8000", 200),
        ("[::1]:8000", None, 200),
        ("evil.example:8000", None, 403),
        ("127.0.0.1.evil.example", None, 403),
        ("127.0.0.1:8000", "https://evil.example", 403),
        ("127.0.0.1:8000", "http://127.0.0.1:9000", 403),
        ("127.0.0.1:8000", "null", 403),
        ("", None, 403),
        ("[", None, 403),
    ],
)
async def test_while_there_is_no_key_a_page_of_another_site_is_refused(
    sqlite_api: Api, host: str, origin: str | None, status: int
) -> None:
    guarded = OriginMiddleware(sqlite_api.app, sqlite_api.keys, LOOPBACK_NAMES)
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(guarded), base_url="http://127.0.0.1:8000"
    ) as client:
        assert (await client.get("/api/teacher/students", headers=headers)).status_code == status


async def test_once_there_is_a_key_the_host_does_not_matter(sqlite_api: Api) -> None:
    key = (await sqlite_api.keys.create("office", frozenset({Scope.TEACHER, Scope.OPS}), None, None)).text
    guarded = OriginMiddleware(sqlite_api.app, sqlite_api.keys, LOOPBACK_NAMES)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(guarded), base_url="http://school.example"
    ) as client:
        assert (await client.get("/api/teacher/students")).status_code == 401
        client.headers["Authorization"] = f"Bearer {key}"
        assert (await client.get("/api/teacher/students")).status_code == 200


async def test_while_there_is_no_key_an_authorization_header_is_ignored(
    tmp_path: Path, sqlite_api: Api
) -> None:
    answer = await sqlite_api.client.get("/api/teacher/students", headers={"Authorization": "Basic YTpi"})
    assert answer.status_code == 200
    assert isinstance(sqlite_api.keys, ApiKeys)
