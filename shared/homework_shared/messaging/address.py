"""Where the broker is: looked up again for every connection, because a tunnel's address changes."""

import asyncio
import random
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Self

from yarl import URL

from homework_shared.messaging.ticket import BadTicket, BrokerTicket, read_ticket
from homework_shared.settings import BrokerSettings


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """An amqp or amqps URL. For a private CA also its certificate (PEM) and the name to expect."""

    url: URL
    ca: str | None = None
    tls_name: str | None = None

    @classmethod
    def of(cls, ticket: BrokerTicket) -> Self:
        return cls(ticket.url, ticket.ca, ticket.tls_name)

    def ssl_context(self) -> ssl.SSLContext | None:
        """A context that trusts the private CA and nothing else; None without one. Raises BadTicket."""
        if self.ca is None:
            return None
        try:
            context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cadata=self.ca)
        except ssl.SSLError as error:
            raise BadTicket("the ticket's CA certificate is damaged: make a new ticket") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


_NEXT_URL = re.compile(r"\s*,\s*(?=amqps?://)")

AddressResolver = Callable[[], Awaitable[BrokerAddress]]
"""Says where the broker is now. Raises a TransientError while that is not known."""


def address_resolver(settings: BrokerSettings) -> AddressResolver:
    """The ticket file if one is named, else the ticket, else AMQP_URL.

    Raises:
        BadTicket: BROKER_TICKET is not a ticket. Waiting cannot mend that, while a file may still change.
    """
    if settings.ticket_file is not None:
        file = settings.ticket_file

        async def from_file() -> BrokerAddress:
            # A thread, because a folder that is synced over the network may take seconds.
            return BrokerAddress.of(await asyncio.to_thread(read_ticket, file))

        return from_file
    if settings.ticket is not None:
        nodes = [BrokerAddress.of(BrokerTicket.decode(settings.ticket.get_secret_value()))]
    else:
        nodes = [BrokerAddress(URL(url)) for url in urls_in(settings.amqp_url.get_secret_value())]
    # Each connection tries the next node, so that a dead node does not hold up its clients.
    turn = count(random.randrange(len(nodes)))

    async def from_settings() -> BrokerAddress:
        return nodes[next(turn) % len(nodes)]

    return from_settings


def urls_in(text: str) -> list[str]:
    """The nodes of a cluster as AMQP_URL names them: URLs with commas between them."""
    return _NEXT_URL.split(text)
