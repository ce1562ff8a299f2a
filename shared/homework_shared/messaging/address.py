"""Finds the broker's address again for every connection, because a tunnel's address changes."""

import asyncio
import random
import re
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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


_NEXT_URL = re.compile(r",\s*(?=amqps?://)")

AddressResolver = Callable[[], Awaitable[Sequence[BrokerAddress]]]
"""Says where the broker is now: one address, or one for each node of a cluster, to be tried in this order.
Raises a TransientError while that is not known."""


def address_resolver(settings: BrokerSettings) -> AddressResolver:
    """The ticket file if one is named, else the ticket, else AMQP_URL.

    Raises:
        BadTicket: BROKER_TICKET is not a ticket, or AMQP_URL no address. Waiting cannot mend that, while a
            file may still change.
    """
    if settings.ticket_file is not None:
        file = settings.ticket_file

        async def from_file() -> Sequence[BrokerAddress]:
            # A thread, because a folder that is synced over the network may take seconds.
            return [BrokerAddress.of(await asyncio.to_thread(read_ticket, file))]

        return from_file
    if settings.ticket is not None:
        nodes = [BrokerAddress.of(BrokerTicket.decode(settings.ticket.get_secret_value()))]
    else:
        nodes = nodes_in(settings.amqp_url.get_secret_value())
    # Each process begins at a node of its own choice, so that a cluster's clients are spread over its nodes.
    first = random.randrange(len(nodes))
    nodes = nodes[first:] + nodes[:first]

    async def from_settings() -> Sequence[BrokerAddress]:
        return nodes

    return from_settings


def nodes_in(text: str) -> list[BrokerAddress]:
    """The addresses in one AMQP_URL, in its order. Raises BadTicket."""
    return [BrokerAddress(read_url(url)) for url in urls_in(text)]


def beginning_with(first: BrokerAddress | None, nodes: Sequence[BrokerAddress]) -> Sequence[BrokerAddress]:
    """The nodes, rotated so that `first` comes first. Unchanged if `first` is not among them."""
    start = nodes.index(first) if first in nodes else 0
    return [*nodes[start:], *nodes[:start]]


def read_url(text: str) -> URL:
    """One node's URL. Raises BadTicket, which says how to write it and does not quote the password."""
    try:
        url = URL(text.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("amqp", "amqps") or not url.host:
        raise BadTicket(
            "AMQP_URL is not amqp://USER:PASSWORD@HOST:PORT/VHOST: write letters that are not plain in user, "
            "password and vhost as %XX (@ is %40, / is %2F, # is %23)"
        )
    return url


def vhost_of(url: URL) -> str:
    """The vhost that a URL names, as its broker calls it; `/` if it names none."""
    return url.path.removeprefix("/") or "/"


def urls_in(text: str) -> list[str]:
    """The nodes of a cluster as AMQP_URL names them: URLs with commas between them."""
    return [url.rstrip() for url in _NEXT_URL.split(text)]
