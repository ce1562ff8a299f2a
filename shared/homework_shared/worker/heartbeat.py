"""A worker's settings, and the status that it announces every few seconds."""

import asyncio
from dataclasses import dataclass, field

from homework_shared.exercises.messages import MAX_FAULTS, FaultCount, GeneratorKind, GeneratorStatus
from homework_shared.messaging.topology import STATUS_DESTINATION
from homework_shared.messaging.transport import Publisher, envelop
from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.retry import Backoff
from homework_shared.worker.stats import WorkerStats


@dataclass(frozen=True)
class WorkerSettings:
    """The settings of a worker.

    `last_resort` is for the generator that has no other behind it, the mock generator. It ignores deadlines,
    which have passed when it gets a job, and it reports a job that it cannot do as failed. `engine` is the
    program that runs the model, and `server` is the URL at which the worker reaches it; a status contains
    only the scheme, host and port of that URL.
    """

    queue: str
    kind: GeneratorKind
    worker_id: str
    model: str
    version: str
    prefetch: int
    last_resort: bool = False
    engine: str | None = None
    server: str | None = None
    gpu: str | None = None
    gpu_memory_gb: float | None = None
    status_seconds: float = 5.0
    drain_seconds: float = 20.0
    backoff: Backoff = field(default_factory=Backoff)


async def announce_for_ever(publisher: Publisher, settings: WorkerSettings, stats: WorkerStats) -> None:
    """Publish a status again and again, each with the tokens per second since the last
    one. Raises LinkLost.
    """
    tokens = stats.tokens
    while True:
        rate = (stats.tokens - tokens) / settings.status_seconds
        tokens = stats.tokens
        status = _status(settings, stats, rate)
        await publisher.announce(STATUS_DESTINATION, envelop(status, status.worker_id))
        await asyncio.sleep(settings.status_seconds)


def _status(settings: WorkerSettings, stats: WorkerStats, tokens_per_second: float) -> GeneratorStatus:
    outcomes = stats.outcomes
    return GeneratorStatus(
        worker_id=settings.worker_id,
        kind=settings.kind,
        model=settings.model,
        engine=settings.engine,
        server=settings.server,
        gpu=settings.gpu,
        gpu_memory_gb=settings.gpu_memory_gb,
        in_flight=stats.in_flight,
        done=stats.done,
        tokens_per_second=tokens_per_second,
        version=settings.version,
        started_at=stats.started_at,
        sent_at=utc_now(),
        tries=outcomes.total(),
        usable=outcomes.usable,
        faults=tuple(FaultCount(name=name, count=count) for name, count in outcomes.faults(MAX_FAULTS)),
    )
