"""The layout of AMQP's frames, as sections 2.3.5 and 4.2 of AMQP 0-9-1 define it."""

import struct

from pamqp.constants import FRAME_END_CHAR

HEAD = struct.Struct(">BHL")
"""The kind of a frame, its channel and the size of its payload, which `FRAME_END_CHAR` follows."""
CONTENT = struct.Struct(">HHQ")
"""The first part of the payload of a content header: the class, a weight of 0, and the size of the body."""


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """A whole frame."""
    return b"".join((HEAD.pack(kind, channel, len(payload)), payload, FRAME_END_CHAR))
