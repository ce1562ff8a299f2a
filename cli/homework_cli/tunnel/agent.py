"""The ngrok agent, a child process that pyngrok starts and controls."""

import atexit
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from typing import Any, Generic, TypeVar

import psutil
from pyngrok import ngrok, process
from pyngrok.conf import PyngrokConfig
from pyngrok.exception import PyngrokError

from homework_cli.broker.address import PublicAddress
from homework_cli.tunnel.errors import BadToken, TunnelLost, TunnelRefused, translated
from homework_shared.runtime.files import private_folder, write_atomically

CONFIGURATION = "ngrok.yml"
_OPEN_SECONDS = 45.0
REQUEST_SECONDS = 20.0
_END_SECONDS = 5.0
# pyngrok passes on what urllib, http.client and json raise for a response that is cut off or malformed.
BAD_RESPONSES = (PyngrokError, OSError, HTTPException, ValueError)


Address = TypeVar("Address")


@dataclass(frozen=True, slots=True)
class Kind(Generic[Address]):
    """A kind of tunnel. `protocol` is pyngrok's name for it. `parse` parses a public address, or raises
    ValueError.
    """

    protocol: str
    parse: Callable[[str], Address]


TCP = Kind("tcp", PublicAddress.parse)


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[Address]):
    """The agent's description of its open tunnel."""

    address: Address
    connections: int | None
    """How many connections were made since it was opened; None when the agent does not say."""
    online: bool
    """False while the agent has no session with ngrok; it tries to get one by itself."""


class NgrokAgent(Generic[Address]):
    """One agent, identified by its own configuration file in `folder`. The caller makes sure that no other
    process uses this folder.
    """

    def __init__(self, folder: Path, kind: Kind[Address], open_seconds: float = _OPEN_SECONDS) -> None:
        self._file = private_folder(folder).resolve() / CONFIGURATION
        self._kind = kind
        self._open_seconds = open_seconds
        self._config = PyngrokConfig(
            config_path=str(self._file), request_timeout=REQUEST_SECONDS,
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

    def open(self, port: int, mark: str, url: Address | None = None) -> Address:
        """Open a tunnel to `port` on loopback. ngrok's API shows `mark` beside it.

        Raises:
            TunnelLost: it is not possible now.
            TunnelRefused: it is not possible with this account, token or address.
        """
        # An agent that an earlier run left behind holds the account's only session.
        self.close()
        self._tunnel = self._in_time(port, mark, {"url": str(url)} if url else {})
        return read_address(self._kind, self._tunnel.public_url)

    def look(self) -> Endpoint[Address]:
        """The tunnel as the agent describes it now. Raises TunnelLost if it does not exist any more."""
        # When the agent is dead and pyngrok is asked for its tunnels, it starts an agent that has none.
        if self._tunnel is None or not process.is_process_running(self._config.ngrok_path):
            raise TunnelLost("the ngrok agent has ended")
        return look_at(self._kind, self._tunnel.api_url or "", self._tunnel.uri or "")

    def close(self) -> None:
        """End every agent with our configuration file, even one that pyngrok still waits for.

        Raises:
            TunnelRefused: one of them belongs to another user.
        """
        # `ngrok.kill` would wait for the lock that pyngrok holds while an agent starts.
        agents, foreign = list(agents_with(self._file)), set[int]()
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

    def _in_time(self, port: int, mark: str, options: dict[str, str]) -> ngrok.NgrokTunnel:
        # pyngrok checks its own time limit only when the agent prints something.
        opened: list[ngrok.NgrokTunnel | BaseException] = []
        protocol = self._kind.protocol
        # `localhost` may be ::1, where nothing of ours listens, so the address is a number.
        upstream = f"{protocol}://127.0.0.1:{port}"

        def connect() -> None:
            try:
                opened.append(ngrok.connect(upstream, protocol, mark, self._config, metadata=mark, **options))
            except BaseException as error:
                opened.append(error)

        thread = threading.Thread(target=connect, daemon=True)
        thread.start()
        thread.join(self._open_seconds)
        if thread.is_alive():
            self.close()
            # Without its agent the thread fails and ends.
            thread.join(_END_SECONDS)
            raise TunnelLost(f"the ngrok agent did not answer for {self._open_seconds:.0f} s")
        # An error that stayed in the list would keep itself and the pipe of its agent alive.
        return self._opened(opened.pop())

    def _opened(self, result: ngrok.NgrokTunnel | BaseException) -> ngrok.NgrokTunnel:
        if isinstance(result, ngrok.NgrokTunnel):
            return result
        if not isinstance(result, BAD_RESPONSES):
            raise result
        error = translated(result)
        if isinstance(error, BadToken):
            self._file.unlink(missing_ok=True)
        raise error from result


TcpAgent = NgrokAgent[PublicAddress]


def agents_with(configuration: Path) -> Iterator[psutil.Process]:
    """The agents that run with this file."""
    for candidate in psutil.process_iter(["cmdline"]):
        words = candidate.info["cmdline"] or []
        # An editor or a `tail -f` may have the name of the file on its command line too.
        if "start" in words and ("--config", str(configuration)) in pairwise(words):
            yield candidate


def look_at(kind: Kind[Address], api_url: str, uri: str) -> Endpoint[Address]:
    """An endpoint as its agent describes it now. Raises TunnelLost when there is none any more."""
    described = _request(f"{api_url}{uri}")
    return Endpoint(
        address=read_address(kind, described.get("url") or described.get("public_url")),
        connections=_connections(described),
        online=_request(f"{api_url}/api/status").get("status") == "online",
    )


def read_address(kind: Kind[Address], url: str | None) -> Address:
    try:
        return kind.parse(url or "")
    except ValueError as error:
        raise TunnelLost(f"ngrok opened another tunnel than the requested one: {error}") from error


def _request(url: str) -> dict[str, Any]:
    try:
        return ngrok.api_request(url, timeout=REQUEST_SECONDS)
    except BAD_RESPONSES as error:
        raise TunnelLost(f"the ngrok agent does not answer for its tunnel: {error}"[:300]) from error


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
    return f"an ngrok agent from an earlier run with `sudo` blocks this one: end it with `sudo kill {names}`"
