"""A broker whose answers the test specifies frame by frame, for cases that are rare with a real one.

It implements the calls of our publishers and consumers, and has no queues.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pamqp import base, commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader
from pydantic import SecretStr

from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.link import Timeouts
from homework_shared.settings import LocalBrokerSettings

USER = "somebody"
FRAME_BYTES = 131_072
Frame = base.Frame | ContentHeader | ContentBody

_CAPABILITIES: Any = dict.fromkeys(
    ("publisher_confirms", "basic.nack", "connection.blocked", "consumer_cancel_notify"), True
)
_ANSWERS: dict[type[base.Frame], Callable[[Any], base.Frame]] = {
    commands.Channel.Open: lambda _: commands.Channel.OpenOk(),
    commands.Channel.Close: lambda _: commands.Channel.CloseOk(),
    commands.Connection.Close: lambda _: commands.Connection.CloseOk(),
    commands.Confirm.Select: lambda _: commands.Confirm.SelectOk(),
    commands.Exchange.Declare: lambda _: commands.Exchange.DeclareOk(),
    commands.Queue.Declare: lambda declare: commands.Queue.DeclareOk(declare.queue, 0, 0),
    commands.Queue.Bind: lambda _: commands.Queue.BindOk(),
    commands.Basic.Qos: lambda _: commands.Basic.QosOk(),
    commands.Basic.Consume: lambda consume: commands.Basic.ConsumeOk(consume.consumer_tag),
    commands.Basic.Cancel: lambda cancel: commands.Basic.CancelOk(cancel.consumer_tag),
}


@dataclass
class Published:
    """The `tag`-th message that the client published on its channel."""

    tag: int
    method: commands.Basic.Publish
    properties: Any = None
    body: bytes = b""
    size: int = 0


def confirmed(message: Published) -> list[Frame]:
    return [commands.Basic.Ack(message.tag)]


def refused(message: Published) -> list[Frame]:
    """The answer of a full queue."""
    return [commands.Basic.Nack(message.tag)]


def returned(message: Published) -> list[Frame]:
    """The answer of an exchange that has no queue for the message."""
    method = message.method
    back = commands.Basic.Return(312, "NO_ROUTE", method.exchange, method.routing_key)
    header = ContentHeader(properties=message.properties, body_size=len(message.body))
    return [back, header, ContentBody(message.body), *confirmed(message)]


def unanswered(_: Published) -> list[Frame]:
    return []


@dataclass
class ScriptedBroker:
    """A broker. `answer` gives the response to a message. Calls of the types in `mute` get no answer, and
    those of the types in `closing` close their channel. `received` has every method, in order.
    """

    answer: Callable[[Published], Sequence[Frame]] = confirmed
    mute: set[type[base.Frame]] = field(default_factory=set)
    closing: set[type[base.Frame]] = field(default_factory=set)
    received: list[base.Frame] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    port: int = 0
    _writer: asyncio.StreamWriter | None = None
    _consumer_channel: int = 0
    _consumer_tag: str = ""
    _tags: dict[int, int] = field(default_factory=dict)
    _being_published: dict[int, Published] = field(default_factory=dict)

    def client(self, call_seconds: float = 10, ping_seconds: float = 60) -> RabbitBroker:
        url = f"amqp://{USER}:secret@127.0.0.1:{self.port}/"
        timeouts = Timeouts(call_seconds=call_seconds, ping_seconds=ping_seconds)
        return RabbitBroker(LocalBrokerSettings(amqp_url=SecretStr(url)), "test", timeouts=timeouts)

    def sent(self, kind: type[base.Frame]) -> list[Any]:
        """The methods of this kind that the client has sent."""
        return [each for each in self.received if type(each) is kind]

    def send(self, *frames: Frame, channel: int = 0) -> None:
        """Send a frame that the client did not request."""
        assert self._writer is not None
        self._writer.write(b"".join(frame.marshal(each, channel) for each in frames))

    def deliver(self, tag: int, body: bytes = b"{}", **properties: Any) -> None:
        """Deliver a message to the consumer."""
        header = ContentHeader(properties=commands.Basic.Properties(**properties), body_size=len(body))
        delivery = commands.Basic.Deliver(self._consumer_tag, tag, False, "exchange", "key")
        self.send(delivery, header, ContentBody(body), channel=self._consumer_channel)

    def cancel_consumer(self) -> None:
        """Cancel the consumer, as a broker does when the queue is deleted."""
        self.send(commands.Basic.Cancel(self._consumer_tag, True), channel=self._consumer_channel)

    def cut(self) -> None:
        assert self._writer is not None
        self._writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            await reader.readexactly(8)
            self.send(commands.Connection.Start(0, 9, {"capabilities": _CAPABILITIES}, "PLAIN", "en_US"))
            await self._next(reader)
            self.send(commands.Connection.Tune(2047, FRAME_BYTES, 0))
            await self._next(reader)
            await self._next(reader)
            self.send(commands.Connection.OpenOk())
            while True:
                self._handle(*await self._next(reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    async def _next(self, reader: asyncio.StreamReader) -> tuple[int, Any]:
        head = await reader.readexactly(7)
        size = struct.unpack(">I", head[3:])[0]
        _, channel, what = frame.unmarshal(head + await reader.readexactly(size + 1))
        return channel, what

    def _handle(self, channel: int, what: Any) -> None:
        if isinstance(what, ContentHeader):
            message = self._being_published[channel]
            message.properties, message.size = what.properties, what.body_size
        elif isinstance(what, ContentBody):
            self._being_published[channel].body += what.value
        elif isinstance(what, base.Frame):
            self._handle_method(channel, what)
        self._answer_whole_message(channel)

    def _answer_whole_message(self, channel: int) -> None:
        message = self._being_published.get(channel)
        if message and message.properties and len(message.body) == message.size:
            del self._being_published[channel]
            self.published.append(message)
            self.send(*self.answer(message), channel=channel)

    def _handle_method(self, channel: int, method: base.Frame) -> None:
        self.received.append(method)
        if type(method) in self.closing:
            self.send(commands.Channel.Close(404, "NOT_FOUND", 0, 0), channel=channel)
        elif isinstance(method, commands.Basic.Publish):
            self._tags[channel] = self._tags.get(channel, 0) + 1
            self._being_published[channel] = Published(self._tags[channel], method)
        elif type(method) in _ANSWERS and type(method) not in self.mute:
            if isinstance(method, commands.Channel.Open):
                self._tags[channel] = 0
            if isinstance(method, commands.Basic.Consume):
                self._consumer_channel, self._consumer_tag = channel, method.consumer_tag
            self.send(_ANSWERS[type(method)](method), channel=channel)


@asynccontextmanager
async def scripted_broker() -> AsyncIterator[ScriptedBroker]:
    broker = ScriptedBroker()
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        server.close()
        await server.wait_closed()
