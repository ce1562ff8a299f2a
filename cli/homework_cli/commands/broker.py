"""`homework broker …`: prints the topology, declares it on a broker, and checks whether it exists there."""

import asyncio
import json
from typing import Annotated, NoReturn

import typer

from homework_cli.broker.topology import ApplyFailed, apply_policies, apply_topology, default_management_url
from homework_shared.errors import HomeworkError
from homework_shared.messaging import topology
from homework_shared.messaging.address import nodes_in
from homework_shared.messaging.broker import connect_to_one, verify

app = typer.Typer(help="The broker's exchanges, queues and policies.", no_args_is_help=True)

EXIT_DIFFERENT = 1
EXIT_WITHOUT_POLICIES = 2

AmqpUrl = Annotated[
    str,
    typer.Option(
        envvar="AMQP_URL",
        show_envvar=True,
        help="address of the broker with a user; separate several nodes with commas",
    ),
]
ManagementUrl = Annotated[
    str | None,
    typer.Option(
        envvar="RABBITMQ_MANAGEMENT_URL", help="the management API; default: port 15672 of the same host"
    ),
]


@app.command()
def definitions(vhost: Annotated[str, typer.Option(help="vhost of the queues")] = "/") -> None:
    """Print the topology as JSON that RabbitMQ can import. It contains no users."""
    typer.echo(json.dumps(topology.definitions(vhost), indent=2, sort_keys=True))


@app.command()
def apply(amqp_url: AmqpUrl, management_url: ManagementUrl = None) -> None:
    """Declare the topology on a broker, as a user who may configure it. Existing parts do not change."""
    try:
        report = asyncio.run(apply_topology(amqp_url))
    except ApplyFailed as error:
        _fail(f"the topology was not applied: {error}", EXIT_DIFFERENT)
    for line in report.applied:
        typer.echo(f"ok        {line}")
    for line in report.differences:
        typer.echo(f"DIFFERENT {line}", err=True)
    try:
        apply_policies(management_url or default_management_url(report.node), report.node)
    except ApplyFailed as error:
        _fail(str(error), EXIT_WITHOUT_POLICIES)
    typer.echo("ok        policies")
    if report.differences:
        raise typer.Exit(EXIT_DIFFERENT)


@app.command()
def check(amqp_url: AmqpUrl) -> None:
    """Check that the topology is complete, without changing anything."""

    async def look() -> None:
        connection, _ = await connect_to_one(nodes_in(amqp_url), "homework-broker-check")
        async with connection:
            await verify(connection, 10, topology.QUEUES)

    try:
        asyncio.run(look())
    except HomeworkError as error:
        _fail(str(error), EXIT_DIFFERENT)
    typer.echo("the broker has every exchange and queue")


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
