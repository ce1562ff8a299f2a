"""Lets one process at a time use a folder."""

from pathlib import Path
from typing import TextIO


class Taken(Exception):
    """Another process holds the lock."""


def lock(file: Path) -> TextIO:
    """Lock `file` until the returned object is closed or the process ends, however it ends.

    Raises Taken.
    """
    import fcntl  # here, because Windows has none, where `--help` imports the commands that lock

    opened = file.open("w")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        opened.close()
        raise Taken from error
    return opened
