"""Attacks by clients that open connections and send nothing, or that send a request without an end."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from homework_shared.runtime import http_connections
from tests.support.api.application import Api, sse_events
from tests.support.api.server import served_as_shipped

HEADER_SECONDS = 0.5
PATIENCE_SECONDS = 60
BEGUN = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
WHOLE = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Socket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def answer(self) -> bytes:
        """The response to one whole request."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
            return head + await self._reader.readexactly(int(length.split(b":")[1]))

    async def is_closed(self) -> bool:
        """Wait for the other side to close the connection."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._reader.read()
        except TimeoutError:
            return False
        except ConnectionResetError:
            pass
        return True

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def drip(self) -> None:
        """Send the bytes of a header one by one, until the server stops reading."""
        self.send(BEGUN)
        while not self._reader.at_eof():
            self.send(b"x")
            await asyncio.sleep(HEADER_SECONDS / 20)
            if self._writer.is_closing():
                return


Dial = Callable[[str], Awaitable[Socket]]


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Open a socket to a URL."""
    opened: list[Socket] = []

    async def to(url: str) -> Socket:
        address = httpx.URL(url)
        opened.append(Socket(*await asyncio.open_connection(address.host, address.port)))
        return opened[-1]

    yield to
    await asyncio.gather(*(each.close() for each in opened))


@pytest.fixture
async def url(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The API as it is shipped, except that it waits only half a second for headers."""
    monkeypatch.setattr(http_connections, "HEADER_SECONDS", HEADER_SECONDS)
    async with served_as_shipped(api.services, api.stop) as url:
        yield url


async def test_sockets_that_say_nothing_are_closed(url: str, dial: Dial) -> None:
    silent = [await dial(url) for _ in range(100)]
    assert all(await asyncio.gather(*(each.is_closed() for each in silent)))


async def test_headers_that_come_byte_by_byte_get_no_more_time(url: str, dial: Dial) -> None:
    slow = [await dial(url) for _ in range(20)]
    dripping = [asyncio.create_task(each.drip()) for each in slow]
    assert all(await asyncio.gather(*(each.is_closed() for each in slow)))
    await asyncio.gather(*dripping)


async def test_an_unfinished_second_request_does_not_keep_a_connection_open(
    url: str, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connections, "HEADER_SECONDS", PATIENCE_SECONDS)  # The first one has time.
    socket = await dial(url)
    socket.send(WHOLE)
    assert b" 200 " in await socket.answer()
    monkeypatch.setattr(http_connections, "HEADER_SECONDS", HEADER_SECONDS)
    dripping = asyncio.create_task(socket.drip())
    assert await socket.is_closed()
    await dripping


async def test_a_connection_that_is_used_is_kept(
    url: str, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 2.0
    monkeypatch.setattr(http_connections, "HEADER_SECONDS", seconds)
    began = used = time.monotonic()
    socket = await dial(url)
    while time.monotonic() - began < 1.5 * seconds:
        before, used = used, time.monotonic()
        socket.send(WHOLE)
        try:
            assert b" 200 " in await socket.answer()
        except (asyncio.IncompleteReadError, ConnectionError):
            # Only a machine that stood still for so long looks like an idle client.
            assert time.monotonic() - before > seconds
            began = used = time.monotonic()
            socket = await dial(url)
        await asyncio.sleep(0.1)


async def test_too_many_idle_connections_do_not_keep_new_clients_out(
    api: Api, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connections, "MOST_CONNECTIONS", 20)
    async with (
        served_as_shipped(api.services, api.stop) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        assignment = await api.assign(await api.add_students(1))
        events = f"/api/teacher/assignments/{assignment['id']}/events"
        async with client.stream("GET", events) as stream:
            following = sse_events(stream)
            await anext(following)
            flood = [await dial(url) for _ in range(60)]
            async with asyncio.timeout(PATIENCE_SECONDS):
                closed = [asyncio.create_task(each.is_closed()) for each in flood[:40]]
                assert (await client.get("/health")).status_code == 200
                # The connections that have waited longest are closed first.
                assert all(await asyncio.gather(*closed))
            [homework] = await api.homework(assignment["id"])
            await api.settle(homework)
            # A connection that is being served is not closed.
            assert (await anext(following))[1]["status"] == "completed"
