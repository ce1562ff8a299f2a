"""Which broker `homework up` uses: a given one, a private child, or a container."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import httpx
from yarl import URL

from homework_cli.broker.certificates import CertificateRenewer, ca_file
from homework_cli.broker.config import (
    CONTAINER_TLS_PORT,
    READ_CERTIFICATES_AGAIN,
    write_container_certificates,
    write_container_configuration,
)
from homework_cli.broker.definitions import load_or_create_passwords
from homework_cli.broker.disk import disk_free_limit, has_room
from homework_cli.broker.ports import load_or_create_ports
from homework_cli.broker.process import BrokerDidNotStart, PrivateBroker, find_rabbitmq_server
from homework_cli.broker.queue_watch import QueueWatch
from homework_cli.broker.topology import ApplyFailed, apply_policies, apply_topology, default_management_url
from homework_shared.errors import TopologyMismatch
from homework_shared.messaging.address import urls_in
from homework_shared.runtime.clock import Clock, utc_now

_COMPOSE_SECONDS = 300
_START_SECONDS = 180.0
_COMPOSE_FILE = Path(__file__).with_name("compose.yml")
NO_BROKER = "no RabbitMQ here: install rabbitmq-server, start Docker, or set AMQP_URL to a broker you have"


@dataclass(frozen=True)
class Management:
    """Where RabbitMQ's management API listens, and a user who may read its figures."""

    url: str
    user: str
    password: str


class StackBroker(Protocol):
    """A broker that the stack starts and stops."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def amqp_url(self, user: str) -> str: ...

    @property
    def tls_port(self) -> int | None:
        """The port that a tunnel leads to; None for a broker that has no certificate of ours."""

    @property
    def ca(self) -> str | None:
        """The CA certificate (PEM) with which a client verifies the started broker over TLS."""

    @property
    def management(self) -> Management:
        """RabbitMQ's management API, and a user who may read its figures."""

    @property
    def metrics_port(self) -> int | None:
        """The port of its metrics on this machine; None for a broker that is not ours."""

    def describe(self) -> str:
        """One line about the broker for the user."""

    def revive(self) -> str | None:
        """Restart our broker if it has died, and renew its certificate in time. Returns what was done."""


class ExternalBroker:
    """A broker that is already running, at AMQP_URL. All services use the user of that URL, and get all its
    nodes. Figures are read from the node that answered at the start.
    """

    def __init__(self, url: str, management_url: str | None = None) -> None:
        self._url = url
        self._node = urls_in(url)[0]
        self._given_management_url = management_url
        self._queues = QueueWatch(lambda: url)
        self._told: str | None = None

    def start(self) -> None:
        """Declare the topology. If the user may not configure the broker, the topology has to exist."""
        try:
            self._apply()
        except ApplyFailed as error:
            print(f"homework: {error}")

    def _apply(self) -> None:
        report = asyncio.run(apply_topology(self._url))
        self._node = report.node
        if report.differences:
            raise BrokerDidNotStart("\n".join(report.differences))
        apply_policies(self._management_url, self._node)

    @property
    def _management_url(self) -> str:
        return self._given_management_url or default_management_url(self._node)

    def stop(self) -> None:
        """Does nothing, because another program runs this broker."""

    def amqp_url(self, user: str) -> str:
        return self._url

    @property
    def tls_port(self) -> None:
        return None

    @property
    def ca(self) -> None:
        return None

    @property
    def management(self) -> Management:
        url = URL(self._node)
        return Management(self._management_url, url.user or "guest", url.password or "guest")

    @property
    def metrics_port(self) -> None:
        return None

    def describe(self) -> str:
        return f"RabbitMQ at {URL(self._node).host} (given by AMQP_URL)"

    def revive(self) -> str | None:
        """Declare the topology again if the broker has restarted without it, as far as the user may."""
        problem = self._queues.problem_when_due()
        if not isinstance(problem, TopologyMismatch):
            return None
        try:
            self._apply()
        except (ApplyFailed, BrokerDidNotStart) as error:
            return self._once(f"{problem}. It could not be done here: {error}")
        self._told = None
        return "the broker had lost its queues: exchanges, queues and limits were declared again"

    def _once(self, news: str) -> str | None:
        if news == self._told:
            return None
        self._told = news
        return news


class ChildBroker(PrivateBroker):
    """The private RabbitMQ that a stack starts, revives and describes."""

    def __init__(self, folder: Path, now: Clock = utc_now) -> None:
        super().__init__(folder, now)
        self._queues = QueueWatch(lambda: self.amqp_url("api"))
        self._waits_for_room = False

    @property
    def management(self) -> Management:
        return Management(self.management_url, "console", self.password("console"))

    def describe(self) -> str:
        return f"{self.management_url}  (user ops; its password is in {self.credentials})"

    def revive(self) -> str | None:
        if self.running and not self._queues.are_down():
            return self.renew_certificates()
        if not has_room(self.folder):
            return self._wait_for_room()
        what = "RabbitMQ accepted no messages any more" if self.running else "RabbitMQ had died"
        self._waits_for_room = False
        self.stop()
        self._queues.restarted()
        try:
            self.start()
        except BrokerDidNotStart as error:
            return f"{what} and does not start again; work waits in the database: {error}"
        return f"{what} and was started again"

    def _wait_for_room(self) -> str | None:
        if self._waits_for_room:
            return None
        self._waits_for_room = True
        return (
            f"RabbitMQ is down because the disk of {self.folder} is full. Work waits in the database: free "
            f"{disk_free_limit(self.folder) / 1e6:.0f} MB there, and RabbitMQ is started again"
        )


class ComposeBroker:
    """RabbitMQ 4 from compose.yml beside this module. A named volume holds its data."""

    def __init__(self, folder: Path, project: str = "homework-broker", now: Clock = utc_now) -> None:
        self._project = project
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._credentials = self._folder / "credentials.json"
        self._passwords = load_or_create_passwords(self._credentials)
        self._ports = load_or_create_ports(
            self._folder / "ports.json", ("amqp", "amqps", "management", "prometheus")
        )
        self._renewer = CertificateRenewer(self._folder, now)
        self._queues = QueueWatch(lambda: self.amqp_url("api"))

    def start(self) -> None:
        """Start and wait until it listens. Raises BrokerDidNotStart."""
        # `homework ticket rotate` may have changed one since the last start.
        self._passwords = load_or_create_passwords(self._credentials)
        write_container_configuration(self._folder, self._passwords, self._renewer.look())
        self._compose("up", "--detach")
        deadline = time.monotonic() + _START_SECONDS
        while not self._listens():
            if time.monotonic() > deadline:
                raise BrokerDidNotStart("RabbitMQ did not start; see `docker compose logs broker`")
            time.sleep(0.3)

    def stop(self, *, with_data: bool = False) -> None:
        # If the data is deleted too, the broker does not need an orderly stop.
        self._compose("down", *(["--volumes", "--timeout", "0"] if with_data else []))

    def amqp_url(self, user: str) -> str:
        return f"amqp://{user}:{quote(self._passwords[user], safe='')}@127.0.0.1:{self._ports['amqp']}/"

    @property
    def tls_port(self) -> int:
        return self._ports["amqps"]

    @property
    def ca(self) -> str:
        return ca_file(self._folder).read_text()

    @property
    def management(self) -> Management:
        return Management(self._management, "console", self._passwords["console"])

    @property
    def metrics_port(self) -> int:
        return self._ports["prometheus"]

    def describe(self) -> str:
        return f"{self._management}  (user ops; its password is in {self._credentials})"

    def revive(self) -> str | None:
        """Docker restarts a container that ends. Here it is restarted when its queues are down, and its
        certificates are renewed in time."""
        if self._queues.are_down():
            self._queues.restarted()
            try:
                self._compose("restart", "broker")
            except (BrokerDidNotStart, subprocess.SubprocessError) as error:
                return f"RabbitMQ's queues accept no messages any more and it cannot be restarted: {error}"
            return (
                "RabbitMQ's queues accepted no messages any more, and it was restarted: check Docker's disk"
            )
        if renewed := self._renewer.look_when_due():
            write_container_certificates(renewed)
            with contextlib.suppress(BrokerDidNotStart, subprocess.SubprocessError):
                self._compose("exec", "-T", "broker", "rabbitmqctl", *READ_CERTIFICATES_AGAIN)
        return self._renewer.news()

    @property
    def _management(self) -> str:
        return f"http://127.0.0.1:{self._ports['management']}"

    def _listens(self) -> bool:
        # The TLS listener is the last one that RabbitMQ opens.
        url = f"{self._management}/api/health/checks/port-listener/{CONTAINER_TLS_PORT}"
        try:
            return httpx.get(url, auth=("ops", self._passwords["ops"]), timeout=2).is_success
        except httpx.HTTPError:
            return False

    def _compose(self, *arguments: str) -> None:
        environment = os.environ | {
            "BROKER_FOLDER": str(self._folder),
            "BROKER_PORT": str(self._ports["amqp"]),
            "BROKER_TLS_PORT": str(self._ports["amqps"]),
            "BROKER_MANAGEMENT_PORT": str(self._ports["management"]),
            "BROKER_PROMETHEUS_PORT": str(self._ports["prometheus"]),
        }
        command = ["docker", "compose", "-p", self._project, "-f", str(_COMPOSE_FILE), *arguments]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_COMPOSE_SECONDS, check=False
        )
        if done.returncode:
            raise BrokerDidNotStart(f"`docker compose {arguments[0]}` failed:\n{done.stderr[-1000:]}")


def choose_broker(folder: Path) -> StackBroker:
    """The one at AMQP_URL, else a private child, else a container. Raises BrokerDidNotStart without any."""
    if url := os.environ.get("AMQP_URL"):
        return ExternalBroker(url, os.environ.get("RABBITMQ_MANAGEMENT_URL"))
    if find_rabbitmq_server():
        return ChildBroker(folder)
    if docker_answers():
        return ComposeBroker(folder)
    raise BrokerDidNotStart(NO_BROKER)


def docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    command = ["docker", "compose", "ls"]
    return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
