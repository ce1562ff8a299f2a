"""`homework tunnel` opens a tunnel to a real broker, and writes the tickets for it."""

import asyncio
import json
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from homework_cli.broker.process import PrivateBroker, find_rabbitmq_server
from homework_shared.errors import LinkLost
from homework_shared.messaging.address import BrokerAddress
from homework_shared.messaging.broker import connect
from homework_shared.messaging.link import Timeouts
from homework_shared.messaging.ticket import BrokerTicket, read_ticket
from tests.support.broker.brokers import free_port, unavailable
from tests.support.tunnel.ngrok import KNOWN_TOKEN, Ngrok, on_some_command_line
from tests.support.tunnel.process import TunnelProcess, homework, tunnel


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, PrivateBroker]]:
    """The folder of a `homework up`, with a running broker in it."""
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")
    folder = tmp_path_factory.mktemp("run")
    with PrivateBroker(folder / "broker") as broker:
        yield folder, broker


@pytest.fixture
def folder(house: tuple[Path, PrivateBroker]) -> Path:
    return house[0]


@pytest.fixture
def broker(house: tuple[Path, PrivateBroker]) -> PrivateBroker:
    return house[1]


@pytest.fixture
def ngrok(tmp_path: Path) -> Ngrok:
    return Ngrok(tmp_path / "bin")


@pytest.fixture
def open_tunnel(folder: Path, ngrok: Ngrok) -> Iterator[TunnelProcess]:
    (ngrok.path.parent / "drive").mkdir()
    with tunnel(folder, ngrok, f"--ticket-file={ngrok.path.parent}/drive/ticket") as process:
        process.wait(lambda: " open (" in process.log.read_text())
        yield process


async def reaches_the_broker(ticket: BrokerTicket) -> bool:
    try:
        connection = await connect(BrokerAddress.of(ticket), "test", Timeouts(call_seconds=30))
    except LinkLost:
        return False
    await connection.close()
    return True


def test_the_ticket_leads_through_the_tunnel_to_the_broker(open_tunnel: TunnelProcess) -> None:
    ticket, used = open_tunnel.ticket(), connections(open_tunnel)
    assert asyncio.run(reaches_the_broker(ticket))
    open_tunnel.wait(lambda: connections(open_tunnel) == used + 1)
    drive = open_tunnel.ngrok.path.parent / "drive/ticket"
    assert read_ticket(drive) == ticket
    assert stat.S_IMODE(drive.stat().st_mode) == 0o600
    shown = homework(open_tunnel.folder, "ticket", "show")
    assert (shown.returncode, shown.stdout.strip()) == (0, ticket.encode())
    as_json = json.loads(homework(open_tunnel.folder, "ticket", "show", "--json").stdout)
    assert as_json == {"ticket": ticket.encode(), "host": ticket.host, "port": ticket.port}


def connections(process: TunnelProcess) -> int:
    """The number of connections through the tunnel that were counted this month."""
    file = process.folder / "tunnel/usage.json"
    return int(json.loads(file.read_text())["connections"]) if file.exists() else 0


def test_neither_token_nor_ticket_is_on_a_command_line_or_in_the_log(open_tunnel: TunnelProcess) -> None:
    ticket = open_tunnel.ticket()
    secrets = [KNOWN_TOKEN, ticket.password.get_secret_value(), ticket.encode()]
    assert len(open_tunnel.ngrok.agents) == 1
    logs = open_tunnel.log.read_text() + (open_tunnel.folder / "tunnel/ngrok.log").read_text()
    assert "client session established" in logs
    for secret in secrets:
        assert not on_some_command_line(secret)
        assert secret not in logs


@pytest.mark.parametrize("code", ["105", "107"])
def test_a_token_that_ngrok_quotes_in_its_refusal_is_in_no_log(folder: Path, ngrok: Ngrok, code: str) -> None:
    ngrok.behave(start_error=code)
    with tunnel(folder, ngrok) as process:
        process.wait(lambda: not process.running)
        said = process.log.read_text()
    log = folder / "tunnel/ngrok.log"
    assert "Your authtoken: (hidden)" in log.read_text()
    assert f"ERR_NGROK_{code}" in said
    assert KNOWN_TOKEN not in said + log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_after_the_agents_death_the_ticket_leads_to_the_next_tunnel(open_tunnel: TunnelProcess) -> None:
    before = open_tunnel.ticket()
    open_tunnel.ngrok.agents[0].kill()
    after = open_tunnel.ticket(other_than=before)
    assert after.port != before.port
    assert after.tunnel == before.tunnel
    assert asyncio.run(reaches_the_broker(after))
    assert not asyncio.run(reaches_the_broker(before))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_end_of_the_command_leaves_no_agent(open_tunnel: TunnelProcess, number: signal.Signals) -> None:
    assert open_tunnel.end(number) == 0
    assert open_tunnel.ngrok.agents == []
    assert "the tunnel is closed" in open_tunnel.log.read_text()


def test_an_agent_that_a_killed_command_left_is_ended_by_the_next(
    open_tunnel: TunnelProcess, folder: Path
) -> None:
    open_tunnel.end(signal.SIGKILL)
    [left] = open_tunnel.ngrok.agents
    before = open_tunnel.ticket()
    open_tunnel.start()
    open_tunnel.ticket(other_than=before)
    assert left.pid not in [agent.pid for agent in open_tunnel.ngrok.agents]


def test_a_second_tunnel_in_the_same_folder_is_refused(open_tunnel: TunnelProcess) -> None:
    second = homework(open_tunnel.folder, "tunnel")
    assert second.returncode == 1
    assert "another `homework tunnel` runs in" in second.stdout
    assert open_tunnel.running


def test_a_rotated_password_disconnects_the_old_ticket_and_renews_all_of_them(
    open_tunnel: TunnelProcess, broker: PrivateBroker
) -> None:
    old = open_tunnel.ticket()

    async def held_open() -> bool:
        connection = await connect(BrokerAddress.of(old), "holder")
        closed = asyncio.Event()
        connection.close_callbacks.add(lambda *_: closed.set())
        rotated = await asyncio.to_thread(homework, open_tunnel.folder, "ticket", "rotate", "--json")
        assert rotated.returncode == 0, rotated.stderr
        assert json.loads(rotated.stdout)["rotated"]
        await asyncio.wait_for(closed.wait(), 60)
        return await reaches_the_broker(old)

    assert not asyncio.run(held_open())
    new = read_ticket(open_tunnel.folder / "tunnel/ticket")
    assert new.password != old.password
    assert read_ticket(open_tunnel.ngrok.path.parent / "drive/ticket") == new
    assert asyncio.run(reaches_the_broker(new))
    broker.kill()
    broker.start()  # `homework up` would restart it.
    assert asyncio.run(reaches_the_broker(new))
    assert not asyncio.run(reaches_the_broker(old))


def test_a_password_can_be_rotated_while_the_broker_is_down(
    open_tunnel: TunnelProcess, broker: PrivateBroker
) -> None:
    old = open_tunnel.ticket()
    broker.stop()
    try:
        assert homework(open_tunnel.folder, "ticket", "rotate").returncode == 0
    finally:
        broker.start()
    new = read_ticket(open_tunnel.folder / "tunnel/ticket")
    assert asyncio.run(reaches_the_broker(new))
    assert not asyncio.run(reaches_the_broker(old))


def test_a_public_address_of_ones_own_gets_a_ticket_and_is_tried(folder: Path, broker: PrivateBroker) -> None:
    made = homework(folder, "tunnel", f"--public=tcp://localhost:{broker.tls_port}")
    assert made.returncode == 0, made.stdout
    assert f"the broker answers at tcp://localhost:{broker.tls_port}" in made.stdout
    ticket = read_ticket(folder / "tunnel/ticket")
    assert (ticket.host, ticket.tunnel) == ("localhost", None)
    assert asyncio.run(reaches_the_broker(ticket))


def test_a_public_address_that_leads_nowhere_is_told_which_port_it_has_to_reach(
    folder: Path, broker: PrivateBroker
) -> None:
    made = homework(folder, "tunnel", f"--public=tcp://127.0.0.1:{free_port()}")
    assert made.returncode == 0
    assert "nothing answers" in made.stdout
    assert f"has to arrive at port {broker.tls_port} of 127.0.0.1" in made.stdout


def test_a_public_address_is_refused_while_a_tunnel_would_overwrite_its_ticket(
    open_tunnel: TunnelProcess,
) -> None:
    before = open_tunnel.ticket()
    made = homework(open_tunnel.folder, "tunnel", "--public=tcp://localhost:1")
    assert made.returncode == 1
    assert "another `homework tunnel` runs in" in made.stdout
    assert open_tunnel.ticket() == before


def test_a_public_address_and_an_ngrok_url_exclude_each_other(tmp_path: Path) -> None:
    done = homework(tmp_path, "tunnel", "--public=tcp://a:1", "--url=tcp://b:2")
    assert done.returncode == 2
    assert "it goes without --url" in done.stderr


def test_a_ticket_file_is_forgotten_while_the_tunnel_is_open(open_tunnel: TunnelProcess) -> None:
    drive = open_tunnel.ngrok.path.parent / "drive/ticket"
    process_knows = open_tunnel.ticket()
    unknown = homework(open_tunnel.folder, "ticket", "forget", "elsewhere")
    assert (unknown.returncode, str(drive) in unknown.stderr) == (1, True)
    done = homework(open_tunnel.folder, "ticket", "forget", str(drive))
    assert done.returncode == 0, done.stderr
    open_tunnel.ngrok.agents[0].kill()
    open_tunnel.ticket(other_than=process_knows)
    assert read_ticket(drive) == process_knows


def test_an_account_without_a_card_gets_one_message(folder: Path, ngrok: Ngrok) -> None:
    ngrok.behave(refuse="8013")
    with tunnel(folder, ngrok) as process:
        process.wait(lambda: not process.running)
        said = process.log.read_text()
    assert "add it at https://dashboard.ngrok.com/settings#id-verification" in said
    assert "Traceback" not in said
    assert len(ngrok.starts) == 1


def test_without_a_token_the_command_says_where_to_get_one(tmp_path: Path) -> None:
    done = homework(tmp_path, "tunnel")
    assert done.returncode == 1
    assert "set NGROK_AUTHTOKEN" in done.stdout


def test_a_malformed_public_address_is_refused(tmp_path: Path) -> None:
    done = homework(tmp_path, "tunnel", "--url=ngrok.io")
    assert done.returncode == 2
    assert "is not an address of the form" in done.stderr


def test_without_a_broker_there_is_no_ticket(tmp_path: Path) -> None:
    for arguments in (["ticket", "rotate"], ["tunnel", "--public=tcp://a:1"]):
        done = homework(tmp_path, *arguments)
        assert done.returncode == 1
        assert "run `homework up` there first" in done.stdout + done.stderr
    shown = homework(tmp_path, "ticket", "show")
    assert shown.returncode == 1
    assert shown.stdout == ""
    assert "`homework tunnel` makes one" in shown.stderr


def test_the_tls_port_is_on_loopback_only(broker: PrivateBroker) -> None:
    """Only the tunnel leads to the port from outside."""
    with socket.socket() as probe:
        probe.settimeout(2)
        address = _own_address()
        if address is None:
            pytest.skip("this machine has no other address")
        assert probe.connect_ex((address, broker.tls_port)) != 0


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # Connecting a UDP socket sends nothing.
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if address.startswith("127.") else address
