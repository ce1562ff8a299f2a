"""`homework up` as a newcomer runs it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HOMEWORK = [sys.executable, "-m", "homework_cli.main"]


def environment(**extra: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "AMQP_URL"} | extra


class Up:
    """`homework up` in a folder."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self._log = folder / "up.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*HOMEWORK, "up"], cwd=folder, env=environment(**more), stdout=log, stderr=log
            )
        self.url = self._wait_for(r"API docs +(http\S+)/docs")

    def output(self) -> str:
        return self._log.read_text()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self._process.send_signal(number)
        return self._process.wait(60)

    def _wait_for(self, pattern: str) -> str:
        deadline = time.monotonic() + 90
        while (found := re.search(pattern, self.output())) is None:
            assert self._process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)
        return found.group(1)
