"""How each peer is started: its workers, whatever else it needs, and its client."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.pipeline.peers import http
from bench.pipeline.running import ROOT, Process, until_listening
from tests.support.brokers import BrokerProcess, free_port

OURS = sys.executable
THEIRS = str(ROOT / ".venv-bench/bin/python")


@dataclass(frozen=True)
class Peer:
    module: str
    python: str = THEIRS
    user: str = "ops"
    """Of the broker; `ops` may declare queues of its own."""
    needs_redis: bool = False


PEERS: Mapping[str, Peer] = {
    "homework": Peer("homework", OURS, "generator"),
    "floor": Peer("floor", OURS),
    "celery": Peer("celery_peer"),
    "dramatiq": Peer("dramatiq_peer", needs_redis=True),
    "taskiq": Peer("taskiq_peer", needs_redis=True),
    "faststream": Peer("faststream_peer"),
    "llmq": Peer("llmq_peer"),
    "http": Peer("http", OURS),
}


@dataclass(frozen=True)
class Running:
    client: Process
    others: list[Process]

    @property
    def all(self) -> list[Process]:
        return [self.client, *self.others]


@contextmanager
def running(
    name: str, broker: BrokerProcess, folder: Path, workers: int = 1, **more: str
) -> Iterator[Running]:
    """The peer with an empty store. `more`: environment of our API."""
    peer = PEERS[name]
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"AMQP_URL": broker.amqp_url(peer.user), "BENCH_FOLDER": str(folder)}
    with ExitStack() as stack:
        others: list[Process] = []
        if peer.needs_redis:
            others.append(stack.enter_context(_redis(folder, environment)))
        if name == "homework":
            others.append(stack.enter_context(_api(broker, folder, environment, more)))
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
        yield Running(client, others)


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
    broker: BrokerProcess, folder: Path, environment: dict[str, str], more: Mapping[str, str]
) -> Iterator[Process]:
    port, file = free_port(), folder / "homework.db"
    environment |= {"API_URL": f"http://127.0.0.1:{port}", "API_DATABASE": str(file), "LOG_LEVEL": "WARNING"}
    settings = {
        "AMQP_URL": broker.amqp_url("api"),
        "DATABASE_URL": f"sqlite:///{file}",
        "API_PORT": str(port),
        "API_RATE_LIMIT": "1000000/minute",
        "LOG_LEVEL": "WARNING",
    }
    command = [OURS, "-m", "homework_api.main", "serve"]
    with _process(command, {**settings, **more}, folder / "api.log") as process:
        until_listening(port)
        yield process
