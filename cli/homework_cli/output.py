"""What commands print: data on stdout, everything else on stderr."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from homework_cli.client import Api, CommandFailed

ApiUrl = Annotated[
    str | None,
    typer.Option("--api-url", envvar="HOMEWORK_API_URL", show_envvar=True, help="where the API is"),
]
AsJson = Annotated[bool, typer.Option("--json", help="print the API's answer as it came")]
AsJsonLine = Annotated[bool, typer.Option("--json", help="print what was done as one line of JSON")]

_REPLACED = "\N{REPLACEMENT CHARACTER}"


def stdout() -> Console:
    # Made when needed: a console keeps the stream and the width that it found first.
    return Console(highlight=False, markup=False)


def stderr() -> Console:
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def api_at(url: str | None) -> Iterator[Api]:
    """The API; whatever it refuses ends the command with a sentence and an exit code."""
    try:
        with Api(url) as api:
            yield api
    except CommandFailed as error:
        stderr().print(sanitize(str(error)))
        raise typer.Exit(error.exit_code) from error


def print_json(text: str) -> None:
    typer.echo(text)


def say(text: str) -> None:
    """For people; a script reads stdout only."""
    stderr().print(sanitize(text))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    made = Table(title=title, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        # The first is the id, which people copy: it stays in one piece.
        made.add_column(column, overflow="fold", no_wrap=index == 0)
    for row in rows:
        # As Text: what students and teachers typed is not markup.
        made.add_row(*(Text(cell(value)) for value in row))
    return made


def cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case list():
            return ", ".join(cell(each) for each in value)
        case str():
            return sanitize(moment(value))
    return str(value)


def moment(text: str) -> str:
    """A time of the API in this machine's zone; any other text as it is."""
    try:
        at = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        at = None
    return text if at is None else at.astimezone().strftime("%d %b %H:%M:%S")


def ago(text: str) -> str:
    seconds = (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()
    return f"{max(0, round(seconds))} s ago"


def sanitize(text: str) -> str:
    """Without what could steer the terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else _REPLACED for char in text)
