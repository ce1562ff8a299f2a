"""Message properties that cannot be read, read as if they were not there.

The broker passes on what a publisher wrote, checked or not. pamqp answers a name that is no UTF-8, a
timestamp after the year 9999 or a table in a thousand tables with an error that ends the connection, and
the broker delivers the message again: one such message would cost everybody twenty connections. aio-pika
answers a delivery mode of its own kind by never handing the message over: it would hold its place in the
prefetch for ever. Without properties it is a message without a type, which is malformed and is parked.
"""

import struct
from typing import Any

from pamqp import commands

_DELIVERY_MODES = (None, 1, 2)


class ForgivingProperties(commands.Basic.Properties):
    def unmarshal(self, flags: int, data: bytes) -> None:
        try:
            super().unmarshal(flags, data)
        except (ValueError, struct.error, RecursionError):
            self._forget()
        if self.delivery_mode not in _DELIVERY_MODES:
            self.delivery_mode = None

    def _forget(self) -> None:
        for name in self.__slots__:
            setattr(self, name, None)


def read_forgivingly() -> None:
    """Have pamqp, which takes no such setting, read all properties like this from now on."""
    basic: Any = commands.Basic
    basic.Properties = ForgivingProperties
