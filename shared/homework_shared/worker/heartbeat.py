"""Who a worker is, and how it announces that it is there."""

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
    """`last_resort` is for the generator behind which there is no other. It ignores deadlines, because they
    have passed when it gets a job, and it reports a job that it cannot do as failed. `engine` is the program
    that runs the model, and `server` the URL at which the worker reaches it; no status says more of the URL
    than its scheme, host and port."""

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
    """Announce a status, with the tokens per second since the last one, again and again. Raises LinkLost."""
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
