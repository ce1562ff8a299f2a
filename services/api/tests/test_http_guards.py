"""Body limits, security headers and the origin check stand before every route."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.support.api.application import Api

from homework_api.domain.access import Scope
from homework_api.http.middleware import body_limits as http_limits
from homework_api.http.middleware.body_limits import MAX_BODY_BYTES
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


async def test_the_documentation_pages_may_load_their_own_scripts_and_styles(sqlite_api: Api) -> None:
    policy = (await sqlite_api.client.get("/docs")).headers["Content-Security-Policy"]
    assert "script-src 'unsafe-inline' https://cdn.jsdelivr.net" in policy


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

    async with asyncio.timeout(10):
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

    async with asyncio.timeout(10):
        answer = await sqlite_api.client.post("/api/teacher/students", content=dripping())
    assert answer.status_code == 408


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
