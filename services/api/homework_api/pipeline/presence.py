"""Who is there: generators that announced themselves lately, and whether the broker takes messages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from homework_api.pipeline import metrics
from homework_shared.errors import BrokerClaimed, LinkLost, MalformedMessage, PublishRefused, QueuesDown
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus, decode
from homework_shared.messaging.transport import Broker, Monitor, Prober, QueueDepth
from homework_shared.runtime.clock import Clock
from homework_shared.runtime.retry import RECOVERABLE, Backoff, keep_running, until

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ONLINE_FOR = timedelta(seconds=15)
"""Three announcements missed."""
REMEMBERED = 100
DEPTHS_SECONDS = 1.0
PROBE_SECONDS = 5.0


@dataclass(frozen=True)
class SeenGenerator:
    status: GeneratorStatus
    last_seen: datetime


class Probe(Protocol):
    async def broker_problem(self) -> str | None:
        """Why the broker cannot be used and what to do about it, or None. Must answer at once."""

    def broker_answers(self) -> bool:
        """Whether there is a link to the broker. Its queues may be down all the same."""

    async def queue_depths(self) -> Mapping[str, QueueDepth] | None:
        """Depths by queue, None while they are not known."""

    def is_shut_out(self) -> bool:
        """Whether another installation uses this vhost of the broker."""

    def generators(self) -> Sequence[SeenGenerator]:
        """Those heard of lately."""

    def gpu_online(self) -> bool: ...


class GeneratorPresence:
    """Listens to generator statuses and reads queue depths over one connection, and probes the queues over
    another."""

    def __init__(self, broker: Broker, clock: Clock, backoff: Backoff) -> None:
        self._broker = broker
        self._clock = clock
        self._backoff = backoff
        self._seen: dict[str, SeenGenerator] = {}
        self._depths: Mapping[str, QueueDepth] | None = None
        self._link_problem: str | None = "not connected yet"
        self._queues_problem: str | None = "not tried yet"
        self._shut_out = False

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop`."""

        async def session() -> None:
            try:
                # The prober is the one that finds out what a broker lacks.
                async with self._broker.prober() as prober, self._broker.monitor() as monitor:
                    reading = self._read_depths(monitor)
                    await until(stop, self._listen(monitor), reading, self._probe_queues(prober))
            except RECOVERABLE as error:
                self._link_problem, self._depths = _with_advice(error), None
                self._shut_out = isinstance(error, BrokerClaimed)
                raise

        await keep_running("presence", session, stop, self._backoff)

    def gpu_online(self) -> bool:
        return any(generator.status.kind is GeneratorKind.VLLM for generator in self.generators())

    def generators(self) -> list[SeenGenerator]:
        """Generators heard of within ONLINE_FOR, newest first."""
        since = self._clock() - ONLINE_FOR
        online = [generator for generator in self._seen.values() if generator.last_seen >= since]
        return sorted(online, key=lambda generator: generator.last_seen, reverse=True)

    @property
    def problem(self) -> str | None:
        return self._link_problem or self._queues_problem

    async def broker_problem(self) -> str | None:
        return self.problem

    def is_shut_out(self) -> bool:
        return self._shut_out

    def broker_answers(self) -> bool:
        return self._link_problem is None

    async def queue_depths(self) -> Mapping[str, QueueDepth] | None:
        return self._depths

    async def _listen(self, monitor: Monitor) -> None:
        while True:
            for delivery in await monitor.take(100):
                try:
                    status = decode(GeneratorStatus, delivery.envelope.type, delivery.envelope.body)
                except MalformedMessage as error:
                    metrics.statuses_ignored.inc()
                    log.warning("status_ignored", error=str(error))
                else:
                    self._note(status)

    def _note(self, status: GeneratorStatus) -> None:
        self._seen.pop(status.worker_id, None)
        self._seen[status.worker_id] = SeenGenerator(status, self._clock())
        while len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]

    async def _read_depths(self, monitor: Monitor) -> None:
        while True:
            self._depths, self._link_problem, self._shut_out = await monitor.depths(), None, False
            await asyncio.sleep(DEPTHS_SECONDS)

    async def _probe_queues(self, prober: Prober) -> None:
        while True:
            try:
                await prober.check()
            except (QueuesDown, PublishRefused) as error:
                if self._queues_problem != str(error):
                    log.warning("broker_takes_nothing", error=str(error))
                self._queues_problem = str(error)
            else:
                self._queues_problem = None
            await asyncio.sleep(PROBE_SECONDS)


def _with_advice(error: Exception) -> str:
    """The errors of a link say what happened; those of a topology also say what to do."""
    if isinstance(error, LinkLost):
        return f"{error}: start RabbitMQ, with `homework up` for instance, or correct AMQP_URL"
    return str(error)
