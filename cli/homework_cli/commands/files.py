"""Writes files that the API made."""

import json
from pathlib import Path
from typing import Annotated

import typer

from homework_cli.client import CommandFailed
from homework_cli.output import print_json, say
from homework_client.models import File

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="file to write, or - for stdout; default: the name from the API"),
]


def write_file(made: File, output: Path | None, name: str, as_json: bool) -> None:
    """Write the file. `name` is its name if neither the API nor the user gives one. Raises CommandFailed."""
    if output == Path("-"):
        return typer.echo(made.content, nl=False)
    file = output or Path(made.name or name)
    try:
        file.write_bytes(made.content)
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}; choose another file with -o") from error
    if as_json:
        return print_json(json.dumps({"file": str(file), "bytes": len(made.content)}))
    return say(f"wrote {file}")
