"""Takes the deliveries of our consumers out of a connection's bytes before aiormq reads them.

For each of the three frames of a delivery, aiormq awaits three reads and puts the frame through a queue, and
it starts a task for each message. Here, one pass over what the socket brought finds all deliveries in it.
Every other frame reaches aiormq as it came: answers to calls, confirmations, returned messages, heartbeats,
and the end of a consumer, a channel or a connection. Bytes that are no frame reach aiormq too, which then
ends the connection and reports them.

aiormq takes a transport of one's own (`aiormq.TransportFactory`), and asyncio a reader of one's own (the
docstring of `asyncio.open_connection` describes it). The layout of the frames is that of AMQP 0-9-1, sections
2.3.5 and 4.2.
"""

import asyncio
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, SupportsIndex

from aiormq import SSLContextProvider, TransportFactory
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError
from pamqp import commands, constants
from pamqp.heartbeat import Heartbeat
from yarl import URL

from homework_shared.messaging.content_header import Content, read_content_header
from homework_shared.messaging.frames import HEAD

_KINDS = (
    constants.FRAME_METHOD,
    constants.FRAME_HEADER,
    constants.FRAME_BODY,
    constants.FRAME_HEARTBEAT,
)
_DELIVER = struct.pack(">L", commands.Basic.Deliver.index)
_TAG_AND_FLAGS = struct.Struct(">QB")
_HEARTBEAT = Heartbeat().marshal()
_SIGN_OF_LIFE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came from the broker."""

    tag: int
    redelivered: bool
    content: Content
    body: bytes


Receive = Callable[[Received], None]


class Receiving(TransportFactory):
    """The transport of one connection, on which consumers can ask for the deliveries of their channels."""

    def __init__(self) -> None:
        self._channels: dict[int, _Channel] = {}

    def receive(self, channel: int, receive: Receive) -> None:
        """Call `receive` with each message that is delivered on `channel` from now on."""
        self._channels[channel] = _Channel(receive)

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        provider: SSLContextProvider = kwargs.pop("ssl_context_provider")
        context = await provider.get_context() if url.scheme == "amqps" else None
        where: dict[str, Any] = {"host": url.host, "port": url.port, "ssl": context}
        loop = asyncio.get_running_loop()
        reader = _Reader(self._channels, loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await loop.create_connection(lambda: protocol, **where, **kwargs)
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class _Reader(asyncio.StreamReader):
    """What aiormq reads: everything but deliveries."""

    def __init__(self, channels: Mapping[int, "_Channel"], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._channels = channels
        self._clock = loop.time
        self._begun = b""
        """The beginning of a frame whose end has not arrived."""
        self._has_frames = True
        self._last_passed_on = loop.time()

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        if not self._has_frames:
            super().feed_data(data)
            return
        try:
            self._divide(self._begun + bytes(data))
        except (InvalidFrameError, ValueError, IndexError, struct.error) as error:
            self._has_frames = False
            self.set_exception(InvalidFrameError(f"a delivery cannot be read: {error}"))

    def _divide(self, data: bytes) -> None:
        """Hand each delivery to its channel, pass the frames between deliveries on, and keep the rest."""
        begin, passed, end = 0, 0, len(data)
        while begin + HEAD.size < end:
            kind, number, size = HEAD.unpack_from(data, begin)
            payload = begin + HEAD.size
            last = payload + size
            if kind not in _KINDS or (last < end and data[last] != constants.FRAME_END):
                self._has_frames, begin = False, end
                break
            if last >= end:
                break
            channel = self._channels.get(number)
            if channel is not None and channel.takes(kind, data[payload:last]):
                if passed < begin:
                    self._pass_on(data[passed:begin])
                passed = last + 1
            begin = last + 1
        if passed < begin:
            self._pass_on(data[passed:begin])
        self._begun = data[begin:]
        self._show_life()

    def _pass_on(self, data: bytes) -> None:
        self._last_passed_on = self._clock()
        super().feed_data(data)

    def _show_life(self) -> None:
        # A broker that sends deliveries sends no heartbeats, and aiormq ends a connection that is silent.
        if self._clock() - self._last_passed_on > _SIGN_OF_LIFE_SECONDS:
            self._pass_on(_HEARTBEAT)


class _Channel:
    """Puts the frames of each delivery on a channel together."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._delivery: tuple[int, int] | None = None
        self._content: Content | None = None
        self._body: list[bytes] = []
        self._missing = 0

    def takes(self, kind: int, payload: bytes) -> bool:
        """Whether the frame belongs to a delivery.

        Raises:
            InvalidFrameError, ValueError, IndexError, struct.error: it belongs to one and cannot be read.
        """
        if self._delivery is None:
            if kind != constants.FRAME_METHOD or not payload.startswith(_DELIVER):
                return False
            # The consumer's tag comes first, after its length.
            tag_at = len(_DELIVER) + 1 + payload[len(_DELIVER)]
            self._delivery = _TAG_AND_FLAGS.unpack_from(payload, tag_at)
        elif self._content is None and kind == constants.FRAME_HEADER:
            self._content = read_content_header(payload)
            self._body, self._missing = [], self._content.body_size
        elif self._content is not None and kind == constants.FRAME_BODY:
            self._body.append(payload)
            self._missing -= len(payload)
        else:
            raise InvalidFrameError(f"a frame of kind {kind} came in the middle of it")
        if self._content is not None and self._missing <= 0:
            self._hand_over(*self._delivery, self._content)
        return True

    def _hand_over(self, tag: int, flags: int, content: Content) -> None:
        self._delivery = self._content = None
        self._receive(Received(tag, bool(flags & 1), content, b"".join(self._body)))
