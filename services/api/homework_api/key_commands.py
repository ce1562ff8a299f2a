"""`homework-api keys`: manages keys directly in the database, for the first key and for an operator who has
lost all keys.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError

from homework_api.database.engine import Database
from homework_api.database.migrate import upgrade
from homework_api.domain.access import Scope
from homework_api.domain.errors import ApiError
from homework_api.http.malformed import words
from homework_api.schemas import fields
from homework_api.services.api_keys import ApiKeys
from homework_api.settings import settings_from_environment
from homework_shared.runtime.clock import utc_now

T = TypeVar("T")
_NAME: TypeAdapter[str] = TypeAdapter(fields.Name)
key_commands = typer.Typer(help="Manage API keys in the database of DATABASE_URL.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="who or what will use it")]
Rights = Annotated[list[Scope] | None, typer.Option("--right", help="repeat it for both")]
StudentId = Annotated[
    int | None, typer.Option("--student", help="id of the student whose homework it may read and submit")
]
TeacherId = Annotated[
    int | None,
    typer.Option("--teacher", help="id of the teacher who owns the key; default: the first teacher"),
]
Days = Annotated[
    int | None,
    typer.Option("--expires-days", min=1, max=36500, help="days until it expires; default: it never expires"),
]


@key_commands.command()
def create(
    name: Name,
    right: Rights = None,
    student: StudentId = None,
    expires_days: Days = None,
    teacher: TeacherId = None,
) -> None:
    """Create a key and print it. It cannot be shown again."""
    if not right and student is None:
        raise typer.BadParameter("a key needs --right or --student")
    if teacher is not None and Scope.TEACHER not in (right or ()):
        raise typer.BadParameter("--teacher needs --right teacher")
    try:
        name = _NAME.validate_python(name)
    except ValidationError as error:
        raise typer.BadParameter(words(dict(error.errors()[0])), param_hint="NAME") from error
    expires_at = utc_now() + timedelta(days=expires_days) if expires_days else None
    new = _with_keys(lambda keys: keys.create(name, frozenset(right or ()), student, expires_at, teacher))
    typer.echo(new.text)


@key_commands.command("list")
def list_() -> None:
    """List all keys without their secrets, newest first, also those that are revoked."""
    for row in _with_keys(lambda keys: keys.all()):
        may = ", ".join([*row.rights, *([f"student {row.student_id}"] if row.student_id else [])])
        whose = f"  of teacher {row.teacher_id}" if row.teacher_id else ""
        ends = "revoked" if row.revoked_at else f"until {row.expires_at:%F}" if row.expires_at else "good"
        typer.echo(f"{row.id}  {row.name}  ({may}){whose}  {ends}")


@key_commands.command()
def revoke(id_: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Revoke a key. It is invalid from the next request on."""
    _with_keys(lambda keys: keys.revoke(id_))


def _with_keys(act: Callable[[ApiKeys], Awaitable[T]]) -> T:
    url = settings_from_environment().database_url.get_secret_value()
    upgrade(url)

    async def run() -> T:
        database = Database(url)
        try:
            return await act(ApiKeys(database, utc_now))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except ApiError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from error
