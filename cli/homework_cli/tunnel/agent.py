"""The ngrok agent, a child process that pyngrok starts and speaks to."""

import atexit
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from pyngrok import ngrok, process
from pyngrok.conf import PyngrokConfig
from pyngrok.exception import PyngrokError

from homework_cli.broker.address import PublicAddress
from homework_cli.tunnel.errors import BadToken, TunnelLost, TunnelRefused, translated
from homework_shared.runtime.files import private_folder, write_atomically

_OPEN_SECONDS = 45.0
_REQUEST_SECONDS = 20.0
_END_SECONDS = 5.0
# pyngrok passes on what urllib, http.client and json raise for a response that is cut off or malformed.
_BAD_RESPONSES = (PyngrokError, OSError, HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the agent says about its open tunnel."""

    address: PublicAddress
    connections: int | None
    """How many connections were made since it was opened; None when the agent does not say."""
    online: bool
    """False while the agent has no session with ngrok; it tries to get one by itself."""


class NgrokAgent:
    """One agent, which is recognised by its own configuration file in `folder`. The caller makes sure that
    nobody else uses this folder."""

    def __init__(self, folder: Path, open_seconds: float = _OPEN_SECONDS) -> None:
        self._file = private_folder(folder).resolve() / "ngrok.yml"
        self._open_seconds = open_seconds
        self._config = PyngrokConfig(
            config_path=str(self._file), request_timeout=_REQUEST_SECONDS,
            # Ctrl-C in the terminal must reach us alone.
            start_new_session=True,
        )  # fmt: skip
        # pyngrok takes the token from NGROK_AUTHTOKEN, and would show it on the agent's command line.
        self._config.auth_token = None
        self._tunnel: ngrok.NgrokTunnel | None = None

    @property
    def has_token(self) -> bool:
        return self._file.exists()

    def save_token(self, token: str) -> None:
        """Write the token to a file for the agent that only its owner can read."""
        text = f'version: "3"\nagent:\n  authtoken: {json.dumps(token)}\n'
        write_atomically(self._file, text.encode(), 0o600)

    def install(self) -> None:
        """Download the agent, unless it is there already. Raises TunnelLost."""
        try:
            ngrok.install_ngrok(self._config)
        except (PyngrokError, OSError) as error:
            raise TunnelLost(
                f"the ngrok agent could not be downloaded ({error}); or install it from "
                "https://ngrok.com/download and name it in PYNGROK_NGROK_PATH"
            ) from error

    def open(self, port: int, mark: str, url: PublicAddress | None = None) -> PublicAddress:
        """Open a tunnel to `port` on loopback. ngrok's API shows `mark` beside it.

        Raises:
            TunnelLost: it is not possible now.
            TunnelRefused: it is not possible with this account, token or address.
        """
        # An agent that an earlier run left behind holds the account's only session.
        self.close()
        self._tunnel = self._in_time(port, mark, {"url": str(url)} if url else {})
        return _address(self._tunnel.public_url)

    def look(self) -> Endpoint:
        """The tunnel as the agent describes it now. Raises TunnelLost when there is none any more."""
        # When the agent is dead and pyngrok is asked for its tunnels, it starts an agent that has none.
        if self._tunnel is None or not process.is_process_running(self._config.ngrok_path):
            raise TunnelLost("the ngrok agent has ended")
        described = _request(f"{self._tunnel.api_url}{self._tunnel.uri}")
        return Endpoint(
            address=_address(described.get("url") or described.get("public_url")),
            connections=_connections(described),
            online=_request(f"{self._tunnel.api_url}/api/status").get("status") == "online",
        )

    def close(self) -> None:
        """End every agent with our configuration file, even one that pyngrok still waits for.

        Raises:
            TunnelRefused: one of them belongs to another user.
        """
        # `ngrok.kill` would wait for the lock that pyngrok holds while an agent starts.
        agents, foreign = list(self._agents()), set[int]()
        for order in ("terminate", "kill"):
            for agent in agents:
                try:
                    getattr(agent, order)()
                except psutil.NoSuchProcess:
                    continue
                except psutil.AccessDenied:
                    foreign.add(agent.pid)
            _, agents = psutil.wait_procs([each for each in agents if each.pid not in foreign], _END_SECONDS)
        _forget_agents()
        self._tunnel = None
        if foreign:
            raise TunnelRefused(_of_another_user(foreign))

    def _agents(self) -> Iterator[psutil.Process]:
        for candidate in psutil.process_iter(["cmdline"]):
            words = candidate.info["cmdline"] or []
            # An editor or a `tail -f` may have the name of the file on its command line too.
            if "start" in words and ("--config", str(self._file)) in pairwise(words):
                yield candidate

    def _in_time(self, port: int, mark: str, options: dict[str, str]) -> ngrok.NgrokTunnel:
        # pyngrok checks its own time limit only when the agent prints something.
        opened: list[ngrok.NgrokTunnel | BaseException] = []

        def connect() -> None:
            try:
                # `localhost` may be ::1, where the broker does not listen, so the address is a number.
                opened.append(
                    ngrok.connect(
                        f"tcp://127.0.0.1:{port}", "tcp", mark, self._config, metadata=mark, **options
                    )
                )
            except BaseException as error:
                opened.append(error)

        thread = threading.Thread(target=connect, daemon=True)
        thread.start()
        thread.join(self._open_seconds)
        if thread.is_alive():
            self.close()
            # Without its agent the thread fails and ends.
            thread.join(_END_SECONDS)
            raise TunnelLost(f"the ngrok agent said nothing for {self._open_seconds:.0f} s")
        # An error that stayed in the list would keep itself and the pipe of its agent alive.
        return self._opened(opened.pop())

    def _opened(self, result: ngrok.NgrokTunnel | BaseException) -> ngrok.NgrokTunnel:
        if isinstance(result, ngrok.NgrokTunnel):
            return result
        if not isinstance(result, _BAD_RESPONSES):
            raise result
        error = translated(result)
        if isinstance(error, BadToken):
            self._file.unlink(missing_ok=True)
        raise error from result


def _request(url: str) -> dict[str, Any]:
    try:
        return ngrok.api_request(url, timeout=_REQUEST_SECONDS)
    except _BAD_RESPONSES as error:
        raise TunnelLost(f"the ngrok agent does not answer for its tunnel: {error}"[:300]) from error


def _address(url: str | None) -> PublicAddress:
    try:
        return PublicAddress.parse(url or "")
    except ValueError as error:
        raise TunnelLost(f"ngrok opened something that is no TCP tunnel: {error}") from error


def _connections(described: dict[str, Any]) -> int | None:
    try:
        return int(described["metrics"]["conns"]["count"])
    except (KeyError, TypeError, ValueError):
        return None


def _forget_agents() -> None:
    # At our exit pyngrok ends every agent that it has started, and until then it keeps the pipe of each one
    # open. It has no public way to forget an agent that has ended.
    if end := getattr(process, "_terminate_process", None):
        atexit.unregister(end)


def _of_another_user(pids: set[int]) -> str:
    names = " ".join(map(str, sorted(pids)))
    return f"an ngrok agent that a run with `sudo` has left is in the way: end it with `sudo kill {names}`"
