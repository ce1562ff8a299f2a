"""What a scrape sees of the database, the broker and the generators: read at each scrape, never kept."""

from datetime import datetime
from math import nan

import structlog

from homework_api.database.engine import DatabaseUnavailable
from homework_api.domain.backlog import Backlog
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_api.pipeline.presence import Probe
from homework_api.schemas.system import TunnelState
from homework_api.services.registry import Services
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.observability import metrics

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NOBODY = "none"


async def refresh(services: Services) -> None:
    """Set every gauge anew. A value that is not known now is removed, because an old one would look alive."""
    try:
        backlog = await services.operations.read_backlog()
    except DatabaseUnavailable as error:
        log.warning("database_unavailable", error=str(error)[:200])
        _forget_database()
    else:
        _show_database(backlog, services.operations.now())
    await _show_queues(services.probe)
    _show_generators(services.probe, services.operations.now())
    _show_tunnel(services.tunnel.read())


def _show_database(backlog: Backlog, now: datetime) -> None:
    metrics.database_up.set(1)
    metrics.outbox_rows.set(backlog.waiting)
    metrics.outbox_oldest.set(backlog.age(now))
    for status in AssignmentStatus:
        metrics.assignments.labels(status).set(backlog.assignments.get(status, 0))
    for homework_status in HomeworkStatus:
        for writer in (None, *GeneratorKind):
            count = backlog.homework.get((homework_status, writer), 0)
            metrics.homework.labels(homework_status, writer or NOBODY).set(count)


def _forget_database() -> None:
    metrics.database_up.set(0)
    metrics.outbox_rows.set(nan)
    metrics.outbox_oldest.set(nan)
    metrics.assignments.clear()
    metrics.homework.clear()


async def _show_queues(probe: Probe) -> None:
    metrics.broker_up.set(await probe.broker_problem() is None)
    metrics.queue_ready.clear()
    metrics.queue_consumers.clear()
    for name, depth in (await probe.queue_depths() or {}).items():
        metrics.queue_ready.labels(name).set(depth.ready)
        metrics.queue_consumers.labels(name).set(depth.consumers)


def _show_generators(probe: Probe, now: datetime) -> None:
    online = [sighting.status for sighting in probe.generators()]
    for kind in GeneratorKind:
        ours = [status for status in online if status.kind is kind]
        ages = [(now - status.started_at).total_seconds() for status in ours]
        metrics.generators_online.labels(kind).set(len(ours))
        metrics.generators_in_flight.labels(kind).set(sum(status.in_flight for status in ours))
        metrics.generators_tokens.labels(kind).set(sum(status.tokens_per_second for status in ours))
        metrics.generators_uptime.labels(kind).set(max(ages, default=0))


def _show_tunnel(tunnel: TunnelState | None) -> None:
    metrics.tunnel_up.set(nan if tunnel is None else tunnel.up)
    metrics.tunnel_changes.set(nan if tunnel is None else tunnel.address_changes)
    metrics.tunnel_used.set(nan if tunnel is None else tunnel.connections_used)
    metrics.tunnel_limit.set((tunnel and tunnel.connections_limit) or nan)
