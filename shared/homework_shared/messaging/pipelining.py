"""Many AMQP frames in one write. aiormq takes a lock, a timer and a system call for each publish and each
acknowledgement; written together they cost the client half of its time, and the broker more than half.

This is the only file that uses what aiormq does not document. It does what aiormq's own `basic_publish` and
`basic_ack` do: it puts frames on the write queue and finds confirmations by their delivery tag. A test in
tests/static/architecture looks for each name that is used here.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

from aiormq.abc import ChannelFrame, FrameType
from aiormq.channel import Channel
from aiormq.exceptions import ChannelInvalidStateError
from pamqp import commands, constants
from pamqp.frame import marshal

from homework_shared.messaging.frames import CONTENT, frame

Confirmation = asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """The bytes of properties that differ in the message id alone: those before its length, and those after
    it."""

    before: bytes
    after: bytes

    @classmethod
    def by(cls, properties: commands.Basic.Properties) -> "Shared":
        """What all messages with these properties share. The message id of `properties` does not count."""
        properties.message_id = _PLACE
        before, after = properties.marshal().split(bytes([len(_PLACE)]) + _PLACE.encode())
        return cls(before, after)


_PLACE = uuid4().hex
"""Stands where a message id will be. It is random, so it occurs nowhere else among the properties."""


@dataclass(frozen=True, slots=True)
class Publish:
    """One mandatory message. aiormq recognises a returned one by its message id."""

    exchange: str
    routing_key: str
    message_id: str
    properties: Shared
    body: bytes


async def publish_together(
    channel: Channel, messages: Sequence[Publish], seconds: float
) -> list[Confirmation]:
    """Write all messages, then wait for their confirmations, at most `seconds` in all.

    Returns:
        One future per message. It holds the broker's ack, a DeliveryError, or a PublishError if no queue took
        the message; it is cancelled if no confirmation came in time.

    Raises:
        TimeoutError: the socket took no more bytes; some messages may have been sent.
    """
    payload = b"".join([frame for message in messages for frame in _frames(channel, message)])
    async with asyncio.timeout(seconds) as limit:
        async with channel.lock:
            confirmations = [_expect(channel, message) for message in messages]
            try:
                drained = await _enqueue(channel, payload)
            except BaseException:
                _take_back(channel, len(messages))
                raise
            try:
                await drained
            except BaseException:
                _give_up(confirmations)
                raise
        left = (limit.when() or 0) - asyncio.get_running_loop().time()
    await asyncio.wait(confirmations, timeout=left)
    _give_up(confirmations)
    return confirmations


async def write(channel: Channel, frames: Sequence[FrameType]) -> None:
    """Returns once the socket has taken them. Raises ChannelInvalidStateError on a channel that is closed."""
    payload = b"".join([marshal(frame, channel.number) for frame in frames])
    await (await _enqueue(channel, payload))


def call_when_cancelled(channel: Channel, callback: Callable[[object], None]) -> None:
    """Call `callback` when the broker ends a consumer of this channel."""
    channel.on_consumer_cancel_callbacks.add(callback)


async def _enqueue(channel: Channel, payload: bytes) -> asyncio.Future[None]:
    """Queue the bytes of frames as one write. The future is done once the socket has taken them."""
    if channel.is_closed:
        raise ChannelInvalidStateError(f"{channel} is closed")
    drained: asyncio.Future[None] = channel.create_future()
    await channel.write_queue.put(ChannelFrame(payload, should_close=False, drain_future=drained))
    return drained


def _expect(channel: Channel, message: Publish) -> Confirmation:
    channel.delivery_tag += 1
    tag, name = channel.delivery_tag, message.message_id
    confirmation: Confirmation = channel.create_future()
    channel.confirmations[tag] = confirmation
    channel.message_id_delivery_tag[name] = tag

    def forget(_: object) -> None:
        if channel.message_id_delivery_tag.get(name) == tag:
            del channel.message_id_delivery_tag[name]

    confirmation.add_done_callback(forget)
    return confirmation


def _take_back(channel: Channel, count: int) -> None:
    # The broker has not seen these messages: it will give the first of their tags to the next one it sees.
    for _ in range(count):
        confirmation = channel.confirmations.pop(channel.delivery_tag, None)
        channel.delivery_tag -= 1
        if confirmation is not None:
            confirmation.cancel()


def _frames(channel: Channel, message: Publish) -> list[bytes]:
    number, size, body = channel.number, channel.max_content_size, message.body
    name, shared = message.message_id.encode(), message.properties
    content = CONTENT.pack(commands.Basic.frame_id, 0, len(body))
    properties = b"".join((content, shared.before, bytes((len(name),)), name, shared.after))
    return [
        _method(number, message.exchange, message.routing_key),
        frame(constants.FRAME_HEADER, number, properties),
        *[frame(constants.FRAME_BODY, number, body[at : at + size]) for at in range(0, len(body), size)],
    ]


@lru_cache(256)
def _method(channel_number: int, exchange: str, routing_key: str) -> bytes:
    """The first frame of a publish. All messages of one destination share it."""
    method = commands.Basic.Publish(
        exchange=exchange, routing_key=routing_key, mandatory=True, immediate=False
    )
    return marshal(method, channel_number)


def _give_up(confirmations: Sequence[Confirmation]) -> None:
    # aiormq ignores what the broker says about a confirmation that is done.
    for confirmation in confirmations:
        if not confirmation.done():
            confirmation.cancel()
