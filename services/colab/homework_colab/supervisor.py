"""`python -m homework_colab.supervisor FILE COMMAND…`: runs a generator and writes its exit code to FILE.

It restarts the generator after its engine died, because a new process can succeed. It is a process of its
own, so that neither an interrupted cell nor a closed browser ends it or the generator.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from homework_colab.files import write_atomically

ENGINE_DIED = 4
WAITS = (5.0, 10.0, 20.0, 40.0, 80.0)
"""Seconds to wait before each restart within an hour. An engine that dies more often will not recover."""

_HOUR = 3600.0


class Supervisor:
    """Restarts a generator whenever it ends because its engine died, until `stop` is called."""

    def __init__(self, command: Sequence[str], waits: Sequence[float] = WAITS) -> None:
        self._command = command
        self._waits = waits
        self._stopped = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the generator once it has finished the jobs in flight."""
        self._stopped.set()
        if self._child is not None:
            self._child.terminate()

    def run(self) -> int:
        """Returns the exit code of the last generator."""
        restarts: list[float] = []
        while True:
            code = self._once()
            now = time.monotonic()
            restarts = [moment for moment in restarts if moment > now - _HOUR]
            if code != ENGINE_DIED or len(restarts) == len(self._waits) or self._stopped.is_set():
                return code
            wait = self._waits[len(restarts)]
            restarts.append(now)
            count = f"{len(restarts)} of {len(self._waits)} an hour"
            _say(f"the engine died; starting it again in {wait:.0f} s ({count})")
            if self._stopped.wait(wait):
                return 0

    def _once(self) -> int:
        self._child = subprocess.Popen(self._command)
        if self._stopped.is_set():  # The signal arrived between the two lines above.
            self._child.terminate()
        return self._child.wait()


def main() -> None:
    exit_file, command = Path(sys.argv[1]), sys.argv[2:]
    supervisor = Supervisor(command)
    signal.signal(signal.SIGTERM, supervisor.stop)
    code = supervisor.run()
    write_atomically(exit_file, str(code))


def _say(text: str) -> None:
    print(f"supervisor: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
