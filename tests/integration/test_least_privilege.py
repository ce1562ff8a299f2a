"""Each user of the broker may do what its service needs and nothing else. Everything is tested over TLS."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelClosed
from pydantic import SecretStr
from tests.support.broker.brokers import BrokerProcess, ticket_for

from homework_shared.errors import LinkLost
from homework_shared.messaging import topology
from homework_shared.messaging.address import BrokerAddress
from homework_shared.messaging.broker import connect
from homework_shared.messaging.ticket import BrokerTicket
from homework_shared.messaging.topology import (
    DEAD,
    DEAD_EXCHANGE,
    DLX_EXCHANGE,
    FALLBACK,
    FALLBACK_DESTINATION,
    GENERATION_EXCHANGE,
    JOB_DESTINATION,
    JOBS,
    LOCK_QUEUE_PREFIX,
    PROBE,
    PROBE_DESTINATION,
    RESULT_DESTINATION,
    RESULT_REPLAY_DESTINATION,
    RESULTS,
    RESULTS_EXCHANGE,
    STATUS_DESTINATION,
    STATUS_EXCHANGE,
    STATUS_QUEUE_PREFIX,
)

_TLS_ALERT = b"\x15"
Act = Callable[[AbstractChannel], Awaitable[object]]


def consume(queue: str) -> Act:
    async def ignore(_: object) -> None:
        return

    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).consume(ignore)

    return act


def get(queue: str) -> Act:
    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).get(fail=False)

    return act


def publish(exchange: str, key: str = "", user_id: str | None = None) -> Act:
    async def act(channel: AbstractChannel) -> None:
        message = aio_pika.Message(b"{}", user_id=user_id)
        target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        await target.publish(message, key, mandatory=False)

    return act


def purge(queue: str) -> Act:
    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).purge()

    return act


def declare(queue: str | None) -> Act:
    return lambda channel: channel.declare_queue(queue, exclusive=True)


def bind(queue: str, exchange: str) -> Act:
    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).bind(exchange, "stolen")

    return act


def unbind(queue: str, exchange: str, key: str) -> Act:
    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).unbind(exchange, key)

    return act


async def _own_status_queue(channel: AbstractChannel) -> None:
    queue = await channel.declare_queue(f"{STATUS_QUEUE_PREFIX}test", exclusive=True)
    await queue.bind(STATUS_EXCHANGE)


REFUSED: dict[str, dict[str, Act]] = {
    "generator": {
        "consume results": consume(RESULTS),
        "consume the fallback": consume(FALLBACK),
        "consume the dead": consume(DEAD),
        "get a result": get(RESULTS),
        "get from the fallback": get(FALLBACK),
        "get from the dead": get(DEAD),
        "get a probe": get(PROBE),
        "publish a job": publish(GENERATION_EXCHANGE, JOB_DESTINATION.key),
        "publish to the fallback": publish(GENERATION_EXCHANGE, FALLBACK_DESTINATION.key),
        "publish a result as the API sends it again": publish(
            GENERATION_EXCHANGE, RESULT_REPLAY_DESTINATION.key
        ),
        "lock the dead": declare(f"{LOCK_QUEUE_PREFIX}{DEAD}"),
        "publish a job past the exchange": publish("", JOBS),
        "publish a result past the exchange": publish("", RESULTS),
        "publish a dead letter": publish(DLX_EXCHANGE),
        "publish to the dead": publish(DEAD_EXCHANGE),
        "purge results": purge(RESULTS),
        "purge the fallback": purge(FALLBACK),
        "delete its own queue": lambda channel: channel.queue_delete(JOBS),
        "delete the results queue": lambda channel: channel.queue_delete(RESULTS),
        "delete an exchange": lambda channel: channel.exchange_delete(RESULTS_EXCHANGE),
        "declare a queue": declare("mine"),
        "declare a queue under a name that the broker picks": declare(None),
        "declare a status queue": declare(f"{STATUS_QUEUE_PREFIX}mine"),
        "declare an exchange": lambda channel: channel.declare_exchange("mine"),
        "bind its queue to results": bind(JOBS, RESULTS_EXCHANGE),
        "bind results to jobs": bind(RESULTS, GENERATION_EXCHANGE),
        "unbind its queue": unbind(JOBS, GENERATION_EXCHANGE, JOB_DESTINATION.key),
    },
    "mock_generator": {
        "consume jobs": consume(JOBS),
        "consume results": consume(RESULTS),
        "publish a job": publish(GENERATION_EXCHANGE, JOB_DESTINATION.key),
        "publish to the dead": publish(DEAD_EXCHANGE),
        "purge jobs": purge(JOBS),
        "delete its own queue": lambda channel: channel.queue_delete(FALLBACK),
        "declare a queue": declare("mine"),
    },
    "api": {
        "consume jobs": consume(JOBS),
        "consume the fallback": consume(FALLBACK),
        "publish a result": publish(RESULTS_EXCHANGE, RESULT_DESTINATION.key),
        "publish a status": publish(STATUS_EXCHANGE),
        "publish to the dead": publish(DEAD_EXCHANGE),
        "unbind the results": unbind(RESULTS, RESULTS_EXCHANGE, RESULT_DESTINATION.key),
        "bind the results to what is dead": bind(RESULTS, DEAD_EXCHANGE),
        "delete the dead": lambda channel: channel.queue_delete(DEAD),
        "purge jobs": purge(JOBS),
        "delete jobs": lambda channel: channel.queue_delete(JOBS),
        "declare another queue": declare("generation.mine"),
    },
}

ALLOWED: dict[str, dict[str, Act]] = {
    "generator": {
        "consume jobs": consume(JOBS),
        "publish a result": publish(RESULTS_EXCHANGE, RESULT_DESTINATION.key),
        "publish a result under its own name": publish(RESULTS_EXCHANGE, RESULT_DESTINATION.key, "generator"),
        "publish a status": publish(STATUS_EXCHANGE, STATUS_DESTINATION.key),
    },
    "mock_generator": {
        "consume the fallback": consume(FALLBACK),
        "publish a result": publish(RESULTS_EXCHANGE, RESULT_DESTINATION.key),
        "publish a status": publish(STATUS_EXCHANGE, STATUS_DESTINATION.key),
    },
    "api": {
        "consume results": consume(RESULTS),
        "publish a job": publish(GENERATION_EXCHANGE, JOB_DESTINATION.key),
        "publish to the fallback": publish(GENERATION_EXCHANGE, FALLBACK_DESTINATION.key),
        "get a dead letter": get(DEAD),
        "get a probe": get(PROBE),
        "publish a probe": publish(GENERATION_EXCHANGE, PROBE_DESTINATION.key),
        "send a dead result again": publish(GENERATION_EXCHANGE, RESULT_REPLAY_DESTINATION.key),
        "lock the dead for a look": declare(f"{LOCK_QUEUE_PREFIX}{DEAD}"),
        "own a status queue": _own_status_queue,
    },
}


def cases(table: dict[str, dict[str, Act]]) -> list[object]:
    return [
        pytest.param(user, act, id=f"{user}: {name}")
        for user, acts in table.items()
        for name, act in acts.items()
    ]


@asynccontextmanager
async def channel_with(ticket: BrokerTicket) -> AsyncIterator[AbstractChannel]:
    connection = await connect(BrokerAddress.of(ticket), "test")
    async with connection:
        yield await connection.channel()


@pytest.mark.parametrize(("user", "act"), cases(ALLOWED))
async def test_a_user_may_do_what_its_service_needs(broker: BrokerProcess, user: str, act: Act) -> None:
    async with channel_with(ticket_for(broker, user)) as channel, asyncio.timeout(30):
        await act(channel)


@pytest.mark.parametrize(("user", "act"), cases(REFUSED))
async def test_a_user_may_do_nothing_else(broker: BrokerProcess, user: str, act: Act) -> None:
    async with channel_with(ticket_for(broker, user)) as channel, asyncio.timeout(30):
        with pytest.raises(ChannelClosed, match=rf"ACCESS_REFUSED - .* refused for user '{user}'"):
            await act(channel)


@pytest.mark.parametrize(
    ("user", "name"), [("generator", "mock_generator"), ("generator", "api"), ("mock_generator", "generator")]
)
async def test_a_user_may_not_sign_with_the_name_of_another(
    broker: BrokerProcess, user: str, name: str
) -> None:
    """The API relies on the sender's name of a message."""
    async with channel_with(ticket_for(broker, user)) as channel, asyncio.timeout(30):
        with pytest.raises(ChannelClosed, match=rf"PRECONDITION_FAILED - .* authenticated user was '{user}'"):
            await publish(RESULTS_EXCHANGE, RESULT_DESTINATION.key, name)(channel)


def test_no_user_may_sign_for_others() -> None:
    assert all("impersonator" not in may.tags for may in topology.PERMISSIONS.values())


@pytest.fixture
def let_into_other_vhost(broker: BrokerProcess) -> Iterator[Callable[[], object]]:
    """Make a vhost named `other`. Calling the fixture's value lets the user `generator` enter it."""
    nothing = {"configure": "^$", "write": "^$", "read": "^$"}
    with httpx.Client(
        base_url=broker.management_url, auth=("ops", broker.password("ops")), timeout=60
    ) as ops:
        ops.put("/api/vhosts/other").raise_for_status()
        yield lambda: ops.put("/api/permissions/other/generator", json=nothing).raise_for_status()
        ops.delete("/api/vhosts/other").raise_for_status()


async def test_a_generator_may_not_enter_another_vhost(
    broker: BrokerProcess, let_into_other_vhost: Callable[[], object]
) -> None:
    elsewhere = ticket_for(broker).model_copy(update={"vhost": "other"})
    with pytest.raises(LinkLost, match=r"OpenOk.*got <Connection.Close"):
        async with channel_with(elsewhere):
            pass
    # It works with the permission, so nothing else was missing.
    await asyncio.to_thread(let_into_other_vhost)
    async with channel_with(elsewhere):
        pass


@pytest.mark.parametrize(("user", "password"), [("generator", "wrong"), ("guest", "guest"), ("api", "")])
async def test_a_wrong_password_and_the_user_guest_are_refused(
    broker: BrokerProcess, user: str, password: str
) -> None:
    stranger = ticket_for(broker).model_copy(update={"user": user, "password": SecretStr(password)})
    with pytest.raises(LinkLost, match=r"refused this user or password; .* get a new ticket"):
        async with channel_with(stranger):
            pass


@pytest.mark.parametrize("user", ["generator", "mock_generator", "api"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/api/users/eve", {"password": "eve", "tags": "administrator"}),
        ("PUT", "/api/permissions/%2F/generator", {"configure": ".*", "write": ".*", "read": ".*"}),
        ("PUT", "/api/policies/%2F/eve", {"pattern": ".*", "definition": {"max-length": 1}}),
        ("DELETE", f"/api/queues/%2F/{JOBS}", None),
        ("DELETE", f"/api/queues/%2F/{RESULTS}/contents", None),
        ("GET", "/api/overview", None),
        ("GET", f"/api/queues/%2F/{RESULTS}", None),
        ("GET", "/api/definitions", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_management_api_refuses_whoever_has_no_right_to_it(
    broker: BrokerProcess, user: str, method: str, path: str, body: dict[str, object] | None
) -> None:
    with httpx.Client(base_url=broker.management_url, auth=(user, broker.password(user)), timeout=60) as http:
        answer = http.request(method, path, json=body)
    assert answer.status_code in (401, 403)
    assert "not_authori" in answer.text


def test_the_tls_port_gives_no_answer_to_amqp_in_plain_text(broker: BrokerProcess) -> None:
    answer = b""
    with socket.create_connection(("127.0.0.1", broker.tls_port), timeout=60) as client:
        client.sendall(b"AMQP\x00\x00\x09\x01")
        with contextlib.suppress(ConnectionResetError):
            while data := client.recv(4096):
                answer += data
    assert answer[:1] in (b"", _TLS_ALERT)
    assert b"AMQP" not in answer


def test_only_our_users_have_an_account_and_only_people_see_the_management(broker: BrokerProcess) -> None:
    url, auth = f"{broker.management_url}/api/users", ("ops", broker.password("ops"))
    users = {user["name"]: user for user in httpx.get(url, auth=auth, timeout=60).raise_for_status().json()}
    assert "guest" not in users
    assert set(topology.PERMISSIONS) <= set(users)
    tags = {name: users[name]["tags"] for name in topology.PERMISSIONS if users[name]["tags"]}
    assert tags == {"console": ["monitoring"], "ops": ["administrator"]}


async def test_a_queues_length_is_read_without_any_permission(broker: BrokerProcess) -> None:
    """KEDA reads the length in this way. deploy/k8s/gpu/scaler.yaml gives its user no permission."""
    connection = await aio_pika.connect(broker.amqp_url("console"))
    async with connection, connection.channel() as channel:
        queue = await channel.declare_queue(JOBS, passive=True)
        assert queue.declaration_result.message_count == 0
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await queue.get()


def test_the_console_reads_figures_and_can_change_nothing(broker: BrokerProcess) -> None:
    auth = ("console", broker.password("console"))
    with httpx.Client(base_url=f"{broker.management_url}/api", auth=auth, timeout=60) as console:
        assert {queue["name"] for queue in console.get("/queues").json()} >= {FALLBACK, DEAD}
        assert console.delete(f"/queues/%2F/{DEAD}/contents").status_code in {401, 403}
        look = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
        assert console.post(f"/queues/%2F/{DEAD}/get", json=look).status_code in {401, 403}
        assert console.put("/users/mallory", json={"password": "x", "tags": ""}).status_code in {401, 403}
