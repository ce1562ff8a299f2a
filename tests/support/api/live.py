"""The whole service in a thread of its own, on a real socket, for clients that block: API, relay and
results over SQLite and the in-memory broker. Its generators are the real mock, on either queue."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import structlog
import uvicorn
from pydantic import SecretStr

from homework_api.database.engine import Database
from homework_api.http.app import create_app
from homework_api.http.policy import HttpPolicy
from homework_api.services.api_keys import ApiKeys
from homework_mock_generator.__main__ import worker_settings, writing_with
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_mock_generator.settings import MockSettings
from homework_shared.errors import Verdict
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import FALLBACK, FALLBACK_DESTINATION, JOBS
from homework_shared.messaging.transport import Envelope
from homework_shared.runtime.http_server import EmbeddedServer
from homework_shared.worker.session import run_worker
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.broker.memory_broker import MemoryBroker


@dataclass
class Live:
    """Where it listens, and what tests may do to it from their own thread."""

    url: str
    broker: MemoryBroker
    loop: asyncio.AbstractEventLoop

    def bury(self, *messages: Envelope) -> None:
        """Have the mock generator's queue reject these messages."""
        asyncio.run_coroutine_threadsafe(self._bury(messages), self.loop).result(10)

    async def _bury(self, messages: tuple[Envelope, ...]) -> None:
        async with self.broker.publisher() as publisher, self.broker.consumer(FALLBACK, 1) as consumer:
            for message in messages:
                await publisher.publish(FALLBACK_DESTINATION, message)
                [delivery] = await consumer.take(1)
                await delivery.settle(Verdict.REJECT)


@contextmanager
def live_service(
    database_url: str, *generators: GeneratorKind, admin_key: SecretStr | None = None
) -> Iterator[Live]:
    """With a generator for each kind; a `vllm` one answers at once, the mock at the deadline."""
    started: list[Live] = []
    # Commands print to the stdout that logs would be found in.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    ready, stop = threading.Event(), threading.Event()
    serving = _serve(database_url, generators, started, ready, stop, admin_key)
    thread = threading.Thread(target=asyncio.run, args=(serving,), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield started[0]
    finally:
        stop.set()
        thread.join(20)
        structlog.reset_defaults()


async def _serve(
    url: str,
    generators: tuple[GeneratorKind, ...],
    started: list[Live],
    ready: threading.Event,
    stop: threading.Event,
    admin_key: SecretStr | None,
) -> None:
    database, broker, ending = Database(url), MemoryBroker(), asyncio.Event()
    parts = Pipeline(database, lambda _user: broker)
    services = replace(parts.services, api_keys=ApiKeys(database, now, admin_key))
    app = create_app(services, HttpPolicy(), ending)
    server = EmbeddedServer(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    roles = [parts.presence.run, parts.relay.run, parts.results.run, parts.net.run]
    async with running(*roles, *(_working(broker, kind) for kind in generators)):
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        started.append(Live(f"http://127.0.0.1:{port}", broker, asyncio.get_running_loop()))
        ready.set()
        await asyncio.to_thread(stop.wait)
        ending.set()
        server.should_exit = True
        await serving
    await database.close()


def _working(broker: MemoryBroker, kind: GeneratorKind) -> Callable[[asyncio.Event], Any]:
    settings = replace(worker_settings(MockSettings()), kind=kind)
    if kind is GeneratorKind.VLLM:
        settings = replace(settings, queue=JOBS, last_resort=False, worker_id="gpu")
    write = writing_with(MockGenerator(Content.load()))
    return lambda stop: run_worker(broker, settings, write, stop)
