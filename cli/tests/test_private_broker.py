"""The private RabbitMQ is tested as a real process."""

import asyncio
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import aio_pika
import httpx
import psutil
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelClosed
from tests.support.broker.brokers import unavailable
from tests.support.waiting import wait_until
from typer.testing import CliRunner

from homework_cli.broker import choice as brokers
from homework_cli.broker import ports
from homework_cli.broker.certificates import TLS_NAME
from homework_cli.broker.definitions import save_passwords
from homework_cli.broker.ports import load_or_create_ports
from homework_cli.broker.process import BrokerDidNotStart, PrivateBroker, find_rabbitmq_server
from homework_cli.broker.topology import apply_topology
from homework_cli.main import app
from homework_shared.messaging import topology
from homework_shared.runtime.clock import utc_now

_LISTENS = "0A"
_LOOPBACK = ("0100007F", "00000000000000000000000001000000")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")
    with PrivateBroker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


def processes_of(folder: Path) -> list[str]:
    """Command lines and environments of processes that belong to this broker."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment, name = (process / "environ").read_bytes(), (process / "comm").read_text().strip()
        except OSError:  # The process has just ended, or belongs to another user.
            continue
        if str(folder).encode() in environment and int(process.name) != os.getpid():
            found.append(name)
    return found


def nothing_left_of(folder: Path, seconds: float = 60) -> bool:
    """Whether no process of this broker is left. Erlang's helpers end by themselves, moments after their
    virtual machine.
    """
    deadline = time.monotonic() + seconds
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return processes_of(folder) == []


def as_ops(broker: PrivateBroker, path: str) -> list[dict[str, object]]:
    async def get() -> httpx.Response:
        auth = ("ops", broker.password("ops"))
        async with httpx.AsyncClient(base_url=broker.management_url, auth=auth, timeout=60) as http:
            async with asyncio.timeout(60):
                while True:
                    try:
                        response = await http.get(path)
                    except httpx.HTTPError:
                        await asyncio.sleep(0.1)
                    else:
                        return response.raise_for_status()

    listed: list[dict[str, object]] = asyncio.run(get()).json()
    return listed


def test_the_broker_has_the_topology_the_policies_and_the_users(broker: PrivateBroker) -> None:
    queues = {str(queue["name"]): queue for queue in as_ops(broker, "/api/queues")}
    assert set(queues) == {queue.name for queue in topology.QUEUES}
    for queue in topology.QUEUES:
        assert queues[queue.name]["arguments"] == queue.arguments
    assert {p["name"]: p["definition"] for p in as_ops(broker, "/api/policies")} == {
        queue.name: dict(queue.limits) for queue in topology.QUEUES
    }
    # RabbitMQ has not made the user `guest`.
    assert {user["name"] for user in as_ops(broker, "/api/users")} == set(topology.PERMISSIONS)


def test_every_port_of_the_broker_is_open_on_loopback_only(broker: PrivateBroker) -> None:
    own = set(json.loads((broker.folder / "ports.json").read_text()).values())
    assert len(own) == 6
    wait_until(lambda: {port for _, port in listening(own)} == own)
    assert {address for address, _ in listening(own)} <= set(_LOOPBACK)


def listening(ports: set[int]) -> set[tuple[str, int]]:
    """The addresses, as the kernel writes them, on which something listens at one of these ports."""
    rows = [
        row for table in ("tcp", "tcp6") for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    found = set()
    for _, local, _, state, *_ in map(str.split, rows):
        address, port = local.split(":")
        if state == _LISTENS and int(port, 16) in ports:
            found.add((address, int(port, 16)))
    return found


def test_a_renewed_certificate_is_served_without_a_restart(tmp_path: Path) -> None:
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")
    # A certificate of that age has 17 days left.
    now = utc_now() - timedelta(days=380)
    broker = brokers.ChildBroker(tmp_path, lambda: now)
    with broker:
        old = served_by(broker)
        now += timedelta(minutes=59)
        assert broker.revive() is None
        now = utc_now()
        assert "renewed" in (broker.revive() or "")
        assert broker.revive() is None
        new = served_by(broker)
        assert new["serialNumber"] != old["serialNumber"]
        assert ssl.cert_time_to_seconds(str(new["notAfter"])) > (utc_now() + timedelta(days=390)).timestamp()


def served_by(broker: PrivateBroker) -> dict[str, object]:
    """The certificate that the TLS port presents to a client that accepts any."""
    trusting = ssl.create_default_context(cadata=broker.ca)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", broker.tls_port), timeout=60) as line,
        trusting.wrap_socket(line, server_hostname=TLS_NAME) as client,
    ):
        return dict(client.getpeercert() or {})


def test_the_ports_of_a_run_before_tls_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    old = load_or_create_ports(file, ("amqp", "management", "mapper"))
    new = load_or_create_ports(file, ("amqp", "amqps", "management", "mapper"))
    assert {name: port for name, port in new.items() if name != "amqps"} == old
    assert load_or_create_ports(file, ("amqp", "amqps", "management", "mapper")) == new


def test_a_new_port_is_never_one_that_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ports.json"
    file.write_text(json.dumps({"mapper": 4001}))
    offered = iter([4001, 4002])
    monkeypatch.setattr(ports, "free_port", lambda preferred=0: preferred or next(offered))
    assert load_or_create_ports(file, ("amqps", "mapper")) == {"mapper": 4001, "amqps": 4002}


@pytest.mark.parametrize(
    ("user", "act"),
    [
        ("generator", "consume generation.fallback"),
        ("generator", "consume generation.results"),
        ("generator", "consume generation.dead"),
        ("generator", "publish generation"),
        ("generator", "declare mine"),
        ("mock_generator", "consume generation.jobs"),
        ("mock_generator", "publish generation"),
        ("api", "consume generation.jobs"),
        ("api", "publish generation.results"),
        ("api", "declare generation.mine"),
    ],
)
async def test_a_user_may_do_its_job_and_nothing_else(broker: PrivateBroker, user: str, act: str) -> None:
    connection = await aio_pika.connect(broker.amqp_url(user))
    async with connection:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await attempt(await connection.channel(), *act.split(" "))


async def attempt(channel: AbstractChannel, verb: str, name: str) -> None:
    async def ignore(_: object) -> None:
        return

    if verb == "consume":
        await (await channel.get_queue(name, ensure=False)).consume(ignore)
    elif verb == "publish":
        exchange = await channel.get_exchange(name, ensure=False)
        await exchange.publish(aio_pika.Message(b""), "job")
    else:
        await channel.declare_queue(name)


async def test_applying_the_topology_again_finds_nothing_different(broker: PrivateBroker) -> None:
    report = await apply_topology(broker.amqp_url("ops"))
    assert report.differences == []
    assert f"queue {topology.JOBS}" in report.applied


VHOST = "school/one #1"
PASSWORD = "p@ss:/w#rd?50%+ü"


@pytest.fixture
def elsewhere(broker: PrivateBroker) -> Iterator[str]:
    """The address of another vhost, with a user whose name and password contain special characters."""
    auth = ("ops", broker.password("ops"))
    vhost, user = quote(VHOST, safe=""), quote("o/ps", safe="")
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    with httpx.Client(base_url=broker.management_url, auth=auth, timeout=60) as http:
        http.put(f"/api/vhosts/{vhost}").raise_for_status()
        account = {"password": PASSWORD, "tags": "administrator"}
        http.put(f"/api/users/{user}", json=account).raise_for_status()
        http.put(f"/api/permissions/{vhost}/{user}", json=rights).raise_for_status()
        port = broker.amqp_url("ops").rsplit(":", 1)[1].rstrip("/")
        yield f"amqp://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/{vhost}"
        http.delete(f"/api/vhosts/{vhost}").raise_for_status()
        http.delete(f"/api/users/{user}").raise_for_status()


def test_topology_and_limits_go_to_the_vhost_that_the_address_names(
    broker: PrivateBroker, elsewhere: str
) -> None:
    applied = CliRunner().invoke(
        app, ["broker", "apply", "--amqp-url", elsewhere, "--management-url", broker.management_url]
    )
    assert applied.exit_code == 0, applied.output
    checked = CliRunner().invoke(app, ["broker", "check", "--amqp-url", elsewhere])
    assert checked.exit_code == 0, checked.output
    vhost = quote(VHOST, safe="")
    limits = {p["name"]: p["definition"] for p in as_ops(broker, f"/api/policies/{vhost}")}
    assert limits == {queue.name: dict(queue.limits) for queue in topology.QUEUES}
    # A probe drops its oldest message, from the moment at which the broker applies the policy.
    wait_until(lambda: asyncio.run(_refused_beyond(elsewhere, 1)) == 0)


async def _refused_beyond(url: str, limit: int) -> int:
    """The number of messages in the probe's queue beyond its limit. It is 0 while the policy
    is in force.
    """
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(topology.GENERATION_EXCHANGE, ensure=False)
        for _ in range(limit + 3):
            await exchange.publish(aio_pika.Message(b"{}"), topology.PROBE_DESTINATION.key)
        queue = await channel.get_queue(topology.PROBE)
        return max(0, (queue.declaration_result.message_count or 0) - limit)


def test_a_password_of_the_keepers_own_reaches_the_broker(tmp_path: Path) -> None:
    broker = PrivateBroker(tmp_path)
    save_passwords(tmp_path / "credentials.json", dict.fromkeys(topology.PERMISSIONS, PASSWORD))
    with broker:
        asyncio.run(_ready(broker.amqp_url("ops")))


async def test_applying_names_the_argument_that_differs_and_leaves_the_queue(broker: PrivateBroker) -> None:
    connection = await aio_pika.connect(broker.amqp_url("ops"))
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(topology.DEAD)
        await channel.declare_queue(topology.DEAD, durable=True, arguments={"x-queue-type": "classic"})
        try:
            report = await apply_topology(broker.amqp_url("ops"))
        finally:
            await channel.queue_delete(topology.DEAD)
    await apply_topology(broker.amqp_url("ops"))
    [difference] = report.differences
    assert topology.DEAD in difference
    assert "x-queue-type" in difference
    assert "delete it" in difference


def test_the_broker_keeps_its_data_and_leaves_no_process(tmp_path: Path) -> None:
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")
    first = PrivateBroker(tmp_path)
    first.start()
    url = first.amqp_url("api")
    asyncio.run(_publish(url))
    first.stop()
    assert nothing_left_of(tmp_path)
    with PrivateBroker(tmp_path) as again:
        assert again.amqp_url("api") == url
        # Until the queue has a leader, it counts nothing.
        wait_until(lambda: asyncio.run(_ready(again.amqp_url("ops"))) == 1)
        again.kill()
        assert nothing_left_of(tmp_path)


async def _publish(url: str) -> None:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(topology.GENERATION_EXCHANGE, ensure=False)
        message = aio_pika.Message(b"{}", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        # A queue that was declared less than a second ago may lose confirmed messages.
        await asyncio.sleep(1.5)
        await exchange.publish(message, topology.FALLBACK_DESTINATION.key)


async def _ready(url: str) -> int:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(topology.FALLBACK)
        return queue.declaration_result.message_count or 0


def test_without_a_rabbitmq_the_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMQP_URL", raising=False)
    monkeypatch.setattr(brokers, "find_rabbitmq_server", lambda: None)
    monkeypatch.setattr(brokers, "docker_answers", lambda: False)
    sentence = "install rabbitmq-server, start Docker, or set AMQP_URL"
    with pytest.raises(BrokerDidNotStart, match=sentence):
        brokers.choose_broker(tmp_path)


def test_ctrl_c_does_not_reach_the_broker_before_us(broker: PrivateBroker) -> None:
    # Only this broker counts: tests that run beside this one are in our group and run commands of RabbitMQ.
    assert broker._server is not None
    server = psutil.Process(broker._server.pid)
    groups = {
        os.getpgid(one.pid) for one in [server, *server.children(recursive=True)] if "beam" in one.name()
    }
    assert groups
    assert os.getpgid(0) not in groups
