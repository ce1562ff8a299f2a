"""The ports that the tests on this machine have chosen. A server often listens on its port only later, so two
tests that run side by side could otherwise choose the same one.
"""

import fcntl
import os
import tempfile
from functools import cache
from pathlib import Path

_reserved: set[int] = set()


def reserve(port: int) -> bool:
    """Keep the port for this process until it ends. Returns False if it is reserved already."""
    if port in _reserved:
        return False
    try:
        # The lock of one byte stands for the port. The kernel releases it when this process ends.
        fcntl.lockf(_file(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _reserved.add(port)
    return True


@cache
def _file() -> int:
    """The open file that all processes of this user lock. Closing it would release this process's locks."""
    path = Path(tempfile.gettempdir()) / f"homework-test-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
