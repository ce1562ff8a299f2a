"""Declares the topology on a broker that is already running, or says why that is not possible."""

from dataclasses import dataclass, field
from urllib.parse import quote

import aio_pika
import httpx
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, ChannelClosed, ChannelPreconditionFailed
from yarl import URL

from homework_shared.errors import LinkLost
from homework_shared.messaging import topology
from homework_shared.messaging.address import nodes_in, vhost_of
from homework_shared.messaging.broker import connect_to_one
from homework_shared.messaging.ticket import BadTicket

_SECONDS = 10.0


class ApplyFailed(RuntimeError):
    """The broker could not be reached, or refused."""


@dataclass
class Report:
    """What was declared. `differences` were left unchanged, because RabbitMQ cannot change the arguments of a
    queue: an operator has to drain and delete it, or migrate it. `node` is the URL of the node that answered.
    """

    node: str
    applied: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


async def apply_topology(amqp_url: str) -> Report:
    """Declare exchanges, queues and bindings through the first node that answers. Raises ApplyFailed."""
    try:
        connection, node = await connect_to_one(nodes_in(amqp_url), "homework-broker-apply")
        report = Report(str(node.url))
        async with connection:
            for exchange in topology.EXCHANGES:
                await _declare_exchange(connection, exchange, report)
            for queue in topology.QUEUES:
                await _declare_queue(connection, queue, report)
            await _bind_all(connection, report)
    except (BadTicket, LinkLost) as error:
        raise ApplyFailed(str(error)) from error
    except (TimeoutError, *CONNECTION_EXCEPTIONS) as error:
        raise ApplyFailed(f"{node.url.host}: {str(error) or type(error).__name__}") from error
    return report


async def _declare_exchange(
    connection: AbstractConnection, exchange: topology.Exchange, report: Report
) -> None:
    try:
        async with connection.channel() as channel:
            await channel.declare_exchange(
                exchange.name, aio_pika.ExchangeType(exchange.type), durable=True, timeout=_SECONDS
            )
    except ChannelPreconditionFailed as error:
        report.differences.append(_difference(f"exchange {exchange.name}", error))
    else:
        report.applied.append(f"exchange {exchange.name}")


async def _declare_queue(connection: AbstractConnection, queue: topology.Queue, report: Report) -> None:
    try:
        # RabbitMQ closes the channel of a declare that it refuses, so each one has its own channel.
        async with connection.channel() as channel:
            await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments, timeout=_SECONDS)
    except ChannelPreconditionFailed as error:
        report.differences.append(_difference(f"queue {queue.name}", error))
    else:
        report.applied.append(f"queue {queue.name}")


async def _bind_all(connection: AbstractConnection, report: Report) -> None:
    async with connection.channel() as channel:
        for binding in topology.BINDINGS:
            queue = await channel.get_queue(binding.queue, ensure=False)
            await queue.bind(binding.exchange, binding.key, timeout=_SECONDS)
            report.applied.append(f"binding {binding.exchange} → {binding.queue}")


def _difference(what: str, error: ChannelClosed) -> str:
    return f"{what}: {error}; stop the services, drain and delete it, then apply again"


def default_management_url(amqp_url: str) -> str:
    """Where the management API usually is: the same host, port 15672."""
    return str(URL.build(scheme="http", host=URL(amqp_url).host or "", port=15672))


def apply_policies(management_url: str, amqp_url: str) -> None:
    """Set the queues' limits as the user and in the vhost of `amqp_url`. AMQP itself cannot set them.

    Raises:
        ApplyFailed: the management API did not accept them.
    """
    url = URL(amqp_url)
    vhost, auth = vhost_of(url), (url.user or "guest", url.password or "guest")
    try:
        with httpx.Client(base_url=management_url, auth=auth, timeout=_SECONDS) as client:
            for policy in topology.policies(vhost):
                path = f"/api/policies/{quote(vhost, safe='')}/{policy['name']}"
                body = {key: policy[key] for key in ("pattern", "apply-to", "definition", "priority")}
                client.put(path, json=body).raise_for_status()
    except httpx.HTTPError as error:
        names = ", ".join(f"{queue.name} {dict(queue.limits)}" for queue in topology.QUEUES)
        raise ApplyFailed(
            f"the queues' limits are not set, because {management_url} did not take them ({error}). "
            f"Until they are, a job that kills its worker is delivered without end on RabbitMQ 3. "
            f"Give --management-url, or set the policies by hand: {names}"
        ) from error
