"""`homework tunnel` as a real process, with the stand-in agent behind the real pyngrok."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from homework_shared.messaging.ticket import BadTicket, BrokerTicket, read_ticket
from tests.support.tunnel.ngrok import KNOWN_TOKEN, Ngrok


def homework(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command for the `homework up` of `folder` until it ends."""
    command = [*_COMMAND, *arguments, f"--folder={folder}"]
    environment = {key: value for key, value in os.environ.items() if key != "NGROK_AUTHTOKEN"}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=110, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


_COMMAND = [sys.executable, "-m", "homework_cli.main"]


class TunnelProcess:
    """A `homework tunnel` for the `homework up` of `folder`, whose broker is in `folder`/broker."""

    def __init__(self, folder: Path, ngrok: Ngrok, *arguments: str) -> None:
        self.folder = folder
        self.ngrok = ngrok
        self.log = ngrok.path.parent / "tunnel.log"
        self._command = [*_COMMAND, "tunnel", f"--folder={folder}", *arguments]
        self._environment = os.environ | {
            "PYNGROK_NGROK_PATH": str(ngrok.path),
            "NGROK_AUTHTOKEN": KNOWN_TOKEN,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # A child process inherits ignored signals, and the tests may run under nohup.
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        signal.signal(signal.SIGHUP, before)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(60)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ticket(self, other_than: BrokerTicket | None = None) -> BrokerTicket:
        """Wait for a ticket that differs from the given one."""
        found: list[BrokerTicket] = []

        def there() -> bool:
            try:
                found.append(read_ticket(self.folder / "tunnel/ticket"))
            except BadTicket:
                return False
            return found[-1] != other_than

        self.wait(there)
        return found[-1]

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def close(self) -> None:
        if self.running:
            self.end()
        self.ngrok.close()


@contextmanager
def tunnel(folder: Path, ngrok: Ngrok, *arguments: str) -> Iterator[TunnelProcess]:
    process = TunnelProcess(folder, ngrok, *arguments)
    process.start()
    try:
        yield process
    finally:
        process.close()
