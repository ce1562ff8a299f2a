"""A publisher that writes properties and headers as raw bytes, including ones that no client library would
write.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pamqp import base, commands, frame, header
from pamqp.body import ContentBody

CHANNEL = 1
FRAME_BYTES = 131_072
_HEADER_FRAME, _FRAME_END = 2, b"\xce"

# The flags that say which properties a message has (AMQP 0-9-1, 4.2.6.1), most significant bit first.
HEADERS, DELIVERY_MODE, PRIORITY = 1 << 13, 1 << 12, 1 << 11
CORRELATION_ID, EXPIRATION, MESSAGE_ID = 1 << 10, 1 << 8, 1 << 7
TIMESTAMP, TYPE, USER_ID = 1 << 6, 1 << 5, 1 << 4


@dataclass(frozen=True)
class RawMessage:
    """A message. `properties` has the encoded values by their flags."""

    body: bytes
    properties: dict[int, bytes]


def short(value: bytes) -> bytes:
    return bytes([len(value)]) + value


def table(*fields: tuple[bytes, bytes]) -> bytes:
    """An AMQP table. Each field has a name and an encoded value, which begins with the letter of its type."""
    inside = b"".join(short(name) + value for name, value in fields)
    return struct.pack(">I", len(inside)) + inside


class RawPublisher:
    """A publisher that waits for the broker's confirmation after each message."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._received = b""

    def open(self, user: str, password: str) -> None:
        self._socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._expect(commands.Connection.Start)
        login = f"\0{user}\0{password}"
        self._send(0, commands.Connection.StartOk({}, "PLAIN", login, "en_US"))
        self._expect(commands.Connection.Tune)
        self._send(0, commands.Connection.TuneOk(10, FRAME_BYTES, 0))
        self._send(0, commands.Connection.Open("/"))
        self._expect(commands.Connection.OpenOk)
        self._send(CHANNEL, commands.Channel.Open())
        self._expect(commands.Channel.OpenOk)
        self._send(CHANNEL, commands.Confirm.Select())
        self._expect(commands.Confirm.SelectOk)

    def publish(self, exchange: str, key: str, message: RawMessage) -> None:
        """Publish a message. Raises ConnectionRefusedError if the broker does not accept it."""
        flags = sum(message.properties)
        named = b"".join(message.properties[bit] for bit in sorted(message.properties, reverse=True))
        content = struct.pack(">HHQH", 60, 0, len(message.body), flags) + named
        self._send(CHANNEL, commands.Basic.Publish(0, exchange, key, mandatory=True))
        self._socket.sendall(struct.pack(">BHI", _HEADER_FRAME, CHANNEL, len(content)) + content + _FRAME_END)
        for start in range(0, len(message.body), FRAME_BYTES - 8):
            self._send(CHANNEL, ContentBody(message.body[start : start + FRAME_BYTES - 8]))
        answer = self._next()
        if not isinstance(answer, commands.Basic.Ack):
            raise ConnectionRefusedError(f"the broker answered {answer!r}")

    def _send(self, channel: int, what: base.Frame | ContentBody | header.ContentHeader) -> None:
        self._socket.sendall(frame.marshal(what, channel))

    def _expect(self, kind: type[base.Frame]) -> None:
        answer = self._next()
        if not isinstance(answer, kind):
            raise ConnectionRefusedError(f"the broker answered {answer!r}")

    def _next(self) -> Any:
        while True:
            _, _, size = frame.frame_parts(self._received)
            if size is not None and len(self._received) >= size + 8:
                taken, _, answer = frame.unmarshal(self._received)
                self._received = self._received[taken:]
                return answer
            data = self._socket.recv(65_536)
            if not data:
                raise ConnectionRefusedError("the broker closed the connection")
            self._received += data


@contextmanager
def raw_publisher(amqp_url: str) -> Iterator[RawPublisher]:
    url = urlsplit(amqp_url)
    with socket.create_connection((str(url.hostname), url.port or 5672), timeout=60) as connection:
        publisher = RawPublisher(connection)
        publisher.open(str(url.username), str(url.password))
        yield publisher
