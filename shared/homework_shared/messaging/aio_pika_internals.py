"""What we use of aio-pika although it is not documented. A test in tests/static/architecture looks for each.

- `Connection.PARAMETERS` decides which arguments reach aiormq. It lacks `server_hostname`, which would be
  dropped silently: behind a tunnel the host is the tunnel's, while the certificate has the broker's name.
- `Connection.kwargs` are the arguments of aiormq's connection. We add the transport that takes the deliveries
  of our consumers (see `receiving`).
- `get_underlay_channel` gives aiormq's channel, whose frames we write together (see `pipelining`).
- `Connection.url` names the user that it signed in as; where it names none, aiormq signs in as "guest".
- `UnderlayConnection.ready` waits while the broker blocks its publishers; nothing else tells that it does.
"""

import asyncio
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, ConnectionParameter
from aiormq.channel import Channel
from yarl import URL

from homework_shared.messaging.receiving import Receiving

_BLOCKED_PROBE_SECONDS = 0.2


class OurConnection(aio_pika.Connection):
    """Verifies the certificate against `server_hostname` instead of the URL's host, and gives consumers their
    deliveries without aiormq."""

    PARAMETERS = (
        *aio_pika.Connection.PARAMETERS,
        ConnectionParameter(name="server_hostname", parser=str, is_kwarg=True),
    )

    def __init__(self, url: URL, **options: Any) -> None:
        super().__init__(url, **options)
        self.receiving = Receiving()
        self.kwargs["transport_factory"] = self.receiving


def receiving_of(connection: AbstractConnection) -> Receiving:
    """Where consumers of this connection ask for their deliveries."""
    if not isinstance(connection, OurConnection):
        raise TypeError(f"no connection of ours: {type(connection).__name__}")
    return connection.receiving


def user_of(connection: AbstractConnection) -> str:
    """The broker's user whose connection this is."""
    if not isinstance(connection, aio_pika.Connection):
        raise TypeError(f"no connection of aio-pika: {type(connection).__name__}")
    return connection.url.user or "guest"


async def raw_channel(channel: AbstractChannel) -> Channel:
    """aiormq's channel, on which aio-pika's own is built."""
    raw = await channel.get_underlay_channel()
    if not isinstance(raw, Channel):
        raise TypeError(f"no channel of aiormq: {type(raw).__name__}")
    return raw


async def is_blocked(connection: AbstractConnection) -> bool:
    """Whether the broker is in an alarm and takes nothing from this connection."""
    transport = connection.transport
    if transport is None:
        return False
    try:
        async with asyncio.timeout(_BLOCKED_PROBE_SECONDS):
            await transport.ready()
    except TimeoutError:
        return True
    return False
