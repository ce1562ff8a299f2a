"""Reads message properties that pamqp refuses as if they were not there.

The broker passes on what a publisher wrote, checked or not. For a name that is not UTF-8, a timestamp after
the year 9999 or tables nested a thousand deep, pamqp raises an error that ends the connection, and the broker
delivers the message again: one such message would cost everybody twenty connections. A delivery mode that
aio-pika does not know keeps it from handing the message over, and the message would hold its place in the
prefetch for ever. A message without properties has no type either: it is malformed and gets parked.

This is the only file that changes pamqp. It replaces `commands.Basic.Properties`, because pamqp looks it up
there for every frame and takes no setting for it.
"""

import struct
from typing import Any

from pamqp import commands

_DELIVERY_MODES = (None, 1, 2)


class ForgivingProperties(commands.Basic.Properties):
    are_readable = True

    def unmarshal(self, flags: int, data: bytes) -> None:
        try:
            super().unmarshal(flags, data)
        except (ValueError, struct.error, RecursionError):
            self._forget()
        if self.delivery_mode not in _DELIVERY_MODES:
            self.delivery_mode = None

    def _forget(self) -> None:
        self.are_readable = False
        for name in self.__slots__:
            setattr(self, name, None)


def read_forgivingly() -> None:
    """Make pamqp read all properties like this from now on."""
    basic: Any = commands.Basic
    basic.Properties = ForgivingProperties
