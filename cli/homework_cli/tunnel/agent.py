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
from homework_cli.files import private_folder, write_atomically
from homework_cli.tunnel.errors import BadToken, TunnelLost, TunnelRefused, translated

_OPEN_SECONDS = 45.0
_REQUEST_SECONDS = 20.0
_END_SECONDS = 5.0
# pyngrok hands on what urllib, http.client and json raise for an answer that is cut off or is none.
_BAD_ANSWERS = (PyngrokError, OSError, HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the agent says of its open tunnel."""

    address: PublicAddress
    connections: int | None
    """How many were made since it was opened; None when the agent does not tell."""
    online: bool
    """False while the agent has no session with ngrok; it tries to get one by itself."""


class NgrokAgent:
    """One agent, known by its own configuration file in `folder`. The caller sees to it that it is
    the only one to use this folder."""

    def __init__(self, folder: Path, open_seconds: float = _OPEN_SECONDS) -> None:
        self._file = private_folder(folder).resolve() / "ngrok.yml"
        self._open_seconds = open_seconds
        self._config = PyngrokConfig(
            config_path=str(self._file), request_timeout=_REQUEST_SECONDS,
            # Ctrl-C in the terminal goes to us alone.
            start_new_session=True,
        )  # fmt: skip
        # pyngrok takes it from NGROK_AUTHTOKEN and would show it on the agent's command line.
        self._config.auth_token = None
        self._tunnel: ngrok.NgrokTunnel | None = None

    @property
    def has_token(self) -> bool:
        return self._file.exists()

    def keep_token(self, token: str) -> None:
        """In a file for the agent, that only its owner can read."""
        text = f'version: "3"\nagent:\n  authtoken: {json.dumps(token)}\n'
        write_atomically(self._file, text.encode(), 0o600)

    def install(self) -> None:
        """Download the agent if it is not there. Raises TunnelLost."""
        try:
            ngrok.install_ngrok(self._config)
        except (PyngrokError, OSError) as error:
            raise TunnelLost(
                f"the ngrok agent could not be downloaded ({error}); or install it from "
                "https://ngrok.com/download and name it in PYNGROK_NGROK_PATH"
            ) from error

    def open(self, port: int, mark: str, url: PublicAddress | None = None) -> PublicAddress:
        """A tunnel to `port` on loopback; `mark` is what ngrok's API shows of it.

        Raises:
            TunnelLost: not now.
            TunnelRefused: not with this account, token or address.
        """
        self.close()  # an agent that an earlier run left behind holds the account's only session
        self._tunnel = self._in_time(port, mark, {"url": str(url)} if url else {})
        return _address(self._tunnel.public_url)

    def look(self) -> Endpoint:
        """Raises TunnelLost when there is no tunnel any more."""
        # Asked for its tunnels while it is dead, pyngrok would start an agent that has none.
        if self._tunnel is None or not process.is_process_running(self._config.ngrok_path):
            raise TunnelLost("the ngrok agent has ended")
        told = _ask(f"{self._tunnel.api_url}{self._tunnel.uri}")
        return Endpoint(
            address=_address(told.get("url") or told.get("public_url")),
            connections=_connections(told),
            online=_ask(f"{self._tunnel.api_url}/api/status").get("status") == "online",
        )

    def close(self) -> None:
        """End every agent with our configuration file, also one that pyngrok still waits for.

        Raises:
            TunnelRefused: one of them is another user's.
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
        _let_go()
        self._tunnel = None
        if foreign:
            raise TunnelRefused(_of_another_user(foreign))

    def _agents(self) -> Iterator[psutil.Process]:
        for candidate in psutil.process_iter(["cmdline"]):
            words = candidate.info["cmdline"] or []
            # An editor or a `tail -f` may have the file's name on its command line too.
            if "start" in words and ("--config", str(self._file)) in pairwise(words):
                yield candidate

    def _in_time(self, port: int, mark: str, options: dict[str, str]) -> ngrok.NgrokTunnel:
        # pyngrok's own limit is not looked at while an agent prints nothing.
        opened: list[ngrok.NgrokTunnel | BaseException] = []

        def connect() -> None:
            try:
                # By number, because `localhost` may be ::1, where the broker does not listen.
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
            thread.join(_END_SECONDS)  # without its agent it fails
            raise TunnelLost(f"the ngrok agent said nothing for {self._open_seconds:.0f} s")
        return self._opened(opened.pop())  # left there, an error would hold itself and its agent's pipe

    def _opened(self, result: ngrok.NgrokTunnel | BaseException) -> ngrok.NgrokTunnel:
        if isinstance(result, ngrok.NgrokTunnel):
            return result
        if not isinstance(result, _BAD_ANSWERS):
            raise result
        error = translated(result)
        if isinstance(error, BadToken):
            self._file.unlink(missing_ok=True)
        raise error from result


def _ask(url: str) -> dict[str, Any]:
    try:
        return ngrok.api_request(url, timeout=_REQUEST_SECONDS)
    except _BAD_ANSWERS as error:
        raise TunnelLost(f"the ngrok agent does not answer for its tunnel: {error}"[:300]) from error


def _address(url: str | None) -> PublicAddress:
    try:
        return PublicAddress.parse(url or "")
    except ValueError as error:
        raise TunnelLost(f"ngrok opened something that is no TCP tunnel: {error}") from error


def _connections(told: dict[str, Any]) -> int | None:
    try:
        return int(told["metrics"]["conns"]["count"])
    except (KeyError, TypeError, ValueError):
        return None


def _let_go() -> None:
    # pyngrok has every agent that it starts ended at our exit, and so keeps each one's pipe until then.
    if end := getattr(process, "_terminate_process", None):
        atexit.unregister(end)


def _of_another_user(pids: set[int]) -> str:
    names = " ".join(map(str, sorted(pids)))
    return f"an ngrok agent that a run with `sudo` has left is in the way: end it with `sudo kill {names}`"
