"""Lets one process at a time use a folder."""

from pathlib import Path
from typing import TextIO


class Taken(Exception):
    """Another process holds the lock."""


def lock(file: Path) -> TextIO:
    """Lock `file` until the returned object is closed or the process ends, in whatever way.

    Raises Taken.
    """
    # Windows lacks this module, and `--help` imports the commands that lock, so it is imported here.
    import fcntl

    opened = file.open("w")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        opened.close()
        raise Taken from error
    return opened
