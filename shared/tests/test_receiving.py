"""Deliveries are taken out of a connection's bytes, and aiormq gets everything else."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from aiormq.exceptions import InvalidFrameError
from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader, ProtocolHeader
from pamqp.heartbeat import Heartbeat
from tests.support.broker.clients import is_lost, take
from tests.support.broker.scripted_broker import ScriptedBroker, scripted_broker
from tests.support.waiting import SECONDS, eventually

from homework_shared.errors import LinkLost
from homework_shared.messaging import receiving
from homework_shared.messaging.receiving import Received, Receiving
from homework_shared.messaging.topology import JOBS

OURS, OTHERS = 1, 2
"""The channel of our consumer, and another one."""


class Wire:
    """A reader that gets bytes as from a socket. `received` has the deliveries of channel OURS."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._receiving = Receiving()
        self._receiving.receive(OURS, self.received.append)
        self.reader = receiving._Reader(self._receiving._channels, asyncio.get_running_loop())

    def bring(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self.reader.feed_data(chunk)

    async def passed_on(self) -> bytes:
        """All that aiormq can read."""
        self.reader.feed_eof()
        return await self.reader.read()


@pytest.fixture
async def wire() -> Wire:
    return Wire()


def on(channel: int, *frames: Any) -> bytes:
    return b"".join(frame.marshal(each, channel) for each in frames)


def delivery(
    tag: int, body: bytes = b"{}", *, most: int = 100, redelivered: bool = False, **properties: Any
) -> list[Any]:
    """The frames of a delivery, with at most `most` bytes of the body in each."""
    return [
        commands.Basic.Deliver("consumer", tag, redelivered, "exchange", "key"),
        *content(body, most, **properties),
    ]


def content(body: bytes, most: int = 100, **properties: Any) -> list[Any]:
    header = ContentHeader(properties=commands.Basic.Properties(**properties), body_size=len(body))
    return [header, *(ContentBody(body[at : at + most]) for at in range(0, len(body), most))]


OTHER_FRAMES: Sequence[bytes] = [
    on(0, Heartbeat()),
    on(0, commands.Connection.Blocked("disk")),
    on(OURS, commands.Basic.Ack(3, True)),
    on(
        OURS, commands.Basic.Return(312, "NO_ROUTE", "exchange", "key"), *content(b"returned", message_id="r")
    ),
    on(OURS, commands.Basic.GetOk(9, False, "exchange", "key", 0), *content(b"fetched")),
    on(OURS, commands.Basic.Cancel("consumer", True)),
    on(OTHERS, *delivery(1, b"of another channel")),
    on(OURS, commands.Channel.Close(404, "NOT_FOUND", 0, 0)),
]


def bodies(received: Sequence[Received]) -> list[tuple[int, bytes]]:
    return [(each.tag, each.body) for each in received]


async def test_a_delivery_is_received_with_its_tag_its_properties_and_its_body(wire: Wire) -> None:
    headers = {"x-delivery-count": 2, "name": "è"}
    wire.bring(
        on(OURS, *delivery(2**40, b"body", redelivered=True, headers=headers, message_id="m", user_id="u"))
    )
    [one] = wire.received
    assert (one.tag, one.redelivered, one.body) == (2**40, True, b"body")
    properties = one.content.properties
    assert (one.content.message_id, properties.headers, properties.user_id) == ("m", headers, "u")
    assert await wire.passed_on() == b""


async def test_a_message_that_comes_for_the_first_time_is_not_redelivered(wire: Wire) -> None:
    wire.bring(on(OURS, *delivery(1)))
    assert [each.redelivered for each in wire.received] == [False]


async def test_a_body_is_put_together_from_its_frames_and_may_be_empty(wire: Wire) -> None:
    long = bytes(range(256)) * 2
    wire.bring(on(OURS, *delivery(1, long), *delivery(2, b""), *delivery(3, b"x")))
    assert bodies(wire.received) == [(1, long), (2, b""), (3, b"x")]


def _mixed() -> Iterator[bytes]:
    for tag, other in enumerate(OTHER_FRAMES, 1):
        yield on(OURS, *delivery(tag, b"b" * tag * 30))
        yield other


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 64, 1000, 100_000])
async def test_wherever_the_socket_cuts_deliveries_are_whole_and_all_other_frames_are_passed_on(
    wire: Wire, size: int
) -> None:
    data = b"".join(_mixed())
    wire.bring(*(data[at : at + size] for at in range(0, len(data), size)))
    assert bodies(wire.received) == [(tag, b"b" * tag * 30) for tag in range(1, len(OTHER_FRAMES) + 1)]
    assert await wire.passed_on() == b"".join(OTHER_FRAMES)


async def test_frames_of_another_channel_may_come_between_those_of_a_delivery(wire: Wire) -> None:
    ours, others = delivery(1, b"ours"), delivery(1, b"theirs")
    pairs = zip(ours, others, strict=True)
    wire.bring(b"".join(on(OURS, mine) + on(OTHERS, theirs) for mine, theirs in pairs))
    assert bodies(wire.received) == [(1, b"ours")]
    assert await wire.passed_on() == on(OTHERS, *others)


@pytest.mark.parametrize(
    "nonsense",
    [
        ProtocolHeader().marshal(),  # A broker refuses a version of AMQP with the one that it has.
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        on(OURS, *delivery(1))[:-1] + b"\x00",
        on(0, commands.Connection.Blocked("disk"))[:-1] + b"\x00",
    ],
)
async def test_bytes_that_are_no_frame_are_passed_on_with_all_that_follows(
    wire: Wire, nonsense: bytes
) -> None:
    wire.bring(on(0, Heartbeat()) + nonsense, on(OURS, *delivery(2)))
    assert wire.received == []
    assert (await wire.passed_on()).endswith(nonsense[-8:] + on(OURS, *delivery(2)))


def _cut(part: Any, length: int) -> bytes:
    """A frame whose payload ends after `length` bytes."""
    whole = on(OURS, part)
    return whole[:3] + length.to_bytes(4) + whole[7 : 7 + length] + whole[-1:]


DELIVER, HEADER, BODY = delivery(1)


@pytest.mark.parametrize(
    "data",
    [
        on(OURS, DELIVER, BODY),
        on(OURS, DELIVER, DELIVER),
        on(OURS, DELIVER, HEADER, commands.Channel.Close(404, "", 0, 0)),
        on(OURS, DELIVER, HEADER, HEADER),
        _cut(DELIVER, 4),
        _cut(DELIVER, 12),
        on(OURS, DELIVER) + _cut(HEADER, 11),
        on(OURS, DELIVER) + _cut(HEADER, 13),
    ],
)
async def test_a_delivery_that_cannot_be_read_fails_the_next_read_of_aiormq(wire: Wire, data: bytes) -> None:
    wire.bring(data)
    with pytest.raises(InvalidFrameError, match="a delivery cannot be read"):
        await wire.reader.readexactly(1)
    wire.bring(on(OURS, *delivery(2)))
    assert wire.received == []


async def test_aiormq_sees_life_while_a_broker_sends_deliveries_alone(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = asyncio.get_running_loop().time()
    monkeypatch.setattr(wire.reader, "_clock", lambda: now)
    for _ in range(3):
        now += 0.9
        wire.bring(on(OURS, *delivery(1)))
    assert await wire.passed_on() == on(0, Heartbeat())


@pytest.fixture
async def broker() -> AsyncIterator[ScriptedBroker]:
    async with scripted_broker() as broker:
        yield broker


async def test_a_delivery_that_cannot_be_read_is_a_lost_link(broker: ScriptedBroker) -> None:
    async with broker.client().consumer(JOBS, 1) as consumer:
        broker.send(DELIVER, DELIVER, channel=1)
        async with asyncio.timeout(SECONDS):
            with pytest.raises(LinkLost):
                await consumer.take(1)


async def test_no_delivery_of_a_consumer_reaches_aiormq(
    broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    unmarshal = frame.unmarshal

    def noting(data: bytes) -> Any:
        seen.append(unmarshal(data)[2])
        return unmarshal(data)

    monkeypatch.setattr(frame, "unmarshal", noting)
    async with broker.client().consumer(JOBS, 9) as consumer:
        for tag in range(1, 10):
            broker.deliver(tag)
        assert len(await take(consumer, 9)) == 9
    assert any(isinstance(each, commands.Basic.ConsumeOk) for each in seen)
    assert not any(isinstance(each, ContentHeader) for each in seen)


async def test_a_consumer_whose_deliveries_reach_aiormq_loses_its_link_and_does_not_wait_for_ever(
    broker: ScriptedBroker,
) -> None:
    async with broker.client().consumer(JOBS, 1) as consumer:
        consumer._receiving._channels.clear()
        broker.deliver(1)
        await eventually(lambda: is_lost(consumer))
        with pytest.raises(LinkLost, match="not received"):
            await consumer.take(1)
