"""Server-sent events are parsed, however the network splits them."""

from collections.abc import AsyncIterator

import httpx
import pytest

from homework_client import requests
from homework_client.client import Client
from homework_client.events import ServerSentEvent, decode, decode_async
from homework_client.refusals import UnexpectedResponse

STREAM = (
    ': alive\r\n\r\nevent: progress\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:2\n\nid: 7\n\ndata: 3\r\rdata: cut'
)
EVENTS = [
    ServerSentEvent("progress", '{"a":\n1}'),
    ServerSentEvent("message", "2"),
    ServerSentEvent("message", "3"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_in_pieces_of_any_size(size: int) -> None:
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert list(decode(pieces)) == EVENTS


async def test_an_asynchronous_stream_gives_the_same_events() -> None:
    async def pieces() -> AsyncIterator[str]:
        yield STREAM[:20]
        yield STREAM[20:]

    assert [event async for event in decode_async(pieces())] == EVENTS


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x1c", "\x0b"])
def test_a_line_separator_of_unicode_inside_the_data_does_not_end_it(separator: str) -> None:
    [event] = decode([f"data: a{separator}b\n\n"])
    assert event.data == f"a{separator}b"


def test_an_event_that_holds_no_model_is_not_taken_for_one() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="data: {}\n\n", headers={"Content-Type": "text/event-stream"})

    with (
        Client("http://api", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(UnexpectedResponse),
    ):
        list(client.stream(requests.follow_assignment(1)))
