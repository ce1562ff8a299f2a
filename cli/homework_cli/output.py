"""How commands print: data goes to stdout, everything else to stderr."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.terminal import sanitize

AsJson = Annotated[bool, typer.Option("--json", help="print the API's response unchanged")]
AsJsonLine = Annotated[bool, typer.Option("--json", help="print what was done as one line of JSON")]


def stdout() -> Console:
    # Each call makes one, because a console keeps the stream and the width that it found first.
    return Console(highlight=False, markup=False)


def stderr() -> Console:
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def narrator() -> Console:
    """The console of long-running commands, which print their progress to stdout."""
    return Console(highlight=False, soft_wrap=True)


def failed(text: str) -> typer.Exit:
    """Report why a long-running command failed, on stdout too."""
    narrator().print(text, markup=False)
    return typer.Exit(1)


def print_json(text: str) -> None:
    typer.echo(text)


def say(text: str) -> None:
    """Print a message for the user to stderr; a script reads only stdout."""
    stderr().print(sanitize(text))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    made = Table(title=title, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        # The first column has the id, which people copy, so it stays in one piece.
        made.add_column(column, overflow="fold", no_wrap=index == 0)
    for row in rows:
        # What students and teachers typed is not markup, so cells are Text.
        made.add_row(*(Text(cell(value)) for value in row))
    return made


def cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case list():
            return ", ".join(cell(each) for each in value)
        case datetime():
            return value.astimezone().strftime("%d %b %H:%M:%S")
    return sanitize(str(value))


def ago(moment: datetime) -> str:
    return f"{max(0, round((utc_now() - moment).total_seconds()))} s ago"
