"""The generators that have announced themselves recently, and whether the broker accepts messages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from homework_api.pipeline import metrics
from homework_api.pipeline.senders import may_say
from homework_shared.errors import BrokerClaimed, LinkLost, MalformedMessage, PublishRefused, QueuesDown
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus, decode
from homework_shared.messaging.topology import JOBS
from homework_shared.messaging.transport import Broker, Delivery, Monitor, Prober, QueueDepth
from homework_shared.observability.metrics import cached_labels
from homework_shared.runtime.clock import Clock, Ticks, ticks
from homework_shared.runtime.retry import RECOVERABLE, Backoff, keep_running, until

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ONLINE_SECONDS = 15.0
"""How long after its last status a generator counts as online. In this time it would have sent three."""
MAX_PER_USER = 100
"""How many generators of one broker user are tracked at a time. The status of one more is ignored."""
DEPTHS_SECONDS = 1.0
PROBE_SECONDS = 5.0
SECONDS_BETWEEN_WARNINGS = 10.0


@dataclass(frozen=True)
class SeenGenerator:
    """A generator's last status. `last_seen` is the time of day for people, and `heard_at` is a reading of
    the monotonic clock."""

    status: GeneratorStatus
    last_seen: datetime
    heard_at: float = field(default_factory=ticks)


class Probe(Protocol):
    async def broker_problem(self) -> str | None:
        """Why the broker cannot be used and what to do about it, or None. It must return without waiting."""

    def broker_answers(self) -> bool:
        """Whether there is a connection to the broker. Its queues may still be down."""

    async def queue_depths(self) -> Mapping[str, QueueDepth] | None:
        """The depths by queue name, or None while they are not known."""

    def is_shut_out(self) -> bool:
        """Whether another installation uses this vhost of the broker."""

    def generators(self) -> Sequence[SeenGenerator]:
        """The generators that sent a status recently."""

    def gpu_online(self) -> bool:
        """Whether a GPU sent a status recently, and the jobs queue has or recently had a consumer."""


class GeneratorPresence:
    """Listens to generator statuses and reads queue depths over one connection, and probes the queues over
    another."""

    def __init__(self, broker: Broker, clock: Clock, backoff: Backoff, ticks: Ticks = ticks) -> None:
        self._broker = broker
        self._ticks = ticks
        self._clock = clock
        self._backoff = backoff
        self._seen: dict[str, dict[str, SeenGenerator]] = {}  # by the broker's user, then by worker
        self._depths: Mapping[str, QueueDepth] | None = None
        self._link_problem: str | None = "not connected yet"
        self._queues_problem: str | None = "not tried yet"
        self._shut_out = False
        self._jobs_taken_at: float | None = None
        self._warned_at: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Listen, read and probe until `stop`."""

        async def session() -> None:
            try:
                # The prober comes first, because its error names the queues that a broker lacks.
                async with self._broker.prober() as prober, self._broker.monitor() as monitor:
                    reading = self._read_depths(monitor)
                    await until(stop, self._listen(monitor), reading, self._probe_queues(prober))
            except RECOVERABLE as error:
                self._link_problem, self._depths = _with_advice(error), None
                self._shut_out = isinstance(error, BrokerClaimed)
                raise

        await keep_running("presence", session, stop, self._backoff)

    def gpu_online(self) -> bool:
        # A sender that claims to be a GPU but consumes no jobs must not make classes wait for it.
        if self._jobs_taken_at is None or self._jobs_taken_at < self._ticks() - ONLINE_SECONDS:
            return False
        return any(generator.status.kind is not GeneratorKind.MOCK for generator in self.generators())

    def generators(self) -> list[SeenGenerator]:
        """The generators with a status within ONLINE_SECONDS, the latest status first."""
        since = self._ticks() - ONLINE_SECONDS
        known = (generator for workers in self._seen.values() for generator in workers.values())
        online = [generator for generator in known if generator.heard_at >= since]
        return sorted(online, key=lambda generator: generator.heard_at, reverse=True)

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
                if problem := self._note(delivery):
                    self._ignore(delivery, problem)

    def _note(self, delivery: Delivery) -> str | None:
        """Store the status under its sender. Returns why it is ignored, or None."""
        try:
            status = decode(GeneratorStatus, delivery.envelope.type, delivery.envelope.body)
        except MalformedMessage as error:
            return str(error)
        if not may_say(delivery, status):
            return f"this user may be no generator of the kind {status.kind}"
        now, workers = self._ticks(), self._seen.setdefault(delivery.user_id or "", {})
        if status.worker_id not in workers and not _has_room(workers, now - ONLINE_SECONDS):
            return f"{MAX_PER_USER} generators of this user are there already"
        workers[status.worker_id] = SeenGenerator(status, self._clock(), now)
        if status.sent_at is not None:
            ahead = (status.sent_at - self._clock()).total_seconds()
            cached_labels(metrics.clock_ahead, status.kind).set(ahead)
        return None

    def _ignore(self, delivery: Delivery, problem: str) -> None:
        metrics.statuses_ignored.inc()
        now = self._ticks()
        # A flood of statuses must not become a flood of log lines.
        if self._warned_at is None or now - self._warned_at >= SECONDS_BETWEEN_WARNINGS:
            self._warned_at = now
            log.warning("status_ignored", user=delivery.user_id, error=problem)

    async def _read_depths(self, monitor: Monitor) -> None:
        while True:
            self._depths, self._link_problem, self._shut_out = await monitor.depths(), None, False
            if self._depths[JOBS].consumers:
                self._jobs_taken_at = self._ticks()
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
    """The error's text. A lost connection's text says only what happened, so it gets advice on what to do."""
    if isinstance(error, LinkLost):
        return f"{error}: start RabbitMQ, with `homework up` for instance, or correct AMQP_URL"
    return str(error)


def _has_room(workers: dict[str, SeenGenerator], since: float) -> bool:
    """Whether one more generator can be tracked. At the limit, those without a status since `since` are
    dropped first. Active ones are kept, so that a flood of new ones cannot displace them."""
    if len(workers) >= MAX_PER_USER:
        for worker_id in [id_ for id_, seen in workers.items() if seen.heard_at < since]:
            del workers[worker_id]
    return len(workers) < MAX_PER_USER
