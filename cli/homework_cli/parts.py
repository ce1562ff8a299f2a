"""Checks for the packages and the operating system that a command needs."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec

from homework_cli.output import failed


def missing(*packages: str) -> str | None:
    """A message that names the packages that are not installed; None if all are."""
    names = list(_not_found(packages))
    if not names:
        return None
    return f"not installed here: {', '.join(names)}. Install italian-homework, which brings all packages"


def _not_found(packages: tuple[str, ...]) -> Iterator[str]:
    for package in packages:
        if find_spec(package) is None:
            yield package.replace("_", "-")


def refuse_windows(command: str) -> None:
    """Refuse to run on Windows. The commands that run the service need Unix for RabbitMQ's processes and
    inherited sockets.

    Raises typer.Exit on Windows, with a sentence that says what to do.
    """
    if sys.platform == "win32":
        raise failed(
            f"`{command}` runs on Linux and macOS. On Windows use WSL (`wsl --install`), or Docker Desktop: "
            "`docker compose up --build` in a clone of the project. What speaks to a running service works "
            "here too: `homework status`, `homework teacher`, `homework student`"
        )
