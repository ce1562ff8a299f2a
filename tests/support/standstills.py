"""Runs a command on a machine that stands still now and then, as a shared one does.

    .venv/bin/python -m tests.support.standstills make test-compose

Every ten seconds or so, the processes of the command and of all containers are frozen together for up to four
seconds, while clocks go on. No process can see that, unlike a SIGSTOP, after which `su` in a container stops
itself as well. A test that fails has a limit that a slow machine exceeds, or the code has one. It needs root
and the control groups of Linux, version 2.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

# Where version 1 is mounted too, version 2 has a folder of its own.
ROOTS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
CONTAINERS = ("docker", "system.slice/docker-*.scope")
"""The groups of Docker's containers, without systemd and with it."""
PAUSE_SECONDS = (3.0, 17.0)
STANDSTILL_SECONDS = (0.5, 4.0)
_JOIN = 'echo $$ > "$0" && exec "$@"'

Range = tuple[float, float]
"""From, to."""


def own_group() -> Path | None:
    """A control group for the command, or None where this user cannot make one."""
    for root in ROOTS:
        group = root / "homework-standstills"
        if (root / "cgroup.controllers").exists():
            with suppress(OSError):
                group.mkdir(exist_ok=True)
                return group
    return None


@contextmanager
def frozen(groups: Sequence[Path]) -> Iterator[None]:
    """No process of these groups runs in the block."""
    try:
        for group in groups:
            (group / "cgroup.freeze").write_text("1")
        yield
    finally:
        for group in groups:
            (group / "cgroup.freeze").write_text("0")


def run(
    command: Sequence[str],
    containers: Sequence[str] = CONTAINERS,
    pause: Range = PAUSE_SECONDS,
    standstill: Range = STANDSTILL_SECONDS,
) -> int:
    """Run the command, and return its exit status. Both ranges are in seconds."""
    own = own_group()
    if own is None:
        raise SystemExit("standstills need root and the control groups of Linux, version 2")
    with subprocess.Popen(["sh", "-c", _JOIN, str(own / "cgroup.procs"), *command]) as process:
        while process.poll() is None:
            time.sleep(random.uniform(*pause))
            with frozen([own, *(group for pattern in containers for group in own.parent.glob(pattern))]):
                time.sleep(random.uniform(*standstill))
    return process.returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
