"""How each peer is started: its workers, its client, and what else it needs."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from bench.pipeline.peers import http
from bench.pipeline.running import ROOT, Process, until_listening
from bench.pipeline.store import open_store
from tests.support.broker.brokers import BrokerProcess, free_port, purge

OURS = sys.executable
THEIRS = str(ROOT / ".venv-bench/bin/python")


@dataclass(frozen=True)
class Peer:
    module: str
    python: str = THEIRS
    user: str = "ops"
    """A user of the broker. `ops` may declare queues of its own."""
    needs_redis: bool = False
    queues: tuple[str, ...] = ()
    """Quorum queues that both its client and its worker declare. They are declared in advance, because
    RabbitMQ may close one of two simultaneous declarations.
    """
    api: str = "homework_api.main"
    """The module that runs our API."""


PEERS: Mapping[str, Peer] = {
    "homework": Peer("homework", OURS, "generator"),
    "queue alone": Peer("homework", OURS, "generator", api="bench.pipeline.unchecked"),
    "floor": Peer("floor", OURS, queues=("floor.jobs", "floor.results")),
    "celery": Peer("celery_peer"),
    "dramatiq": Peer("dramatiq_peer", needs_redis=True),
    "taskiq": Peer("taskiq_peer", needs_redis=True),
    "faststream": Peer("faststream_peer", queues=("faststream.jobs", "faststream.results")),
    "llmq": Peer("llmq_peer"),
    "http": Peer("http", OURS),
}


@dataclass(frozen=True)
class Running:
    client: Process
    others: list[Process]
    api_url: str = ""
    """The URL of our API."""

    @property
    def all(self) -> list[Process]:
        return [self.client, *self.others]


@contextmanager
def running(
    name: str,
    broker: BrokerProcess,
    folder: Path,
    *,
    workers: int = 1,
    roles: str = "serve",
    database_url: str | None = None,
) -> Iterator[Running]:
    """A started peer. `roles` and `database_url` are for our API, which runs one process for each word of
    `roles`. The first of them serves HTTP. Without a URL the database in `folder` is used, or an empty one.
    """
    peer = PEERS[name]
    purge(broker)  # An earlier peer may have left messages.
    _declare(peer, broker)
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"AMQP_URL": broker.amqp_url(peer.user), "BENCH_FOLDER": str(folder)}
    url = database_url or f"sqlite:///{folder / 'homework.db'}"
    with ExitStack() as stack:
        others: list[Process] = []
        if peer.needs_redis:
            others.append(stack.enter_context(_redis(folder, environment)))
        if peer.module == "homework":
            others += [
                stack.enter_context(_api(peer.api, role, url, broker, folder, environment))
                for role in roles.split()
            ]
        else:
            # The file is made first, because two processes that open it at once would both try to make it.
            open_store(folder / "results.db").close()
        command = [peer.python, "-m", f"bench.pipeline.peers.{peer.module}"]
        for number in range(workers):
            log = folder / f"worker-{number}.log"
            others.append(stack.enter_context(_process([*command, "worker"], environment, log)))
        if name == "http":
            until_listening(http.PORT)
        client = stack.enter_context(
            _process([*command, "client"], environment, folder / "client.log", talks=True)
        )
        client.told()
        yield Running(client, others, environment.get("API_URL", ""))


def _declare(peer: Peer, broker: BrokerProcess) -> None:
    quorum = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
    auth = (peer.user, broker.password(peer.user))
    with httpx.Client(base_url=broker.management_url, auth=auth, timeout=60) as client:
        for name in peer.queues:
            client.put(f"/api/queues/%2F/{name}", json=quorum).raise_for_status()


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], log: Path, *, talks: bool = False
) -> Iterator[Process]:
    process = Process(command, environment, log, talks=talks)
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def _redis(folder: Path, environment: dict[str, str]) -> Iterator[Process]:
    port, program = free_port(), shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("Dramatiq and taskiq keep results in Redis: install redis-server")
    environment["REDIS_URL"] = f"redis://127.0.0.1:{port}"
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    with _process([*command, *durable], {}, folder / "redis.log") as process:
        until_listening(port)
        yield process


@contextmanager
def _api(
    module: str, role: str, url: str, broker: BrokerProcess, folder: Path, environment: dict[str, str]
) -> Iterator[Process]:
    port = free_port()
    settings = {
        "AMQP_URL": broker.amqp_url("api"),
        "DATABASE_URL": url,
        "API_PORT": str(port),
        "API_RATE_LIMIT": "1000000/minute",
        "LOG_LEVEL": "WARNING",
    }
    with _process([OURS, "-m", module, role], settings, folder / "api.log") as process:
        if role in ("serve", "http"):
            environment |= {
                "API_URL": f"http://127.0.0.1:{port}",
                "DATABASE_URL": url,
                "LOG_LEVEL": "WARNING",
            }
            until_listening(port)
        yield process
