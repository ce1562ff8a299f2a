"""The ways in which students reach the classroom: their own network, or an address at ngrok beside the
broker's.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.support.broker.brokers import free_port
from tests.support.tunnel.ngrok import KNOWN_TOKEN, Ngrok
from yarl import URL

from homework_cli.sharing import networks
from homework_cli.sharing.errors import NotShared
from homework_cli.sharing.ways import WEB, LocalNetwork, web_address
from homework_cli.sharing.ways import Ngrok as NgrokWay
from homework_cli.tunnel.agent import TCP, NgrokAgent, TcpAgent
from homework_cli.tunnel.errors import TunnelLost, TunnelRefused

# pyngrok leaves the pipe of an agent to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture
def tunnel(ngrok: Ngrok, tmp_path: Path) -> Iterator[TcpAgent]:
    """The agent of `homework tunnel`."""
    agent = NgrokAgent(tmp_path / "tunnel", TCP)
    agent.save_token(KNOWN_TOKEN)
    yield agent
    agent.close()


@pytest.fixture
def way(ngrok: Ngrok, tmp_path: Path) -> Iterator[NgrokWay]:
    own = NgrokAgent(tmp_path / "share", WEB)
    own.save_token(KNOWN_TOKEN)
    way = NgrokWay(own, tmp_path / "tunnel", None)
    yield way
    way.close()


def echoed(url: URL) -> bytes:
    """The answer to a word that is sent to that address."""
    with socket.create_connection((url.host, url.port), timeout=60) as client:
        client.sendall(b"classroom")
        return client.recv(100)


def test_an_address_at_ngrok_leads_to_the_classroom_and_is_closed_with_it(
    way: NgrokWay, ngrok: Ngrok, echo: int
) -> None:
    url = way.open(echo)
    assert (url.scheme, echoed(url), way.look()) == ("https", b"classroom", url)
    way.close()
    assert ngrok.agents == []
    with pytest.raises(OSError, match="refused"):
        echoed(url)


def test_the_agent_of_the_brokers_tunnel_carries_the_classroom_too(
    way: NgrokWay, tunnel: TcpAgent, ngrok: Ngrok, echo: int
) -> None:
    broker = tunnel.open(free_port(), "broker")
    url = way.open(echo)
    assert (echoed(url), way.look(), len(ngrok.starts)) == (b"classroom", url, 1)
    way.close()
    with pytest.raises(OSError, match="refused"):
        echoed(url)
    assert tunnel.look().address == broker


def test_an_endpoint_that_a_killed_run_has_left_is_replaced(
    way: NgrokWay, tunnel: TcpAgent, tmp_path: Path, echo: int
) -> None:
    tunnel.open(free_port(), "broker")
    left = NgrokWay(NgrokAgent(tmp_path / "share", WEB), tmp_path / "tunnel", None).open(free_port())
    url = way.open(echo)
    assert echoed(url) == b"classroom"
    with pytest.raises(OSError, match="refused"):
        echoed(left)


def test_the_classroom_has_an_agent_of_its_own_once_the_tunnel_is_closed(
    way: NgrokWay, tunnel: TcpAgent, ngrok: Ngrok, echo: int
) -> None:
    tunnel.open(free_port(), "broker")
    way.open(echo)
    tunnel.close()
    with pytest.raises(TunnelLost):
        way.look()
    way.close()
    assert echoed(way.open(echo)) == b"classroom"
    assert len(ngrok.starts) == 2


def test_a_refusal_of_ngrok_says_what_to_do(way: NgrokWay, tunnel: TcpAgent, ngrok: Ngrok) -> None:
    tunnel.open(free_port(), "broker")
    ngrok.behave(refuse="334")
    with pytest.raises(TunnelLost, match="still in use by another ngrok agent"):
        way.open(free_port())
    ngrok.behave(refuse="8013")
    with pytest.raises(TunnelRefused, match="ERR_NGROK_8013"):
        way.open(free_port())


@pytest.mark.parametrize(
    "text", ["", "http://a.ngrok.app", "tcp://1.tcp.ngrok.io:1", "https://a.ngrok.app/x?y"]
)
def test_an_address_that_browsers_would_not_open_safely_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="https://host"):
        web_address(text)


def test_in_a_network_students_open_the_address_that_leads_to_the_internet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "_addresses", lambda: ["172.17.0.1", "192.168.1.20"])
    monkeypatch.setattr(networks, "_towards_the_internet", lambda: "192.168.1.20")
    way = LocalNetwork(None, encrypted=False)
    assert way.open(8003) == URL("http://192.168.1.20:8003")
    monkeypatch.setattr(networks, "_addresses", lambda: ["10.0.0.7"])
    assert way.look() == URL("http://10.0.0.7:8003")
    assert LocalNetwork("classe.example.org", encrypted=True).open(8003) == URL(
        "https://classe.example.org:8003"
    )


def test_a_computer_in_no_network_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    only_itself = {"lo": psutil.net_if_addrs()["lo"]}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: only_itself)
    with pytest.raises(NotShared, match="in no network"):
        networks.own_address()
