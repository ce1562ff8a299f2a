"""Finds and ends our own processes, which it distinguishes from others with /proc."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

# The engine core renames itself and rewrites its environment, but it keeps its working folder.
_NAMES = re.compile(rb"VLLM::|homework_generator|multiprocessing")
_POLL_SECONDS = 0.1


def birth(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; None once it has ended. The kernel reuses process ids,
    so only the id together with this time identifies a process.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def left_in(folder: Path) -> list[int]:
    """The generators and engines of this user that run in `folder`."""
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _is_ours(process, folder)]


def end(pids: Iterable[int], seconds: float) -> None:
    """Send SIGTERM, and after `seconds` SIGKILL to the processes that remain."""
    alive = {pid: birth(pid) for pid in pids}
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        for pid, born in alive.items():
            if _is_same(pid, born):
                _signal(pid, number)
        if wait_until(lambda: not any(_is_same(pid, born) for pid, born in alive.items()), patience):
            return


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _is_ours(process: Path, folder: Path) -> bool:
    try:
        if process.stat().st_uid != os.getuid() or (process / "cwd").readlink() != folder:
            return False
        return (
            _NAMES.search((process / "cmdline").read_bytes()) is not None
            and birth(int(process.name)) is not None
        )
    except OSError:  # The process has ended, or it belongs to another user.
        return False


def _is_same(pid: int, born: str | None) -> bool:
    return born is not None and birth(pid) == born


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
