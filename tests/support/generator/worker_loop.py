"""A worker on the in-memory broker whose generator is a function of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from homework_shared.exercises.exercise import Translation
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind
from homework_shared.messaging.topology import FALLBACK, JOBS
from homework_shared.messaging.transport import Envelope
from homework_shared.runtime.retry import Backoff
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.session import Draft, Generate, run_worker
from homework_shared.worker.stats import WorkerStats
from tests.support.broker.memory_broker import MemoryBroker

GPU = WorkerSettings(
    queue=JOBS,
    kind=GeneratorKind.VLLM,
    worker_id="gpu-1",
    model="marco",
    version="1",
    prefetch=10,
    drain_seconds=0.3,
    backoff=Backoff(0.01, 0.02),
)
MOCK = replace(GPU, queue=FALLBACK, kind=GeneratorKind.MOCK, worker_id="mock-1", last_resort=True)
EXERCISE = Translation(question="Translate: Hello.", correct_answer="Ciao.", explanation="It is a greeting.")


@asynccontextmanager
async def working(
    broker: MemoryBroker, settings: WorkerSettings, generate: Generate, stats: WorkerStats | None = None
) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(broker, settings, generate, stop, stats))
    try:
        yield stop
    finally:
        stop.set()
        await worker


def ready(broker: MemoryBroker, queue: str) -> list[Envelope]:
    return [stored.envelope for stored in broker.queues[queue].ready]


def settled(broker: MemoryBroker, queue: str) -> bool:
    return not broker.queues[queue].ready and not broker.queues[queue].unsettled


async def write(_: GenerateHomework) -> Draft:
    return Draft((EXERCISE,), prompt_tokens=3, completion_tokens=5)
