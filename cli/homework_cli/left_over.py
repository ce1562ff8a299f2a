"""Finds and ends the processes that a killed `homework up` has left running.

A `homework up` that is killed cannot stop its children. So each process that it starts gets a mark in its
environment, which all descendants inherit. Unlike a process id in a file, a mark cannot come to identify
another process, and no process is missed between its start and a record of it.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil

_MARK = "HOMEWORK_STARTED_FOR"
_STOP_SECONDS = 30.0
_KILL_SECONDS = 5.0


def mark(folder: Path) -> dict[str, str]:
    """Variables for the environment of a process that is started for `folder`."""
    return {_MARK: str(folder.resolve())}


def end_left_over(folder: Path) -> int:
    """End the processes that were started for `folder`. Returns how many there were.

    The caller holds the folder's lock, so no other command can start them again.
    """
    found = list(_started_for(folder))
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(found, _STOP_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, _KILL_SECONDS)
    return len(found)


def _started_for(folder: Path) -> Iterator[psutil.Process]:
    wanted = mark(folder)
    for process in psutil.process_iter():
        # Another user's environment cannot be read, and a process may end while it is looked at.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_MARK) == wanted[_MARK]:
                yield process
