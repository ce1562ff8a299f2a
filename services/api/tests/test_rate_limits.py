"""Rate limits let a polling class pass, and stop a client that guesses keys."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.support.api.application import Api
from tests.support.waiting import early_in_the_minute

from homework_api.domain.access import Scope
from homework_api.http.middleware.rate_limits import (
    FAILURES,
    RateLimiter,
    RateLimitsMiddleware,
)
from homework_api.services import api_keys

OPS = frozenset({Scope.OPS, Scope.TEACHER})


@pytest.fixture
async def limited(sqlite_api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is limited to five requests a minute."""
    await early_in_the_minute()
    app = RateLimitsMiddleware(sqlite_api.app, RateLimiter("5/minute", "memory://"), sqlite_api.keys)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        yield client


async def test_a_client_that_asks_too_often_is_told_when_to_ask_again(limited: httpx.AsyncClient) -> None:
    for left in (4, 3, 2, 1, 0):
        answer = await limited.get("/api/teacher/students")
        assert answer.status_code == 200
        assert answer.headers["RateLimit"].startswith(f'"default";r={left};t=')
        assert answer.headers["RateLimit-Policy"] == '"default";q=5;w=60'
    refused = await limited.get("/api/teacher/students")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert f"Ask again in {refused.headers['Retry-After']} s" in refused.json()["detail"]


async def test_asking_other_paths_gives_no_more_requests(limited: httpx.AsyncClient) -> None:
    paths = ["/", "/api/teacher/students", "/api/teacher/assignments", "/nowhere", "/api/ops/jobs"]
    assert 429 not in [(await limited.get(path)).status_code for path in paths]
    assert (await limited.get("/api/ops/keys")).status_code == 429


async def test_wrong_keys_for_other_paths_are_counted_together(sqlite_api: Api) -> None:
    await sqlite_api.keys.create("office", OPS, None, None)
    app = RateLimitsMiddleware(sqlite_api.app, RateLimiter("1000/minute", "memory://"), sqlite_api.keys)
    wrong = {"Authorization": "Bearer wrong"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        paths = [f"/api/student/{number}/homework" for number in range(FAILURES.amount + 5)]
        assert [(await client.get(path, headers=wrong)).status_code for path in paths][-1] == 429


async def test_probes_are_never_refused(limited: httpx.AsyncClient) -> None:
    assert {(await limited.get("/health")).status_code for _ in range(20)} == {200}


async def test_each_key_has_a_limit_of_its_own(limited: httpx.AsyncClient, sqlite_api: Api) -> None:
    one, two = [(await sqlite_api.keys.create(name, OPS, None, None)).text for name in ("one", "two")]
    for _ in range(6):
        last = await limited.get("/api/teacher/students", headers={"Authorization": f"Bearer {one}"})
    assert last.status_code == 429
    other = await limited.get("/api/teacher/students", headers={"Authorization": f"Bearer {two}"})
    assert other.status_code == 200


async def test_a_client_that_guesses_keys_is_stopped_and_its_neighbours_with_good_keys_are_not(
    sqlite_api: Api,
) -> None:
    await early_in_the_minute()
    known, new = [(await sqlite_api.keys.create(name, OPS, None, None)).text for name in ("known", "new")]
    app = RateLimitsMiddleware(sqlite_api.app, RateLimiter("1000/minute", "memory://"), sqlite_api.keys)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:

        async def ask(text: str) -> httpx.Response:
            return await client.get("/api/teacher/students", headers={"Authorization": f"Bearer {text}"})

        assert (await ask(known)).status_code == 200
        assert {(await ask(f"wrong{number}")).status_code for number in range(FAILURES.amount)} == {401}
        stopped = await ask("wrong")
        assert (stopped.status_code, "not good" in stopped.json()["detail"]) == (429, True)
        assert (await ask(known)).status_code == 200
        assert (await ask(new)).status_code == 200


async def test_a_revoked_key_counts_as_a_failure(sqlite_api: Api) -> None:
    new = await sqlite_api.keys.create("office", OPS, None, None)
    assert not await sqlite_api.keys.is_bad(f"Bearer {new.text}")
    assert sqlite_api.keys.recognised(f"Bearer {new.text}")
    await sqlite_api.keys.revoke(new.row.id)
    assert await sqlite_api.keys.is_bad(f"Bearer {new.text}")
    assert sqlite_api.keys.recognised(f"Bearer {new.text}") is None


async def test_only_the_keys_that_were_used_last_are_remembered(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "RECOGNISED", 2)
    headers = [f"Bearer {(await sqlite_api.keys.create(name, OPS, None, None)).text}" for name in "abc"]
    for header in [headers[0], headers[1], headers[0], headers[2]]:
        await sqlite_api.keys.caller(header)
    assert [bool(sqlite_api.keys.recognised(header)) for header in headers] == [True, False, True]


async def test_while_the_database_is_down_no_key_counts_as_wrong(broken_api: Api) -> None:
    broken_api.keys._are_there = True
    form = f"Bearer hk_{'0' * 12}_{'a' * 43}"
    assert not await broken_api.keys.is_bad(form)


async def test_requests_pass_while_the_counters_are_unreachable(sqlite_api: Api) -> None:
    rates = RateLimiter("1/minute", "memory://")

    async def away(*_: object) -> bool:
        raise ConnectionError

    rates._limiter.hit = away  # type: ignore[method-assign, assignment]
    app = RateLimitsMiddleware(sqlite_api.app, rates, sqlite_api.keys)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        answers = [await client.get("/api/teacher/students") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "RateLimit" not in answers[0].headers


async def test_two_connections_of_one_address_are_counted_together(sqlite_api: Api) -> None:
    app = RateLimitsMiddleware(sqlite_api.app, RateLimiter("1/hour", "memory://"), sqlite_api.keys)
    answers = []
    for client in (("10.0.0.1", 1), ("10.0.0.1", 2), ("10.0.0.2", 1), None, None):
        transport = httpx.ASGITransport(app, client=client)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as one:
            answers.append((await one.get("/")).status_code)
    assert answers == [200, 429, 200, 200, 429]


async def test_a_bad_key_is_a_bad_key_while_the_counters_are_away(sqlite_api: Api) -> None:
    await sqlite_api.keys.create("office", OPS, None, None)
    rates = RateLimiter("1/minute", "memory://")

    async def away(*_: object) -> bool:
        raise ConnectionError

    rates._limiter.hit = away  # type: ignore[method-assign, assignment]
    app = RateLimitsMiddleware(sqlite_api.app, rates, sqlite_api.keys)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        answer = await client.get("/api/teacher/students", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


async def test_a_full_window_asks_for_at_least_one_second_of_patience() -> None:
    rates = RateLimiter("1/minute", "memory://", now=lambda: time.time() + 3600)
    status = await rates.ask("somebody")
    assert status is not None
    assert (status.is_within, status.left, status.seconds) == (True, 0, 1)


async def test_only_http_requests_are_counted() -> None:
    passed: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        passed.append(scope["type"])

    counted: Any = None  # No request reads it.
    limits = RateLimitsMiddleware(app, RateLimiter("1/minute", "memory://"), counted)
    for _ in range(3):
        await limits({"type": "lifespan", "path": "/"}, counted, counted)
    assert passed == ["lifespan"] * 3


async def test_a_redis_that_does_not_answer_delays_requests_only_briefly() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    rates = RateLimiter("1/minute", f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        async with asyncio.timeout(60):  # By itself a Redis client waits for ever.
            assert await rates.ask("somebody") is None
    finally:
        await rates.close()
        server.close()
        await server.wait_closed()


async def test_each_outage_of_the_counters_is_logged_once() -> None:
    rates = RateLimiter("100/minute", "memory://")
    real = rates._limiter.hit

    async def away(*_: object) -> bool:
        raise ConnectionError

    said = []
    with capture_logs() as lines:
        for hit in (away, away, real, away, away):
            rates._limiter.hit = hit  # type: ignore[method-assign, assignment]
            await rates.ask("somebody")
            said.append(len(lines))
    assert said == [1, 1, 1, 2, 2]
    assert {(line["event"], line["error"]) for line in lines} == {("rates_not_counted", "ConnectionError")}
