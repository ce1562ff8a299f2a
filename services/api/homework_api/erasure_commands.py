"""`homework-api erasures`: keeps a list of deleted students beside the backups, and deletes these students
again after a restore.

`homework-api restore` does this itself for SQLite. These commands are for databases that other tools restore,
such as `pg_restore`.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from homework_api.database.engine import DatabaseUnavailable
from homework_api.database.erasures import (
    erase_again,
    from_lines,
    keep_list,
    read_erasures,
    read_list,
    to_lines,
)
from homework_api.database.migrate import upgrade
from homework_api.database.queries.erasures import ErasureRecord
from homework_api.settings import settings_from_environment
from homework_shared.runtime.clock import utc_now

erasure_commands = typer.Typer(
    help="List deleted students of the database of DATABASE_URL by id and time, and delete them again.",
    no_args_is_help=True,
)

_STANDARD = Path("-")
ListFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="the list, one line for each student; - is standard input or output"),
]


@erasure_commands.command()
def export(file: ListFile) -> None:
    """Add the students who were deleted to the list in FILE, which is created if there is none."""
    with _telling():
        url = _database()
        # Entries are never removed, because a restored database may have fewer of them than the file.
        kept = [] if file == _STANDARD else read_list(file)
        erasures = list(dict.fromkeys([*kept, *asyncio.run(read_erasures(url))]))
        if file == _STANDARD:
            typer.echo(to_lines(erasures), nl=False)
        else:
            keep_list(file, erasures)
    typer.echo(f"deletions in the list: {len(erasures)}", err=True)


@erasure_commands.command()
def replay(file: ListFile) -> None:
    """Delete the students of the list in FILE who are in the database again after a restore."""
    with _telling():
        erasures = _read(file)
        erased = asyncio.run(erase_again(_database(), erasures, utc_now()))
    tell_erased(erased)
    typer.echo(f"deleted again: {len(erased)}; deletions in the list: {len(erasures)}", err=True)


def tell_erased(erased: Iterable[ErasureRecord]) -> None:
    for one in erased:
        typer.echo(f"student {one.student_id} is deleted again, as on {one.erased_at:%F}")


def _read(file: Path) -> list[ErasureRecord]:
    if file == _STANDARD:
        return from_lines(sys.stdin.read(), "standard input")
    if not file.is_file():
        raise ValueError(f"there is no list at {file}: `homework-api erasures export` makes one")
    return read_list(file)


def _database() -> str:
    """The URL of the database, after it is migrated to this version."""
    url = settings_from_environment().database_url.get_secret_value()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise ValueError(f"there is no database at {parsed.database}: set DATABASE_URL to the one you mean")
    with contextlib.redirect_stdout(sys.stderr):  # standard output may be the list, so no log belongs there
        upgrade(url)
    return url


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, DatabaseUnavailable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
