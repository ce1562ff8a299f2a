"""Starts, watches, restarts and stops service processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_STOP_SECONDS = 30.0
_FIRST_WAIT_SECONDS = 1.0
_MAX_WAIT_SECONDS = 30.0
_STEADY_SECONDS = 60.0


class Child:
    """One service process. If it dies it is restarted, after a wait that doubles while it keeps dying.

    It inherits the socket `listening`; `environment` tells it the socket's number.
    """

    def __init__(
        self,
        name: str,
        module: list[str],
        environment: Mapping[str, str],
        logs: Path,
        listening: socket.socket | None = None,
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self._command = [sys.executable, "-m", *module]
        self._environment = os.environ | environment
        self._listening = listening
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._wait = _FIRST_WAIT_SECONDS

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs, and before it was started."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        self._started_at = time.monotonic()
        inherited = [self._listening.fileno()] if self._listening else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                pass_fds=inherited,
                # Ctrl-C in the terminal must reach us alone, because we stop the services in order.
                start_new_session=True,
            )  # fmt: skip

    def revive(self) -> str | None:
        """Restart the service if it has died and its wait is over. Returns a message about it, or None."""
        if self._process is None or self.running:
            return None
        lived = time.monotonic() - self._started_at
        if lived > _STEADY_SECONDS:
            self._wait = _FIRST_WAIT_SECONDS
        if lived < self._wait:
            return None
        self._wait = min(self._wait * 2, _MAX_WAIT_SECONDS)
        code = self._process.returncode
        self.start()
        return f"{self.name} ended with exit code {code} and was started again; its log is {self.log}"

    def terminate(self) -> None:
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGTERM)

    def join(self) -> None:
        """Wait for the end that `terminate` requested, and kill the process if it does not end."""
        if self._process is None:
            return
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def tail(self, characters: int = 1500) -> str:
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""
