"""The real pyngrok with a stand-in agent: tunnels, counters, the token, and processes that remain."""

import gc
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.support.broker.brokers import free_port
from tests.support.tunnel.ngrok import KNOWN_TOKEN, Ngrok, on_some_command_line
from tests.support.waiting import wait_until

from homework_cli.broker.address import PublicAddress
from homework_cli.tunnel.agent import TCP, NgrokAgent, TcpAgent
from homework_cli.tunnel.errors import BadToken, TunnelLost, TunnelRefused

# pyngrok leaves the pipe of an agent to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture
def agent(ngrok: Ngrok, tmp_path: Path) -> Iterator[TcpAgent]:
    agent = NgrokAgent(tmp_path / "tunnel", TCP)
    agent.save_token(KNOWN_TOKEN)
    yield agent
    agent.close()


def echoed(address: PublicAddress, text: bytes) -> bytes:
    with socket.create_connection((address.host, address.port), timeout=60) as client:
        client.sendall(text)
        return client.recv(1024)


def test_a_tunnel_forwards_and_counts_its_connections(agent: TcpAgent, echo: int) -> None:
    address = agent.open(echo, "mark")
    assert echoed(address, b"ciao") == b"ciao"
    assert echoed(address, b"di nuovo") == b"di nuovo"
    seen = agent.look()
    assert (seen.address, seen.connections, seen.online) == (address, 2, True)


def test_the_token_is_in_a_closed_file_and_on_no_command_line(
    agent: TcpAgent, ngrok: Ngrok, tmp_path: Path
) -> None:
    agent.open(free_port(), "mark")
    assert len(ngrok.agents) == 1
    assert not on_some_command_line(KNOWN_TOKEN)
    assert "--authtoken" not in ngrok.starts[0]["argv"]
    assert stat.S_IMODE((tmp_path / "tunnel/ngrok.yml").stat().st_mode) == 0o600


def test_a_reserved_address_is_asked_for(agent: TcpAgent, echo: int) -> None:
    wanted = PublicAddress("127.0.0.1", free_port())
    assert agent.open(echo, "mark", wanted) == wanted
    assert echoed(wanted, b"ciao") == b"ciao"


def test_an_agent_that_died_is_noticed_and_not_silently_replaced(agent: TcpAgent, ngrok: Ngrok) -> None:
    agent.open(free_port(), "mark")
    ngrok.agents[0].kill()
    wait_until(lambda: not ngrok.agents)
    with pytest.raises(TunnelLost, match="the ngrok agent"):
        agent.look()
    assert len(ngrok.starts) == 1


def test_an_agent_that_stopped_answering_is_noticed(
    agent: TcpAgent, ngrok: Ngrok, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.open(free_port(), "mark")
    ngrok.agents[0].send_signal(signal.SIGSTOP)
    monkeypatch.setattr("homework_cli.tunnel.agent.REQUEST_SECONDS", 1.0)
    with pytest.raises(TunnelLost, match="does not answer"):
        agent.look()
    agent.close()
    assert ngrok.agents == []


def test_an_endpoint_that_vanished_is_noticed(agent: TcpAgent, ngrok: Ngrok) -> None:
    agent.open(free_port(), "mark")
    ngrok.behave(vanished=True)
    with pytest.raises(TunnelLost, match="does not answer for its tunnel"):
        agent.look()


def test_an_address_that_changed_and_a_lost_session_are_seen(agent: TcpAgent, ngrok: Ngrok) -> None:
    agent.open(free_port(), "mark")
    ngrok.behave(moved_to="tcp://9.tcp.ngrok.io:19999", status="reconnecting")
    seen = agent.look()
    assert (seen.address, seen.online) == (PublicAddress("9.tcp.ngrok.io", 19999), False)


def test_a_silent_agent_is_given_up_in_time_and_ended(ngrok: Ngrok, tmp_path: Path) -> None:
    agent = NgrokAgent(tmp_path / "tunnel", TCP, open_seconds=15)  # Until then the agent has started.
    agent.save_token(KNOWN_TOKEN)
    ngrok.behave(silent=True)
    with pytest.raises(TunnelLost, match="did not answer for"):
        agent.open(free_port(), "mark")
    assert len(ngrok.starts) == 1
    assert ngrok.agents == []
    # The next try succeeds, so pyngrok's lock was released. It has more time.
    ngrok.behave()
    patient = NgrokAgent(tmp_path / "tunnel", TCP)
    patient.open(free_port(), "mark")
    patient.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [("8013", TunnelRefused), ("15002", TunnelRefused), ("108", TunnelLost), ("725", TunnelLost)],
)
@pytest.mark.parametrize("when", ["refuse", "start_error"])
def test_a_refusal_is_told_apart_when_it_comes(
    agent: TcpAgent, ngrok: Ngrok, when: str, code: str, kind: type[Exception]
) -> None:
    ngrok.behave(**{when: code})
    with pytest.raises(kind, match=rf"\(ERR_NGROK_{code}\)"):
        agent.open(free_port(), "mark")


def test_a_token_that_ngrok_does_not_know_is_not_kept(agent: TcpAgent) -> None:
    agent.save_token("a typing error")
    with pytest.raises(BadToken, match="ERR_NGROK_105"):
        agent.open(free_port(), "mark")
    assert not agent.has_token


def test_an_agent_of_an_earlier_run_is_ended_first(agent: TcpAgent, ngrok: Ngrok, tmp_path: Path) -> None:
    command = [str(ngrok.path), "start", "--none", "--log", "stdout"]
    left = subprocess.Popen(
        [*command, "--config", str(tmp_path / "tunnel/ngrok.yml")], stdout=subprocess.DEVNULL
    )
    wait_until(lambda: ngrok.agents)
    agent.open(free_port(), "mark")
    # An agent whose exit nobody collects would be reported as still running.
    left.wait(60)
    assert left.pid not in [process.pid for process in ngrok.agents]
    assert len(ngrok.agents) == 1


def test_a_program_that_only_reads_the_agents_file_is_left_alone(agent: TcpAgent, tmp_path: Path) -> None:
    tail = subprocess.Popen(["tail", "-f", str(tmp_path / "tunnel/ngrok.yml")], stdout=subprocess.DEVNULL)
    agent.open(free_port(), "mark")
    agent.close()
    assert tail.poll() is None
    tail.kill()
    tail.wait()


def test_an_agent_that_belongs_to_another_user_is_named(
    agent: TcpAgent, ngrok: Ngrok, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.open(free_port(), "mark")
    [process] = ngrok.agents

    def denied(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    with monkeypatch.context() as patched:
        patched.setattr(psutil.Process, "terminate", denied)
        patched.setattr(psutil.Process, "kill", denied)
        with pytest.raises(TunnelRefused, match=f"end it with `sudo kill {process.pid}`"):
            agent.open(free_port(), "mark")


def open_in_the_end(agent: TcpAgent) -> None:
    """Try again as the supervisor does, because an agent that has just failed may not have ended yet."""

    def opens() -> bool:
        try:
            agent.open(free_port(), "mark")
        except TunnelLost:
            return False
        return True

    wait_until(opens)


def test_a_response_that_is_cut_off_is_a_lost_tunnel(agent: TcpAgent, ngrok: Ngrok) -> None:
    ngrok.behave(cut_off=True)
    with pytest.raises(TunnelLost, match="IncompleteRead"):
        agent.open(free_port(), "mark")
    ngrok.behave()
    open_in_the_end(agent)
    ngrok.behave(cut_off=True)
    with pytest.raises(TunnelLost, match="does not answer for its tunnel: IncompleteRead"):
        agent.look()


def test_a_response_that_is_no_json_is_a_lost_tunnel(
    agent: TcpAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> None:
        raise ValueError("Expecting value: line 1")

    monkeypatch.setattr("pyngrok.ngrok.connect", connect)
    with pytest.raises(TunnelLost, match="the ngrok agent failed: Expecting value"):
        agent.open(free_port(), "mark")


def test_connections_that_the_agent_does_not_report_are_not_zero(agent: TcpAgent, ngrok: Ngrok) -> None:
    agent.open(free_port(), "mark")
    ngrok.behave(uncounted=True)
    assert agent.look().connections is None


def test_starts_that_fail_leave_no_file_open(agent: TcpAgent, ngrok: Ngrok) -> None:
    ngrok.behave(start_error="108")

    def open_files() -> int:
        for _ in range(3):
            with pytest.raises(TunnelLost):
                agent.open(free_port(), "mark")
        gc.collect()
        return psutil.Process().num_fds()

    before = open_files()
    assert open_files() <= before


def test_nothing_is_left_after_the_close(agent: TcpAgent, ngrok: Ngrok) -> None:
    address = agent.open(free_port(), "mark")
    agent.close()
    assert ngrok.agents == []
    with pytest.raises(OSError, match="refused"):
        echoed(address, b"ciao")


def test_an_agent_that_cannot_be_downloaded_says_what_else_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYNGROK_NGROK_PATH", str(tmp_path / "not/there"))
    monkeypatch.setattr("pyngrok.installer.get_ngrok_cdn_url", lambda _: "http://127.0.0.1:9/ngrok.zip")
    with pytest.raises(TunnelLost, match="or install it from https://ngrok"):
        NgrokAgent(tmp_path / "tunnel", TCP).install()


@pytest.mark.parametrize(
    "text",
    ["", "tcp://", "tcp://host", "http://host:1", "host:1", "tcp://h:1/path", "tcp://h:x", "tcp://h:70000"],
)
def test_a_text_that_is_no_address_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address of the form tcp://host:port"):
        PublicAddress.parse(text)


@pytest.mark.parametrize("text", ["tcp://0.tcp.ngrok.io:12345", "tcp://[2001:db8::1]:5671"])
def test_an_address_reads_back_the_same(text: str) -> None:
    assert str(PublicAddress.parse(text)) == text


@pytest.mark.parametrize("text", ["tcp://[fe80::1%eth0]:5671", "tcp://a b:1", f"tcp://{'a.' * 130}de:1"])
def test_a_host_that_no_ticket_can_carry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a host name nor an IP address without a zone"):
        PublicAddress.parse(text)


def test_a_name_with_an_umlaut_becomes_the_name_that_dns_has_for_it() -> None:
    assert str(PublicAddress.parse("tcp://müller.de:5671")) == "tcp://xn--mller-kva.de:5671"
