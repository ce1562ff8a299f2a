"""Writes the ticket to a file, which the worker reads again for every connection.

In this way a new ticket reaches a running worker, which does not have to load its model again. The ticket
appears in no command line and in no output.
"""

import base64
import getpass
import json
import os
import zlib
from pathlib import Path

from homework_colab.files import write_atomically
from homework_colab.host import secret
from homework_colab.stopped import Stopped

NAME = "BROKER_TICKET"
_PREFIX = "homework1:"
_HELP = "make one with `homework ticket show` on the teacher's computer and paste all of it"


def ticket_file(drive_file: str, own_file: Path, *, in_use: bool) -> Path:
    """The file with the ticket, which is taken from the environment, Colab's secrets, Drive or the keyboard.

    `in_use` means that a worker already has a ticket in `own_file`, which may be kept. Raises Stopped.
    """
    if found := os.environ.get(NAME):
        return _saved(found, own_file, f"the environment variable {NAME}")
    if found := secret(NAME):
        return _saved(found, own_file, f"the Colab secret {NAME}")
    if drive_file:
        return _on_drive(Path(drive_file).expanduser().absolute())
    may_stay = in_use and own_file.exists()
    if found := _ask_for_ticket(may_stay=may_stay):
        return _saved(found, own_file, "what you pasted")
    if may_stay:
        print("ticket: the worker keeps the one that it has")
        return own_file
    raise Stopped(f"nothing was pasted, and without a ticket the broker cannot be found: {_HELP}")


def _on_drive(file: Path) -> Path:
    if not file.is_file():
        raise Stopped(
            f"no ticket file at {file}: let Drive finish syncing, correct DRIVE_TICKET_FILE, or leave "
            "it empty and paste the ticket"
        )
    print(f"ticket: from {file}, read again whenever the tunnel moves")
    return file


def _ask_for_ticket(*, may_stay: bool) -> str:
    question = "Paste the broker ticket (hidden) and press Enter"
    if may_stay:
        question += "; Enter alone keeps the one in use"
    try:
        return getpass.getpass(f"{question}: ")
    except (EOFError, RuntimeError) as error:  # A kernel without a user at the keyboard raises RuntimeError.
        if may_stay:
            return ""
        raise Stopped(
            f"no ticket: put it into Colab's secrets as {NAME} (the key symbol on the left), or set the "
            f"environment variable {NAME}; {_HELP}"
        ) from error


def _saved(pasted: str, file: Path, source: str) -> Path:
    ticket = "".join(pasted.split()).strip("\"'")
    if not _is_whole(ticket):
        raise Stopped(f"{source} is not a whole broker ticket: {_HELP}")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, ticket + "\n")  # A running worker reads the file for every connection.
    print(f"ticket: from {source}")
    return file


def _is_whole(ticket: str) -> bool:
    """A quick check of the format. Without it, a typing error would show only after
    the whole installation.
    """
    if not ticket.startswith(_PREFIX):
        return False
    try:
        json.loads(
            zlib.decompress(base64.b64decode(ticket.removeprefix(_PREFIX), altchars=b"-_", validate=True))
        )
    except (ValueError, zlib.error):
        return False
    return True
