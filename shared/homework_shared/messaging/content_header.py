"""Reads the header of a delivered message: the size of its body, its message id and its other properties.

The jobs of a class differ in their message ids alone, and so do their results. pamqp takes thirty calls for
the properties of one message. So the id is cut out of the bytes (AMQP 0-9-1, section 4.2.6.1), and what is
left is read once for all messages that have the same bytes there.
"""

from dataclasses import dataclass
from functools import lru_cache

from pamqp import commands
from pamqp.header import ContentHeader

from homework_shared.messaging.frames import CONTENT
from homework_shared.messaging.properties import ForgivingProperties

_NAMES = commands.Basic.Properties.__slots__
_FLAGS = commands.Basic.Properties.flags
_BEFORE_THE_ID = _NAMES[: _NAMES.index("message_id")]
_SIZES = {"shortstr": (1, 0), "table": (4, 0), "octet": (0, 1)}
"""Of each type of a property: the bytes of its length, and its own bytes if it has no length."""
_ANOTHER_WORD_OF_FLAGS = 1
_AT_FLAGS = CONTENT.size
_AT_PROPERTIES = _AT_FLAGS + 2
_LONGEST_SHARED = 1000
"""In bytes. Whoever fills the broker with messages of long properties fills no memory here."""


@dataclass(frozen=True, slots=True)
class Content:
    """`body_size` is in bytes. `properties` may be those of many messages, whose message ids they lack."""

    body_size: int
    message_id: str | None
    properties: commands.Basic.Properties


def read_content_header(payload: bytes) -> Content:
    """Read the payload of a content header's frame. Properties that cannot be read are as if not there.

    Raises:
        ValueError, struct.error: the payload ends too early.
    """
    _, _, size = CONTENT.unpack_from(payload)
    return _read_with_others(payload, size) or _read_alone(payload, size)


def _read_with_others(payload: bytes, size: int) -> Content | None:
    """None for what is not read in this way: without an id, very long, malformed in any way."""
    place = _place_of_id(payload)
    if place is None:
        return None
    begin, end = place
    rest = payload[_AT_FLAGS:begin] + payload[end:]
    if len(rest) > _LONGEST_SHARED:
        return None
    properties = _read_shared(rest)
    if not properties.are_readable:
        return None
    try:
        return Content(size, payload[begin + 1 : end].decode(), properties)
    except UnicodeDecodeError:
        return None


def _read_alone(payload: bytes, size: int) -> Content:
    properties = ForgivingProperties()
    ContentHeader(properties=properties).unmarshal(payload)
    return Content(size, properties.message_id, properties)


def _place_of_id(payload: bytes) -> tuple[int, int] | None:
    """Where the message id begins, with its length, and where it ends."""
    sizes = _sizes_before_id(payload[_AT_FLAGS:_AT_PROPERTIES])
    if sizes is None:
        return None
    begin = _AT_PROPERTIES
    for length, fixed in sizes:
        begin += length + fixed + int.from_bytes(payload[begin : begin + length])
    if begin >= len(payload):
        return None
    end = begin + 1 + payload[begin]
    return (begin, end) if end <= len(payload) else None


@lru_cache(256)
def _sizes_before_id(flags: bytes) -> list[tuple[int, int]] | None:
    """The sizes (see `_SIZES`) of the properties that come before the id. None if there is no id."""
    number = int.from_bytes(flags)
    if not number & _FLAGS["message_id"] or number & _ANOTHER_WORD_OF_FLAGS:
        return None
    there = [name for name in _BEFORE_THE_ID if number & _FLAGS[name]]
    return [_SIZES[commands.Basic.Properties.amqp_type(name)] for name in there]


@lru_cache(256)
def _read_shared(flags_and_values: bytes) -> ForgivingProperties:
    """The properties whose bytes these are when the message id is cut out of them."""
    properties = ForgivingProperties()
    flags = int.from_bytes(flags_and_values[:2]) & ~_FLAGS["message_id"]
    properties.unmarshal(flags, flags_and_values[2:])
    return properties
