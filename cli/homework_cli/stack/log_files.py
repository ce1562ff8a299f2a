"""Log files that stay bounded although the process that writes them holds them open."""

import contextlib
import shutil
from pathlib import Path

MAX_BYTES = 10_000_000


def rotate_when_large(log: Path, max_bytes: int = MAX_BYTES) -> None:
    """Keep one predecessor, `NAME.1`, and begin the file anew.

    The writer appends, so it goes on at the new end; after a renaming it would write to the old file. What it
    writes between the copy and the cut is lost.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size <= max_bytes:
            return
        previous = log.with_name(f"{log.name}.1")
        try:
            shutil.copyfile(log, previous)
        except OSError:
            previous.unlink(missing_ok=True)  # the disk is full: room is worth more than old lines
        with log.open("r+b") as file:
            file.truncate()
