"""The whole service in a separate thread and on a real socket, for clients that block.

API, relay and results consumer run on SQLite and the in-memory broker. The real mock serves both queues.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import structlog
from pydantic import SecretStr

from homework_api.database.engine import Database
from homework_api.http.app import create_app
from homework_api.http.policy import HttpPolicy
from homework_api.services.api_keys import ApiKeys
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import FALLBACK, FALLBACK_DESTINATION, STATUS_DESTINATION
from homework_shared.messaging.transport import Envelope
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.server import listening
from tests.support.broker.clients import reject, send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.generator.mock import generator_like
from tests.support.routes import share_routes
from tests.support.waiting import eventually


@dataclass
class Live:
    """The address of the service, and what a test may do to it from its own thread."""

    url: str
    broker: MemoryBroker
    loop: asyncio.AbstractEventLoop

    def bury(self, *messages: Envelope) -> None:
        """Reject these messages on the mock generator's queue, so that they become dead letters."""
        asyncio.run_coroutine_threadsafe(self._bury(messages), self.loop).result(60)

    def announce(self, status: Envelope) -> None:
        """Announce a generator that does not exist."""
        asyncio.run_coroutine_threadsafe(self._announce(status), self.loop).result(60)

    async def _announce(self, status: Envelope) -> None:
        async with self.broker.publisher() as publisher:
            await publisher.announce(STATUS_DESTINATION, status)

    async def _bury(self, messages: tuple[Envelope, ...]) -> None:
        for message in messages:
            await send(self.broker, FALLBACK_DESTINATION, message)
            await reject(self.broker, FALLBACK)


@contextmanager
def live_service(
    database_url: str, *generators: GeneratorKind, admin_key: SecretStr | None = None
) -> Iterator[Live]:
    """Run the service with one generator of each given kind. A `vllm` one writes at once, and the mock at the
    deadline.
    """
    started: list[Live] = []
    # Logs would go to the same stdout as the output of the tested commands.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    ready, stop = threading.Event(), threading.Event()
    serving = _serve(database_url, generators, started, ready, stop, admin_key)
    thread = threading.Thread(target=asyncio.run, args=(serving,), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield started[0]
    finally:
        stop.set()
        thread.join(60)
        structlog.reset_defaults()


async def _serve(
    database_url: str,
    generators: tuple[GeneratorKind, ...],
    started: list[Live],
    ready: threading.Event,
    stop: threading.Event,
    admin_key: SecretStr | None,
) -> None:
    database, broker, ending = Database(database_url), MemoryBroker(), asyncio.Event()
    parts = Pipeline(database, lambda _user: broker)
    services = replace(parts.services, api_keys=ApiKeys(database, now, admin_key))
    app = create_app(services, HttpPolicy(), ending)
    share_routes(app)
    roles = [parts.presence.run, parts.relay.run, parts.results.run, parts.net.run]
    writing = [generator_like(kind, broker) for kind in generators]
    async with running(*roles, *writing), listening(app, ending) as url:
        await eventually(lambda: parts.presence.problem is None)  # From now on announcements are heard.
        started.append(Live(url, broker, asyncio.get_running_loop()))
        ready.set()
        await asyncio.to_thread(stop.wait)
    await database.close()
