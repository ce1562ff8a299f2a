"""Gauges of the database, the broker and the generators, which are read anew for each scrape.

The gauges have a separate registry, which the process that serves HTTP exports together with its counters. A
process that serves no HTTP has no gauges, so it cannot report a database as down that it never queries.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from math import nan

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from homework_api.database.engine import DatabaseUnavailable
from homework_api.domain.backlog import Backlog
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_api.pipeline.presence import Probe
from homework_api.schemas.system import TunnelState
from homework_api.services.registry import Services
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NOBODY = "none"
OTHER = "other"
SCRAPE_SECONDS = 8.0
"""How long a scrape may take: less than the ten seconds that Prometheus waits by default."""
MAX_DESCRIBED = 100
"""How many descriptions of generators may become labels in a day. Anybody with a broker ticket chooses these
texts, and could otherwise create new series in Prometheus with every status."""
DESCRIBED_AGAIN_AFTER = timedelta(days=1)


class Gauges:
    """The gauges. All API processes see the same database, broker and generators, so a PromQL query has to
    take max() of them and not sum()."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._database = _DatabaseGauges(self.registry)
        self._queues = _QueueGauges(self.registry)
        self._generators = _GeneratorGauges(self.registry)
        self._tunnel = _TunnelGauges(self.registry)

    async def refresh(self, services: Services) -> None:
        """Set every gauge anew. A value that is not known now is removed or set to NaN, because the last
        value would look current."""
        try:
            backlog = await services.operations.read_backlog()
        except DatabaseUnavailable as error:
            log.warning("database_unavailable", error=str(error)[:200])
            self._database.forget()
        else:
            self._database.show(backlog, services.operations.now())
        await self._queues.show(services.probe)
        self._generators.show(services.probe, services.operations.now())
        self._tunnel.show(services.tunnel.read())


@contextmanager
def gauges_shown(services: Services) -> Iterator[None]:
    """Within this block, a scrape of the process's metrics contains the gauges too, read at that moment."""
    scraped = _Scraped(Gauges(), services, asyncio.get_running_loop())
    REGISTRY.register(scraped)
    try:
        yield
    finally:
        REGISTRY.unregister(scraped)


class _Scraped(Collector):
    """Refreshes the gauges for a scrape. The metrics server calls it in a thread, and database and broker are
    queried in the event loop."""

    def __init__(self, gauges: Gauges, services: Services, loop: asyncio.AbstractEventLoop) -> None:
        self._gauges = gauges
        self._services = services
        self._loop = loop

    def describe(self) -> Iterable[Metric]:
        return self._gauges.registry.collect()

    def collect(self) -> Iterable[Metric]:
        refreshing = self._gauges.refresh(self._services)
        asyncio.run_coroutine_threadsafe(refreshing, self._loop).result(SCRAPE_SECONDS)
        return self._gauges.registry.collect()


class _DatabaseGauges:
    def __init__(self, registry: CollectorRegistry) -> None:
        gauge = partial(Gauge, registry=registry)
        self._up = gauge("homework_database_up", "1 if the database answers")
        self._assignments = gauge("homework_assignments", "Assignments, by status", ["status"])
        self._homework = gauge(
            "homework_records", "Homework, by status and by who wrote it", ["status", "generated_by"]
        )
        self._pending = gauge("homework_outbox_rows", "Outbox rows that are not published yet")
        self._oldest = gauge(
            "homework_outbox_oldest_seconds", "Age of the oldest outbox row that is not published"
        )

    def show(self, backlog: Backlog, now: datetime) -> None:
        self._up.set(1)
        self._pending.set(backlog.waiting)
        self._oldest.set(backlog.age(now))
        for status in AssignmentStatus:
            self._assignments.labels(status).set(backlog.assignments.get(status, 0))
        for homework_status in HomeworkStatus:
            for writer in (None, *GeneratorKind):
                count = backlog.homework.get((homework_status, writer), 0)
                self._homework.labels(homework_status, writer or NOBODY).set(count)

    def forget(self) -> None:
        self._up.set(0)
        self._pending.set(nan)
        self._oldest.set(nan)
        self._assignments.clear()
        self._homework.clear()


class _QueueGauges:
    def __init__(self, registry: CollectorRegistry) -> None:
        gauge = partial(Gauge, registry=registry)
        self._up = gauge("homework_broker_up", "1 if the broker answers")
        self._queues_up = gauge(
            "homework_broker_queues_up", "1 if a message was confirmed and its queue read, within seconds"
        )
        self._ready = gauge("homework_queue_ready", "Messages ready for delivery", ["queue"])
        self._consumers = gauge("homework_queue_consumers", "Consumers", ["queue"])

    async def show(self, probe: Probe) -> None:
        self._up.set(probe.broker_answers())
        self._queues_up.set(await probe.broker_problem() is None)
        self._ready.clear()
        self._consumers.clear()
        for name, depth in (await probe.queue_depths() or {}).items():
            self._ready.labels(name).set(depth.ready)
            self._consumers.labels(name).set(depth.consumers)


class _GeneratorGauges:
    def __init__(self, registry: CollectorRegistry) -> None:
        gauge = partial(Gauge, registry=registry)
        self._online = gauge("homework_generators_online", "Generators heard of within 15 s", ["kind"])
        self._in_flight = gauge("homework_generators_in_flight", "Jobs that online generators hold", ["kind"])
        self._tokens = gauge(
            "homework_generators_tokens_per_second",
            "Tokens that online generators write per second",
            ["kind"],
        )
        self._uptime = gauge(
            "homework_generators_uptime_seconds",
            "Seconds since the oldest online generator started",
            ["kind"],
        )
        labels = ["kind", "engine", "server", "model"]
        self._info = gauge(
            "homework_generators_info", "1 for each engine, server and model of online generators", labels
        )
        self._descriptions = _Descriptions()

    def show(self, probe: Probe, now: datetime) -> None:
        online = [seen.status for seen in probe.generators()]
        for kind in GeneratorKind:
            ours = [status for status in online if status.kind is kind]
            ages = [(now - status.started_at).total_seconds() for status in ours]
            self._online.labels(kind).set(len(ours))
            self._in_flight.labels(kind).set(sum(status.in_flight for status in ours))
            self._tokens.labels(kind).set(sum(status.tokens_per_second for status in ours))
            self._uptime.labels(kind).set(max(ages, default=0))
        self._info.clear()
        for status in online:
            self._info.labels(*self._descriptions.of(status, now)).set(1)


class _Descriptions:
    """Decides which descriptions that generators send become labels. Beyond the limit, only a generator's
    kind is shown."""

    def __init__(self) -> None:
        self._last_shown: dict[tuple[str, ...], datetime] = {}

    def of(self, status: GeneratorStatus, now: datetime) -> tuple[str, ...]:
        """The labels of a generator: kind, engine, server and model."""
        described = (status.kind, status.engine or "", status.server or "", status.model)
        if described not in self._last_shown and not self._has_room(now):
            return (status.kind, OTHER, OTHER, OTHER)
        self._last_shown[described] = now
        return described

    def _has_room(self, now: datetime) -> bool:
        if len(self._last_shown) >= MAX_DESCRIBED:
            since = now - DESCRIBED_AGAIN_AFTER
            self._last_shown = {each: at for each, at in self._last_shown.items() if at > since}
        return len(self._last_shown) < MAX_DESCRIBED


class _TunnelGauges:
    def __init__(self, registry: CollectorRegistry) -> None:
        gauge = partial(Gauge, registry=registry)
        self._up = gauge("homework_tunnel_up", "1 while the tunnel leads to the broker; NaN without a tunnel")
        self._changes = gauge(
            "homework_tunnel_address_changes", "How often the running tunnel got another address"
        )
        self._used = gauge("homework_tunnel_connections_used", "Connections through the tunnel this month")
        self._limit = gauge(
            "homework_tunnel_connections_limit", "Connections per month that a free account at ngrok may use"
        )

    def show(self, tunnel: TunnelState | None) -> None:
        self._up.set(nan if tunnel is None else tunnel.up)
        self._changes.set(nan if tunnel is None else tunnel.address_changes)
        self._used.set(nan if tunnel is None else tunnel.connections_used)
        self._limit.set((tunnel and tunnel.connections_limit) or nan)
