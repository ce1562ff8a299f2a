"""`homework console`: prints the address at which to sign in to the console."""

from pathlib import Path
from typing import Annotated

import typer

from homework_cli.run_folder import RUN_FOLDER, load_sign_in_address

Folder = Annotated[Path, typer.Option(help="the folder of `homework up`")]


def console(folder: Folder = RUN_FOLDER) -> None:
    """Print the address at which to sign in to the console. Each address works once."""
    if (address := load_sign_in_address(folder)) is None:
        typer.echo(
            f"no console runs in {folder}: start it with `homework up`, or name its --folder", err=True
        )
        raise typer.Exit(1)
    typer.echo(address)
