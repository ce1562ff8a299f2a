"""An endpoint in the ngrok agent of another command."""

import contextlib
from pathlib import Path
from typing import Any, Generic

import psutil
from pyngrok import ngrok

from homework_cli.tunnel.agent import (
    BAD_RESPONSES,
    CONFIGURATION,
    REQUEST_SECONDS,
    Address,
    Endpoint,
    Kind,
    agents_with,
    look_at,
    read_address,
)
from homework_cli.tunnel.errors import TunnelLost, translated

_GONE = "the ngrok agent of `homework tunnel` has ended"


class GuestEndpoint(Generic[Address]):
    """An endpoint in the agent of `homework tunnel`, whose configuration is in `folder`."""

    def __init__(self, folder: Path, kind: Kind[Address]) -> None:
        self._configuration = folder.resolve() / CONFIGURATION
        self._kind = kind
        self._api_url = ""
        self._uri: str | None = None

    def has_host(self) -> bool:
        """Whether there is an agent."""
        return next(agents_with(self._configuration), None) is not None

    def open(self, port: int, mark: str, url: Address | None = None) -> Address:
        """Open an endpoint for `port` on loopback. Raises TunnelLost and TunnelRefused."""
        self._api_url = self._find_api()
        upstream = f"{self._kind.protocol}://127.0.0.1:{port}"
        # With inspection, the agent would show what students send to every program of this computer.
        wanted: dict[str, Any] = {
            "name": mark,
            "metadata": mark,
            "upstream": {"url": upstream},
            "inspect": False,
        }
        if url:
            wanted["url"] = str(url)
        # An endpoint of an earlier run that was killed has this name.
        self._delete(f"/api/endpoints/{mark}")
        try:
            made = ngrok.api_request(
                f"{self._api_url}/api/endpoints", "POST", data=wanted, timeout=REQUEST_SECONDS
            )
        except BAD_RESPONSES as error:
            raise translated(error) from error
        self._uri = str(made.get("uri"))
        return read_address(self._kind, made.get("url"))

    def look(self) -> Endpoint[Address]:
        """The endpoint as the agent describes it now. Raises TunnelLost if it does not exist any more."""
        if self._uri is None:
            raise TunnelLost(_GONE)
        return look_at(self._kind, self._api_url, self._uri)

    def close(self) -> None:
        """Remove the endpoint. The agent keeps running."""
        if self._uri is not None:
            self._delete(self._uri)
        self._uri = None

    def _delete(self, uri: str) -> None:
        with contextlib.suppress(*BAD_RESPONSES):
            ngrok.api_request(f"{self._api_url}{uri}", "DELETE", timeout=REQUEST_SECONDS)

    def _find_api(self) -> str:
        # The agent takes the first free port from 4040 upwards, and reports it only to the program that
        # started it.
        for agent in agents_with(self._configuration):
            for port in _listening(agent):
                with contextlib.suppress(*BAD_RESPONSES):
                    ngrok.api_request(f"http://127.0.0.1:{port}/api/status", timeout=REQUEST_SECONDS)
                    return f"http://127.0.0.1:{port}"
        raise TunnelLost(_GONE)


def _listening(agent: psutil.Process) -> list[int]:
    with contextlib.suppress(psutil.Error):
        connections: list[Any] = agent.net_connections("tcp4")
        return [each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN]
    return []
