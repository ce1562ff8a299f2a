"""Server-sent events follow an assignment as it changes, over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.api.application import Api, api_over, served, sse_events


def events_of(assignment_id: int) -> str:
    return f"/api/teacher/assignments/{assignment_id}/events"


@pytest.fixture
async def http(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with served(api) as client:
        yield client


async def test_a_watcher_sees_the_start_each_change_and_the_end(api: Api, http: httpx.AsyncClient) -> None:
    assignment = await api.assign(await api.add_students(2))
    first, second = await api.homework(assignment["id"])
    async with asyncio.timeout(30), http.stream("GET", events_of(assignment["id"])) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = sse_events(stream)
        assert await anext(events) == ("progress", assignment)
        await api.settle(first, "mock")
        name, state = await anext(events)
        assert (name, state["progress"]["available"]) == ("progress", 1)
        await api.settle(second, "vllm")
        _, state = await anext(events)
        assert state == await api.assignment(assignment["id"])
        assert state["status"] == "completed"
        with pytest.raises(StopAsyncIteration):
            await anext(events)
    assert api.events._subscriptions == {}


async def test_a_final_assignment_is_sent_once_and_the_stream_ends(api: Api, http: httpx.AsyncClient) -> None:
    assignment = await api.assign(await api.add_students(1))
    [homework] = await api.homework(assignment["id"])
    await api.settle(homework, None)
    async with http.stream("GET", events_of(assignment["id"])) as stream:
        states = [state async for _, state in sse_events(stream)]
    assert [state["status"] for state in states] == ["failed"]


async def test_a_change_made_by_another_process_is_seen_within_seconds(
    api: Api, http: httpx.AsyncClient, database_url: str
) -> None:
    assignment = await api.assign(await api.add_students(1))
    [homework] = await api.homework(assignment["id"])
    async with asyncio.timeout(30), http.stream("GET", events_of(assignment["id"])) as stream:
        events = sse_events(stream)
        await anext(events)
        async with api_over(database_url) as other:
            await other.settle(homework)
        assert (await anext(events))[1]["status"] == "completed"


async def test_nothing_is_sent_while_nothing_changes(api: Api, http: httpx.AsyncClient) -> None:
    assignment = await api.assign(await api.add_students(1))
    async with http.stream("GET", events_of(assignment["id"])) as stream:
        events = sse_events(stream)
        await anext(events)
        api.events.notify({assignment["id"]})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 1.5)


async def test_a_quiet_stream_is_kept_alive(
    api: Api, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.1)
    assignment = await api.assign(await api.add_students(1))
    async with asyncio.timeout(30), http.stream("GET", events_of(assignment["id"])) as stream:
        async for line in stream.aiter_lines():
            if line.startswith(":"):
                break


async def test_the_stream_ends_when_the_assignment_is_deleted(api: Api, http: httpx.AsyncClient) -> None:
    assignment = await api.assign(await api.add_students(1))
    async with asyncio.timeout(30), http.stream("GET", events_of(assignment["id"])) as stream:
        events = sse_events(stream)
        await anext(events)
        await http.delete(f"/api/teacher/assignments/{assignment['id']}")
        with pytest.raises(StopAsyncIteration):
            await anext(events)


async def test_an_unknown_assignment_is_404_before_any_stream(http: httpx.AsyncClient) -> None:
    answer = await http.get(events_of(4711))
    assert (answer.status_code, answer.json()) == (404, {"detail": "Assignment not found"})


async def test_watching_stops_when_the_client_leaves(api: Api, http: httpx.AsyncClient) -> None:
    assignment = await api.assign(await api.add_students(1))
    async with http.stream("GET", events_of(assignment["id"])) as stream:
        await anext(sse_events(stream))
        assert list(api.events._subscriptions) == [assignment["id"]]
    async with asyncio.timeout(30):
        while api.events._subscriptions:
            await asyncio.sleep(0.02)


async def test_a_stopping_server_does_not_wait_for_its_watchers(api: Api) -> None:
    assignment = await api.assign(await api.add_students(1))
    async with (
        asyncio.timeout(30),
        served(api) as client,
        client.stream("GET", events_of(assignment["id"])) as stream,
    ):
        events = sse_events(stream)
        await anext(events)
        api.stop.set()
        with pytest.raises(StopAsyncIteration):
            await anext(events)
