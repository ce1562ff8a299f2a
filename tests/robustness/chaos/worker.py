"""A stand-in for a GPU worker with the real worker loop. It can have a wrong clock and can repeat results.

GENERATE_SECONDS is the time for a homework, and CLOCK_OFFSET_SECONDS is the error of its clock. When the file
ECHO appears in CHAOS_FOLDER, it publishes its last results again, in the wrong order.
"""

import asyncio
import os
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.topology import JOBS, RESULT_DESTINATION
from homework_shared.messaging.transport import Broker, Destination, Envelope, Publisher
from homework_shared.observability.logs import LogFormat, configure
from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.process import run_until_signalled
from homework_shared.settings import LocalBrokerSettings
from homework_shared.worker import session as worker
from homework_shared.worker.heartbeat import WorkerSettings

ECHO = "echo"
REMEMBERED = 50
WORTH_REPEATING = 10
"""With fewer results than this, the order would hardly change."""


class EchoingPublisher:
    """A publisher that records what it publishes, and publishes it again when a trigger file requests it."""

    def __init__(self, inner: Publisher, asked: Path) -> None:
        self._inner = inner
        self._asked = asked
        self._sent: deque[Envelope] = deque(maxlen=REMEMBERED)
        self.publish_many, self.announce, self.watch = inner.publish_many, inner.announce, inner.watch

    async def publish(self, route: Destination, envelope: Envelope) -> None:
        await self._inner.publish(route, envelope)
        self._sent.append(envelope)
        if len(self._sent) >= WORTH_REPEATING and self._is_asked():
            again = [(RESULT_DESTINATION, each) for each in reversed(self._sent)]
            await self._inner.publish_many(again + random.sample(again, len(again)))

    def _is_asked(self) -> bool:
        try:
            self._asked.unlink()
        except FileNotFoundError:
            return False
        return True


@dataclass
class EchoingBroker:
    """A broker whose publishers repeat messages on request."""

    inner: RabbitBroker
    asked: Path

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator[Publisher]:
        async with self.inner.publisher() as publisher:
            yield EchoingPublisher(publisher, self.asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def main() -> None:
    configure("gpu_like", LogFormat.JSON, "INFO")
    offset = timedelta(seconds=float(os.environ.get("CLOCK_OFFSET_SECONDS", "0")))
    seconds = float(os.environ["GENERATE_SECONDS"])
    writer, settings = MockGenerator(Content.load()), LocalBrokerSettings()
    worker_id = f"gpu-like-{os.getpid()}"
    broker = EchoingBroker(RabbitBroker(settings, worker_id), Path(os.environ["CHAOS_FOLDER"]) / ECHO)

    async def generate(job: GenerateHomework) -> worker.Draft:
        await asyncio.sleep(seconds * random.uniform(0.5, 1.5))
        return worker.Draft(writer.write(job), completion_tokens=100)

    async def serve(stop: asyncio.Event) -> None:
        shift = WorkerSettings(
            queue=JOBS, kind=GeneratorKind.VLLM, worker_id=worker_id, model="gpu-like", version="0",
            prefetch=20, drain_seconds=2, backoff=settings.backoff,
        )  # fmt: skip
        await worker.run_worker(cast("Broker", broker), shift, generate, stop)

    with patch.object(worker, "utc_now", lambda: utc_now() + offset):
        run_until_signalled(serve)


if __name__ == "__main__":
    main()
