"""The information that a caller without a key, or with a revoked one, can read."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest

from homework_api.database.engine import DatabaseUnavailable
from homework_api.domain.access import Scope
from homework_api.services.api_keys import ApiKeys
from tests.support.api.application import Api, served, sse_events

INTERNAL = "connecting to amqp://broker.internal:5672: refused"
SECONDS_TO_END = 30
"""The time in which a stream must end. It checks its key each second, and the rest is for a busy machine."""


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def checks(api: Api, headers: dict[str, str]) -> dict[str, Any]:
    answer = await api.client.get("/ready", headers=headers)
    assert answer.status_code in {200, 503}, "a probe gets its answer whatever key is sent"
    assert "broker" in answer.json()["down"]
    told: dict[str, Any] = answer.json()["checks"]
    return told


async def test_readiness_hides_addresses_without_a_key_and_shows_the_reason_to_operators(
    api: Api, administrator: str
) -> None:
    api.probe.problem = INTERNAL
    teacher = (await api.keys.create("teacher", frozenset({Scope.TEACHER}), None, None)).text
    for headers in ({}, bearing("wrong"), bearing(teacher), {"Authorization": "Basic YTpi"}):
        assert "internal" not in str(await checks(api, headers))
    assert (await checks(api, bearing(administrator)))["broker"] == INTERNAL


async def test_while_the_database_is_down_a_known_operator_still_sees_the_reason(
    api: Api, administrator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await api.client.get("/api/ops/keys", headers=bearing(administrator))).status_code == 200

    async def unavailable(_work: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(api.db, "read", unavailable)
    monkeypatch.setattr(api.services.operations, "database_problem", AsyncMock(return_value=INTERNAL))
    api.probe.problem = INTERNAL
    assert "internal" not in str(await checks(api, {}))
    assert (await checks(api, bearing(administrator))) == {"database": INTERNAL, "broker": INTERNAL}


@pytest.mark.parametrize("by", ["this process", "another process"])
async def test_an_open_event_stream_ends_when_its_key_is_revoked(
    api: Api, administrator: str, by: str
) -> None:
    api.client.headers.update(bearing(administrator))
    assignment = await api.assign(await api.add_students(1))
    new = await api.keys.create("lost tablet", frozenset({Scope.TEACHER}), None, None)
    events = f"/api/teacher/assignments/{assignment['id']}/events"
    async with served(api) as client, client.stream("GET", events, headers=bearing(new.text)) as stream:
        following = sse_events(stream)
        await anext(following)
        keys = api.keys if by == "this process" else ApiKeys(api.db, api.clock)
        await keys.revoke(new.row.id)
        async with asyncio.timeout(SECONDS_TO_END):
            with pytest.raises((StopAsyncIteration, httpx.RemoteProtocolError)):
                await anext(following)


async def test_a_stream_shows_nothing_that_happened_after_its_key_was_revoked(
    api: Api, administrator: str
) -> None:
    api.client.headers.update(bearing(administrator))
    assignment = await api.assign(await api.add_students(1))
    new = await api.keys.create("lost tablet", frozenset({Scope.TEACHER}), None, None)
    events = f"/api/teacher/assignments/{assignment['id']}/events"
    async with served(api) as client, client.stream("GET", events, headers=bearing(new.text)) as stream:
        following = sse_events(stream)
        await anext(following)
        await api.keys.revoke(new.row.id)
        [homework] = await api.homework(assignment["id"])
        await api.settle(homework)
        async with asyncio.timeout(SECONDS_TO_END):
            with pytest.raises((StopAsyncIteration, httpx.RemoteProtocolError)):
                await anext(following)
