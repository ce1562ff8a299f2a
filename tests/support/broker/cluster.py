"""A RabbitMQ cluster of three nodes in containers, with our topology and users."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import docker
import httpx
from docker.models.containers import Container
from docker.models.networks import Network

from homework_shared.messaging import topology
from tests.support.broker.brokers import IMAGE, USERS, free_port

NODES = ("rabbit-1", "rabbit-2", "rabbit-3")
CONFIG = "\n".join([
    "cluster_formation.peer_discovery_backend = classic_config",
    *(f"cluster_formation.classic_config.nodes.{n} = rabbit@{name}" for n, name in enumerate(NODES, 1)),
    "cluster_partition_handling = pause_minority",
    "loopback_users = none",
    "",
])  # fmt: skip
CONFIG_FILE = "/etc/rabbitmq/conf.d/20-cluster.conf"
_START_SECONDS = 120


class Node:
    def __init__(self, name: str, network: Network, label: str) -> None:
        self.name = name
        self.port, self.management_port = free_port(), free_port()
        self._container: Container = docker.from_env().containers.create(
            IMAGE,
            name=f"{label}-{name}",
            hostname=name,
            ports={"5672/tcp": ("127.0.0.1", self.port), "15672/tcp": ("127.0.0.1", self.management_port)},
            environment={
                "RABBITMQ_DEFAULT_USER": "root",
                "RABBITMQ_DEFAULT_PASS": "root-secret",
                "RABBITMQ_NODENAME": f"rabbit@{name}",
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-setcookie {label}",
                "CLUSTER_CONFIG": CONFIG,
            },
            entrypoint=["sh", "-c", f'echo "$CLUSTER_CONFIG" > {CONFIG_FILE}; exec rabbitmq-server'],
        )
        network.connect(self._container, aliases=[name])

    def start(self) -> None:
        self._container.start()

    def kill(self) -> None:
        self._container.kill()

    def remove(self) -> None:
        self._container.remove(force=True, v=True)

    def http(self) -> httpx.Client:
        url = f"http://127.0.0.1:{self.management_port}"
        return httpx.Client(base_url=url, auth=("root", "root-secret"), timeout=60)


class Cluster:
    """A cluster whose clients get all three addresses."""

    def __init__(self, network: Network, label: str) -> None:
        self.nodes = {name: Node(name, network, label) for name in NODES}

    def amqp_url(self, user: str) -> str:
        return ",".join(f"amqp://{user}:{user}-secret@127.0.0.1:{node.port}/" for node in self.nodes.values())

    def start(self) -> None:
        for node in self.nodes.values():
            node.start()
        self.until(lambda: self.running() == set(NODES))
        with self._any().http() as http:
            for user, may in topology.PERMISSIONS.items():
                account = {"password": f"{user}-secret", "tags": ",".join(may.tags)}
                http.put(f"/api/users/{user}", json=account).raise_for_status()
                rights = {"configure": may.configure, "write": may.write, "read": may.read}
                http.put(f"/api/permissions/%2F/{user}", json=rights).raise_for_status()
            http.post("/api/definitions", json=topology.definitions()).raise_for_status()
        assert set(USERS) == set(topology.PERMISSIONS)

    def running(self) -> set[str]:
        with self._any().http() as http:
            nodes = http.get("/api/nodes").raise_for_status().json()
        return {node["name"].removeprefix("rabbit@") for node in nodes if node["running"]}

    def leader(self, queue: str) -> Node:
        return self.nodes[str(self._queue(queue)["leader"]).removeprefix("rabbit@")]

    def node_of(self, connection: str) -> Node:
        """The node to which the connection with this name leads."""
        with self._any().http() as http:
            found = http.get("/api/connections").raise_for_status().json()
        [node] = {each["node"] for each in found if connection == each.get("user_provided_name")}
        return self.nodes[node.removeprefix("rabbit@")]

    def online_members(self, queue: str) -> set[str]:
        online = self._queue(queue)["online"]
        assert isinstance(online, list)
        return {str(name).removeprefix("rabbit@") for name in online}

    def until(self, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                if met():
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, f"not within {_START_SECONDS} s"
            time.sleep(0.5)

    def _queue(self, name: str) -> dict[str, object]:
        with self._any().http() as http:
            found: dict[str, object] = http.get(f"/api/queues/%2F/{name}").raise_for_status().json()
        return found

    def _any(self) -> Node:
        """A node that answers."""
        for node in self.nodes.values():
            try:
                with node.http() as http:
                    if http.get("/api/overview").is_success:
                        return node
            except httpx.HTTPError:
                continue
        raise httpx.ConnectError("no node answers")


@contextmanager
def three_nodes() -> Iterator[Cluster]:
    label = f"homework-cluster-{uuid4().hex[:6]}"
    network = docker.from_env().networks.create(label)
    cluster = Cluster(network, label)
    try:
        cluster.start()
        yield cluster
    finally:
        for node in cluster.nodes.values():
            node.remove()
        network.remove()
