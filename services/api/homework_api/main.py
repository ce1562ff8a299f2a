"""`homework-api`: all roles in one process, or one role each.

`serve` is the laptop: http, relay (with the deadline net and the housekeeping), results. At scale run
`http`, `relay` and `results` alone, as many of each as needed, on one PostgreSQL.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from fastapi import FastAPI

from homework_api.app import create_app
from homework_api.backup import BackupFailed, backup, restore
from homework_api.changes import Changes
from homework_api.db import Database
from homework_api.dead_letters import DeadLetters
from homework_api.deadlines import DeadlineNet
from homework_api.handover import Handover
from homework_api.housekeeping import Housekeeping
from homework_api.http_origin import LOOPBACK_NAMES
from homework_api.http_rates import Rates
from homework_api.key_commands import key_commands
from homework_api.keys import Keys
from homework_api.migrate import is_current, upgrade
from homework_api.presence import Presence
from homework_api.relay import Relay
from homework_api.results import ResultsConsumer
from homework_api.service import HomeworkService
from homework_api.settings import ApiSettings
from homework_api.submissions import Submissions
from homework_api.tunnel import TunnelFile
from homework_shared.broker import RabbitBroker
from homework_shared.cancellation import was_asked_for
from homework_shared.logs import configure
from homework_shared.metrics_server import metrics_served
from homework_shared.process import run_until_signalled
from homework_shared.tracing import traced

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
app = typer.Typer(
    help="The homework API.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

app.add_typer(key_commands, name="keys")


@app.callback()
def _first() -> None:
    # The database and its copies hold names, marks and the hashes of keys: their owner's alone.
    os.umask(0o077)


HTTP_DRAIN_SECONDS = 5


Insecure = Annotated[bool, typer.Option("--insecure", help="serve other machines without any API key")]


@app.command()
def serve(insecure: Insecure = False) -> None:
    """All roles in one process."""
    _run("http", "relay", "results", insecure=insecure)


@app.command()
def http(insecure: Insecure = False) -> None:
    """The REST API alone."""
    _run("http", insecure=insecure)


@app.command()
def relay() -> None:
    """The outbox relay, the deadline net and the housekeeping alone."""
    _run("relay")


@app.command()
def results() -> None:
    """The results consumer alone."""
    _run("results")


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = ApiSettings()
    upgrade(settings.database_url.get_secret_value())
    typer.echo("the database is up to date")


@app.command("backup")
def backup_command(file: Path) -> None:
    """Copy the SQLite database to FILE while everything runs."""
    with _telling():
        backup(ApiSettings().database_url.get_secret_value(), file)
        typer.echo(f"backed up to {file}")


@app.command("restore")
def restore_command(file: Path) -> None:
    """Put the backup FILE in the place of the SQLite database. Stop the service first."""
    with _telling():
        kept = restore(ApiSettings().database_url.get_secret_value(), file, now())
        typer.echo(f"restored from {file}" + (f"; what was there before is {kept}" if kept else ""))


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except BackupFailed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@dataclass(frozen=True)
class Roles:
    """Everything one process may run, wired once."""

    settings: ApiSettings
    database: Database
    handover: Handover
    changes: Changes
    presence: Presence
    relay: Relay
    results: ResultsConsumer
    net: DeadlineNet
    dead: DeadLetters
    housekeeping: Housekeeping
    keys: Keys

    def work_of(self, role: str, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
        match role:
            case "http":
                return [self.presence.run(stop), self.keys.run(stop), self._serve_http(stop)]
            case "relay":
                return [self.relay.run(stop), self.net.run(stop), self.housekeeping.run(stop)]
            case _:
                return [self.results.run(stop)]

    async def _serve_http(self, stop: asyncio.Event) -> None:
        service = HomeworkService(
            self.database,
            clock=now,
            gpu_online=self.presence.gpu_online,
            rescue_grace=timedelta(seconds=self.settings.rescue_grace_seconds),
            handover=self.handover,
            changes=self.changes,
        )
        rates = Rates(self.settings.rate_limit, self.settings.rate_limit_storage)
        application = create_app(
            service,
            Submissions(self.database, now),
            self.presence,
            self.dead,
            stop,
            self.keys,
            self.settings.reveal_answers,
            TunnelFile(self.settings.tunnel_state_file, now),
            self.settings.open_metrics,
            LOOPBACK_NAMES if self.settings.is_on_this_machine_only else None,
            rates,
        )
        try:
            await _listen(application, self.settings, stop)
        finally:
            await rates.close()


async def _listen(application: FastAPI, settings: ApiSettings, stop: asyncio.Event) -> None:
    server = _Server(
        uvicorn.Config(
            application,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=HTTP_DRAIN_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving
    if not stop.is_set():
        raise RuntimeError(f"the HTTP server could not listen on port {settings.port}")


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the process: they stop every role, not HTTP alone.
        yield


def now() -> datetime:
    return datetime.now(UTC)


def wire(settings: ApiSettings, name: str) -> Roles:
    database = Database(settings.database_url.get_secret_value())
    broker = RabbitBroker(settings.broker, name)
    backoff = settings.broker.backoff
    handover, changes = Handover(now), Changes()
    return Roles(
        settings,
        database,
        handover,
        changes,
        Presence(broker, now, backoff),
        Relay(broker, database, now, handover, backoff, changes.notify),
        ResultsConsumer(broker, database, now, backoff, changes.notify),
        DeadlineNet(database, now, handover.wake, changes.notify),
        DeadLetters(broker, now),
        Housekeeping(database, now),
        Keys(database, now, settings.admin_key),
    )


def _run(*roles: str, insecure: bool = False) -> None:
    settings = ApiSettings()
    configure("api", settings.logs.format, settings.logs.level)

    async def work(stop: asyncio.Event) -> None:
        wired = wire(settings, f"api-{'-'.join(roles)}")
        try:
            await _prepare(wired.database, settings)
            if "http" in roles and not await wired.keys.look():
                _must_not_be_open_to_others(settings, insecure)
            async with asyncio.TaskGroup() as group:
                for role in roles:
                    for coroutine in wired.work_of(role, stop):
                        group.create_task(_lasting(coroutine, stop))
        finally:
            await wired.database.close()

    with metrics_served(settings.metrics), traced("api", settings.traces.endpoint):
        run_until_signalled(work)


async def _lasting(role: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """A role that ends before its time ends the process, so that whoever runs it starts it again:
    an API that accepts and never relays would look alive."""
    try:
        await role
    except asyncio.CancelledError as error:
        if was_asked_for():
            raise
        raise RuntimeError("a role was cancelled by nobody") from error
    if not stop.is_set():
        raise RuntimeError("a role ended by itself")


async def _prepare(database: Database, settings: ApiSettings) -> None:
    """A laptop's SQLite migrates itself; a shared PostgreSQL is migrated by command, once."""
    url = settings.database_url.get_secret_value()
    if database.dialect == "sqlite":
        await asyncio.to_thread(upgrade, url)
    elif not await is_current(database):
        log.error("database_not_migrated", hint="run `homework-api migrate` with the same DATABASE_URL")
        sys.exit(1)


def _must_not_be_open_to_others(settings: ApiSettings, insecure: bool) -> None:
    if settings.is_on_this_machine_only:
        return
    if not insecure:
        log.error(
            "no_api_key",
            host=settings.host,
            hint="other machines would reach everything: make a key with `homework-api keys create "
            "NAME --right ops --right teacher`, or set API_ADMIN_KEY_FILE, or say --insecure",
        )
        sys.exit(1)
    log.warning("insecure", host=settings.host, hint="whoever reaches this address may do everything")


if __name__ == "__main__":
    app()
