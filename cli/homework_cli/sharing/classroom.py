"""Runs the classroom while it is shared."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential
from yarl import URL

from homework_cli.left_over import mark
from homework_cli.run_folder import load_api_url, remove_shared_url, save_shared_url
from homework_cli.sharing.errors import NotShared
from homework_cli.sharing.tls import Certificate
from homework_cli.sharing.ways import Way
from homework_cli.stack.processes import Child
from homework_cli.tunnel.errors import TunnelLost

_LOOK_SECONDS = 5.0
_WAIT_MAX_SECONDS = 300.0


@dataclass
class Sharing:
    """Keeps the classroom reachable in one way, until an exception ends `run`."""

    folder: Path
    way: Way
    listening: socket.socket
    certificate: Certificate | None
    opened: Callable[[URL], None]
    """A function that gets each address that students open."""
    say: Callable[[str], None]

    def run(self) -> None:
        """Share the classroom. Raises NotShared and TunnelRefused if only the user can solve the problem."""
        while True:
            self._retrying()(self._session)

    def _session(self) -> None:
        """Return when the students' address or the API's address has changed. Raises TunnelLost."""
        if (api := load_api_url(self.folder)) is None:
            raise NotShared(f"no `homework up` runs in {self.folder}: start it first, or name its --folder")
        try:
            url = self.way.open(self._port)
            with self._serving(url, api) as classroom:
                self.opened(url)
                while self.way.look() == url and load_api_url(self.folder) in (api, None):
                    if news := classroom.revive():
                        self.say(news)
                    time.sleep(_LOOK_SECONDS)
        finally:
            self.way.close()

    @contextmanager
    def _serving(self, url: URL, api: str) -> Iterator[Child]:
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        classroom = Child(
            "shared-classroom", ["homework_classroom"], self._environment(url, api), logs, self.listening
        )
        classroom.start()
        save_shared_url(self.folder, str(url))
        try:
            yield classroom
        finally:
            remove_shared_url(self.folder)
            classroom.terminate()
            classroom.join()

    def _environment(self, url: URL, api: str) -> dict[str, str]:
        tls = self.certificate
        return mark(self.folder / "shared") | {
            "CLASSROOM_HOST": self.way.listens_on,
            "CLASSROOM_PORT": str(self._port),
            "CLASSROOM_LISTEN_FD": str(self.listening.fileno()),
            "CLASSROOM_PUBLIC_URL": str(url),
            "CLASSROOM_API_URL": api,
            "CLASSROOM_TLS_CERTIFICATE": str(tls.certificate.resolve()) if tls else "",
            "CLASSROOM_TLS_KEY": str(tls.key.resolve()) if tls else "",
        }

    @property
    def _port(self) -> int:
        port: int = self.listening.getsockname()[1]
        return port

    def _retrying(self) -> Retrying:
        jittered = wait_random_exponential(multiplier=1, min=1, max=_WAIT_MAX_SECONDS)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return max(jittered(state), error.wait_seconds if isinstance(error, TunnelLost) else 0)

        def tell(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            seconds = state.next_action.sleep if state.next_action else 0
            self.say(f"{error}; trying again in {seconds:.0f} s")

        return Retrying(retry=retry_if_exception_type(TunnelLost), wait=wait, before_sleep=tell)
