"""`homework-api`: runs all roles in one process, or one role each.

`serve` is for a laptop: http, relay (with the deadline net and the housekeeping) and results. To scale, run
`http`, `relay` and `results` as separate processes on one PostgreSQL, as many of each as needed.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from homework_api.database.backup import BackupFailed, backup
from homework_api.database.engine import Database
from homework_api.database.migrate import is_current, upgrade
from homework_api.database.restoring import restore
from homework_api.erasure_commands import erasure_commands, tell_erased
from homework_api.key_commands import key_commands
from homework_api.settings import ApiSettings, settings_from_environment
from homework_api.wiring import wire
from homework_shared.observability.logs import configure
from homework_shared.observability.metrics_server import metrics_served
from homework_shared.observability.tracing import traced
from homework_shared.runtime.cancellation import cancel_requested
from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.process import run_until_signalled

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
app = typer.Typer(
    help="The homework API.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

app.add_typer(key_commands, name="keys")
app.add_typer(erasure_commands, name="erasures")


@app.callback()
def _first() -> None:
    # The database and its copies contain names, marks and hashes of keys, so only their owner may read them.
    os.umask(0o077)


Insecure = Annotated[
    bool, typer.Option("--insecure", help="also serve other machines while no API key exists")
]


@app.command()
def serve(insecure: Insecure = False) -> None:
    """Run all roles in one process."""
    _run("http", "relay", "results", insecure=insecure)


@app.command()
def http(insecure: Insecure = False) -> None:
    """Run only the REST API."""
    _run("http", insecure=insecure)


@app.command()
def relay() -> None:
    """Run only the outbox relay, the deadline net and the housekeeping."""
    _run("relay")


@app.command()
def results() -> None:
    """Run only the results consumer."""
    _run("results")


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = settings_from_environment()
    upgrade(settings.database_url.get_secret_value())
    typer.echo("the database is up to date")


@app.command("backup")
def backup_command(file: Path) -> None:
    """Copy the SQLite database to FILE while the service runs."""
    with _telling():
        backup(settings_from_environment().database_url.get_secret_value(), file)
        typer.echo(f"backed up to {file}")


@app.command("restore")
def restore_command(file: Path) -> None:
    """Put the backup FILE in the place of the SQLite database. Stop the service first."""
    with _telling():
        restored = restore(settings_from_environment().database_url.get_secret_value(), file, utc_now())
    before = f"; what was there before is {restored.kept}" if restored.kept else ""
    typer.echo(f"restored from {file}{before}")
    tell_erased(restored.erased_again)
    if restored.unknown:
        typer.echo(
            f"{restored.unknown}, so whoever was deleted after this backup may be in it: delete them again",
            err=True,
        )


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except BackupFailed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _run(*roles: str, insecure: bool = False) -> None:
    settings = settings_from_environment()
    configure("api", settings.logs.format, settings.logs.level)

    async def work(stop: asyncio.Event) -> None:
        wired = wire(settings, f"api-{'-'.join(roles)}")
        try:
            await _prepare(wired.database, settings)
            if "http" in roles and not await wired.services.api_keys.look():
                _must_not_be_open_to_others(settings, insecure)
            await wired.clock_watch.look()
            async with asyncio.TaskGroup() as group:
                works = [wired.work_of_every_process(stop), *(wired.work_of(role, stop) for role in roles)]
                for coroutine in chain.from_iterable(works):
                    group.create_task(_lasting(coroutine, stop))
        finally:
            await wired.close()

    with (
        metrics_served(*settings.metrics.address),
        traced("api", settings.traces.endpoint),
    ):
        run_until_signalled(work)


async def _lasting(role: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Run a role, and raise if it ends before `stop`. That ends the process, so that its supervisor restarts
    it. Otherwise an API that accepts jobs and never publishes them would look healthy.
    """
    try:
        await role
    except asyncio.CancelledError as error:
        if cancel_requested():
            raise
        raise RuntimeError("a role was cancelled by nobody") from error
    if not stop.is_set():
        raise RuntimeError("a role ended by itself")


async def _prepare(database: Database, settings: ApiSettings) -> None:
    """Migrate a SQLite database. A shared PostgreSQL is only checked here, because `homework-api migrate`
    migrates it once."""
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
