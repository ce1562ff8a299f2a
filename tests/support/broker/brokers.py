"""A real RabbitMQ for tests: a container if a Docker engine answers, else a private child process.

Both can be stopped, killed and started again on the same ports with their data.
"""

import contextlib
import os
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import docker
import httpx
import pytest
from docker.errors import DockerException
from docker.utils import parse_host
from pydantic import SecretStr
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed
from testcontainers.core.container import DockerContainer

from homework_cli.broker.certificates import TLS_NAME, load_or_create_certificates
from homework_cli.broker.config import CONTAINER_TLS, CONTAINER_TLS_PORT, LIMITS, container_tls_lines
from homework_cli.broker.process import PrivateBroker, find_rabbitmq_server
from homework_shared.messaging import topology
from homework_shared.messaging.ticket import BrokerTicket
from tests.support.ports import reserve

IMAGE = "rabbitmq:4-management"
CONTAINER_DATA = "/var/lib/rabbitmq/mnesia"
NO_DOCKER = "no Docker engine answers"


USERS = tuple(topology.PERMISSIONS)


class BrokerProcess(Protocol):
    """The operations of a broker that tests may use."""

    def amqp_url(self, user: str) -> str: ...

    @property
    def tls_port(self) -> int: ...

    @property
    def ca(self) -> str: ...

    @property
    def management_url(self) -> str: ...

    @property
    def metrics_port(self) -> int: ...

    def password(self, user: str) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...

    def control(self, *arguments: str) -> None:
        """Run `rabbitmqctl`."""


class ContainerBroker:
    """RabbitMQ 4 in a container, its ports fixed so that a restart keeps them."""

    def __init__(self, folder: Path, data_megabytes: int | None = None) -> None:
        """`data_megabytes` puts its data on a separate disk of that size."""
        self._port, self._tls_port, self._management_port = free_port(), free_port(), free_port()
        self._metrics_port = free_port()
        certificates = load_or_create_certificates(folder)
        self._ca = certificates.ca.read_text()
        self._passwords = {user: f"{user}-secret" for user in USERS}
        self._created = False
        self._container = (
            DockerContainer(IMAGE, hostname="homework-broker")
            .with_bind_ports(5672, self._port)
            .with_bind_ports(CONTAINER_TLS_PORT, self._tls_port)
            .with_bind_ports(15672, self._management_port)
            .with_bind_ports(15692, self._metrics_port)
            .with_env("RABBITMQ_DEFAULT_USER", "root")
            .with_env("RABBITMQ_DEFAULT_PASS", "root-secret")
            .with_env("RABBITMQ_NODENAME", "rabbit@homework-broker")
            .with_copy_into_container(
                "\n".join([*container_tls_lines(), *LIMITS, ""]).encode(), "/etc/rabbitmq/conf.d/20-tls.conf"
            )
        )
        for file in (certificates.ca, certificates.certificate, certificates.key):
            self._container.with_copy_into_container(file, str(CONTAINER_TLS / file.name))
        if data_megabytes:
            user = docker.from_env().containers.run(IMAGE, ["rabbitmq"], entrypoint=["id", "-u"], remove=True)
            options = f"size={data_megabytes}m,mode=1777,uid={user.decode().strip()}"
            self._container.tmpfs[CONTAINER_DATA] = options

    def amqp_url(self, user: str) -> str:
        return f"amqp://{user}:{self._passwords[user]}@127.0.0.1:{self._port}/"

    @property
    def tls_port(self) -> int:
        return self._tls_port

    @property
    def ca(self) -> str:
        return self._ca

    @property
    def management_url(self) -> str:
        return f"http://127.0.0.1:{self._management_port}"

    @property
    def metrics_port(self) -> int:
        return self._metrics_port

    def password(self, user: str) -> str:
        return self._passwords[user]

    def start(self) -> None:
        if self._created:
            self._container.get_wrapped_container().start()
            self._wait()
        else:
            self._container.start()
            self._created = True
            self._wait()
            self._import()

    def stop(self) -> None:
        # Debian's start script hands no signal on, but it ends with its broker.
        self.execute("rabbitmqctl", "stop")
        self._container.get_wrapped_container().stop(timeout=20)

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def control(self, *arguments: str) -> None:
        code, output = self.execute("rabbitmqctl", *arguments)
        if code:
            raise RuntimeError(output)

    def execute(self, *command: str) -> tuple[int, str]:
        """Run a command in the container. Returns its exit code and its output."""
        code, output = self._container.get_wrapped_container().exec_run(list(command))
        assert isinstance(output, bytes)  # Neither a stream nor a socket was requested.
        return int(code or 0), output.decode()

    def remove(self) -> None:
        self._container.stop()

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                # This is the last listener that opens.
                path = f"/api/health/checks/port-listener/{CONTAINER_TLS_PORT}"
                answer = httpx.get(self.management_url + path, auth=("root", "root-secret"), timeout=10)
                if answer.status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError("RabbitMQ did not come up in 120 s")
            time.sleep(0.2)

    # Each step may be repeated, and on a busy machine a first one may take longer than its time.
    @retry(
        retry=retry_if_exception_type(httpx.HTTPError),
        stop=stop_after_delay(120),
        wait=wait_fixed(1),
        reraise=True,
    )
    def _import(self) -> None:
        with httpx.Client(base_url=self.management_url, auth=("root", "root-secret"), timeout=60) as client:
            client.post("/api/definitions", json=topology.definitions()).raise_for_status()
            for user, may in topology.PERMISSIONS.items():
                account = {"password": self._passwords[user], "tags": ",".join(may.tags)}
                client.put(f"/api/users/{user}", json=account).raise_for_status()
                rights = {"configure": may.configure, "write": may.write, "read": may.read}
                client.put(f"/api/permissions/%2F/{user}", json=rights).raise_for_status()


def ticket_for(broker: BrokerProcess, user: str = "generator", port: int | None = None) -> BrokerTicket:
    """A ticket in the format of `homework ticket`. `port` is the tunnel's port, if there is one."""
    return BrokerTicket(
        host="127.0.0.1",
        port=port or broker.tls_port,
        user=user,
        password=SecretStr(broker.password(user)),
        ca=broker.ca,
        tls_name=TLS_NAME,
    )


_PORTS = range(20_000, 26_000)
"""The ports below those that the kernel gives to outgoing connections, which could take one first, and below
those that `homework up` chooses."""


def free_port() -> int:
    """A random port on which nothing listens, and which no other test on this machine gets meanwhile."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            if reserve(port):
                return port


def docker_answers() -> bool:
    # Docker's client leaves its socket open if nothing listens, and tests treat that as an error.
    if not _is_listened_to(str(parse_host(os.environ.get("DOCKER_HOST")))):
        return False
    try:
        with contextlib.closing(docker.from_env(timeout=60)) as client:
            client.ping()
    except DockerException:
        return False
    return True


def _is_listened_to(address: str) -> bool:
    url = urlsplit(address)
    family = socket.AF_UNIX if url.scheme == "http+unix" else socket.AF_INET
    where = url.path if family is socket.AF_UNIX else (url.hostname, url.port)
    with socket.socket(family) as probe:
        probe.settimeout(5)
        return probe.connect_ex(where) == 0


def unavailable(what: str) -> None:
    """Skip the test on a developer's machine that lacks something, and fail it in CI."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def need_docker() -> None:
    """Skip a test that needs a container. If the gate has started an engine, a missing one is a failure."""
    if docker_answers():
        return
    if os.environ.get("HOMEWORK_CI_DOCKER"):
        pytest.fail("the Docker engine of this run does not answer any more")
    pytest.skip(NO_DOCKER)


def start_broker(folder: Path) -> Iterator[BrokerProcess]:
    """A running broker with our topology and users. It is removed when the generator ends."""
    if docker_answers():
        yield from start_container(folder)
    elif find_rabbitmq_server():
        yield from start_installed(folder)
    else:
        unavailable("no RabbitMQ: install rabbitmq-server or start Docker")


def start_container(folder: Path) -> Iterator[BrokerProcess]:
    """Start RabbitMQ 4 in a container."""
    need_docker()
    container = ContainerBroker(folder)
    container.start()
    try:
        yield container
    finally:
        container.remove()


def start_installed(folder: Path) -> Iterator[BrokerProcess]:
    """Start the RabbitMQ that this machine has: 3.10 on Debian 12."""
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")
    private = PrivateBroker(folder)
    private.start()
    try:
        yield private
    finally:
        private.stop()


def purge(broker: BrokerProcess) -> None:
    """Empty every queue, so that tests on one broker do not affect each other."""
    auth = ("ops", broker.password("ops"))
    with httpx.Client(base_url=broker.management_url, auth=auth, timeout=60) as client:
        for queue in topology.QUEUES:
            client.delete(f"/api/queues/%2F/{queue.name}/contents").raise_for_status()
