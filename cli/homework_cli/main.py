"""`homework`: the list of all commands."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from homework_cli.interrupts import interruptible
from homework_cli.lazy_group import LazyCommand, LazyGroup


def _in(module: str, attribute: str, text: str) -> LazyCommand:
    return LazyCommand(f"homework_cli.commands.{module}", attribute, text)


class _Commands(LazyGroup):
    # Each line is the first paragraph of the command's own help; a test compares.
    lazy_commands: ClassVar[Mapping[str, LazyCommand]] = {
        "up": _in(
            "run",
            "up",
            "Run broker, API, mock, console and classroom until Ctrl-C. Your data stays.",
        ),
        "demo": _in(
            "demo", "demo", "Run one assignment from start to results, on an empty or a running service."
        ),
        "console": _in(
            "console",
            "console",
            "Print the address at which to sign in to the console. Each address works once.",
        ),
        "status": _in("status", "status", "Show health and backlog, and what to do about them."),
        "teacher": _in("teacher", "app", "Students, classes, assignments and their results."),
        "student": _in("student", "app", "A student's homework."),
        "dead": _in("dead_letters", "app", "Messages that could not be processed."),
        "teachers": _in(
            "teachers",
            "app",
            "Create, list and remove teachers. You need a key with the right ops.",
        ),
        "keys": _in(
            "api_keys", "app", "Create, list and revoke API keys. You need a key with the right ops."
        ),
        "audit": _in(
            "audit",
            "audit",
            "Show who exported, deleted, released or decided what. You need a key with the right ops.",
        ),
        "share": _in(
            "share",
            "share",
            "Open the classroom, and nothing else, to the students' devices, until Ctrl-C.",
        ),
        "tunnel": _in(
            "tunnel", "tunnel", "Open an ngrok tunnel to the broker's TLS port, and keep the ticket current."
        ),
        "ticket": _in("ticket", "app", "The broker ticket, with which a generator connects to the broker."),
        "notebook": _in(
            "notebook", "notebook", "Write the Colab notebook: one file to upload, without secrets."
        ),
        "broker": _in("broker", "app", "The broker's exchanges, queues and policies."),
        "setup": _in(
            "setup", "setup", "Write passwords, certificates and tickets for Compose or Kubernetes."
        ),
    }


app = typer.Typer(
    cls=_Commands,
    help="Italian homework, generated on a GPU you borrow.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _interruptible() -> None:
    interruptible()


if __name__ == "__main__":
    app()
