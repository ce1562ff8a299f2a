"""Limits the size of log files that another process holds open."""

import contextlib
import shutil
from pathlib import Path

MAX_BYTES = 10_000_000


def rotate_when_large(log: Path, max_bytes: int = MAX_BYTES) -> None:
    """Copy the file to `NAME.1` and truncate it.

    The writer appends, so it continues at the new end; after a rename it would write to the old file. Lines
    that it writes between the copy and the truncation are lost.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size <= max_bytes:
            return
        previous = log.with_name(f"{log.name}.1")
        try:
            shutil.copyfile(log, previous)
        except OSError:
            previous.unlink(missing_ok=True)  # The disk is full, and free space is worth more than old lines.
        with log.open("r+b") as file:
            file.truncate()
