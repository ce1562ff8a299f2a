"""One process at a time for one folder."""

from pathlib import Path
from typing import TextIO


class Taken(Exception):
    """Another process holds the lock."""


def lock(file: Path) -> TextIO:
    """Lock `file` for as long as what is returned is open, or until the process ends, however it ends.

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
