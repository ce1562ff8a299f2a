"""Runs `homework` as a user does: one command until it ends, or `homework up` until it is stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx

from tests.support.broker.brokers import free_port
from tests.support.waiting import wait_until

_COMMAND = (sys.executable, "-m", "homework_cli.main")


def homework(
    folder: Path, *arguments: str, program: Sequence[str] = _COMMAND, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command in `folder`. It gets a broker only from `variables`."""
    command, environment = [*program, *arguments], _environment(variables)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=230, check=False
    )


class Command:
    """A command that runs in `folder` until it is stopped."""

    def __init__(
        self, folder: Path, name: str, *options: str, program: Sequence[str] = _COMMAND, **variables: str
    ) -> None:
        self.folder = folder
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*program, name, *options], cwd=folder, env=_environment(variables), stdout=log, stderr=log
            )

    def output(self) -> str:
        return self._log.read_text()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill only this process. The processes that it has started continue."""
        self._process.kill()
        self._process.wait(60)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self._process.send_signal(number)
        # A supervisor signals the whole group, and `make` passes the signal on once more.
        if number == signal.SIGTERM:
            self._process.send_signal(number)
        return self._process.wait(60)

    def wait_for(self, pattern: str, seconds: float) -> str:
        """Wait until the output matches `pattern`. Returns its first group, or the whole match."""

        def printed() -> bool:
            assert self.is_running, self.output()
            return re.search(pattern, self.output()) is not None

        wait_until(printed, seconds, self.output)
        found = re.search(pattern, self.output())
        assert found is not None
        return found.group(found.lastindex or 0)


class Up(Command):
    """`homework up` in a folder, with `options`, on a port that no other test of this run uses."""

    def __init__(
        self, folder: Path, *options: str, program: Sequence[str] = _COMMAND, **variables: str
    ) -> None:
        _reserve_port(folder / ".run/ports.json")
        super().__init__(folder, "up", *options, program=program, **variables)
        self.url = self.wait_for(r"API docs +(http\S+)/docs", 300)


class Share(Command):
    """`homework share` in the folder of an `Up`."""

    def __init__(
        self, folder: Path, *options: str, program: Sequence[str] = _COMMAND, **variables: str
    ) -> None:
        super().__init__(folder, "share", *options, program=program, **variables)
        self.url = self.wait_for(r"the classroom is open at (http\S+)", 60)
        self.wait_for("Ctrl-C closes the classroom", 60)  # This is the last line.
        wait_until(self._answers, 60, self.output)

    def _answers(self) -> bool:
        try:
            public = httpx.URL(self.url)
            with socket.create_connection((public.host, public.port or 443), timeout=60):
                return (self.folder / ".run/shared-url").exists()
        except OSError:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.stop() == 0


def _reserve_port(file: Path) -> None:
    """Have `up` choose a port that is still free when a test ends `up` and starts it again. Tests run side by
    side, and another `up` would take the default port in between.
    """
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"api": free_port()}))


def _environment(variables: dict[str, str]) -> dict[str, str]:
    ours = ("AMQP_URL", "PYTHONPATH")
    return {key: value for key, value in os.environ.items() if key not in ours} | variables
