"""Housekeeping: rows that nobody will ask for again are deleted, so that no table grows with age alone.

What a school would miss (students, assignments, homework) is deleted by teachers only; docs/adr/0018.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.housekeeping import prune_idempotency_keys, prune_outbox
from homework_api.pipeline import metrics
from homework_shared.runtime.clock import Clock
from homework_shared.runtime.retry import pause

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BATCH = 500
EVERY_SECONDS = 600.0
KEY_LIFETIME = timedelta(hours=48)
"""How long a client may repeat a request with its Idempotency-Key: over a weekend's outage."""

Prune = Callable[[Connection], int]


class Housekeeping:
    """Several processes may run it on one PostgreSQL: each skips what another is deleting."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Tidy up now and every ten minutes until `stop`."""
        while not stop.is_set():
            try:
                await self.tidy()
                # Also for a process that was killed between a deletion and this.
                await self._database.forget_deleted()
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error)[:200])
            await pause(stop, EVERY_SECONDS)

    async def tidy(self) -> dict[str, int]:
        """Delete all that is due; returns how many rows of which table."""
        too_old = self._clock() - KEY_LIFETIME
        pruned = {
            "idempotency_keys": await self._all(
                lambda connection: prune_idempotency_keys(connection, too_old, BATCH)
            ),
            "outbox": await self._all(lambda connection: prune_outbox(connection, BATCH)),
        }
        for table, count in pruned.items():
            metrics.pruned.labels(table).inc(count)
        if any(pruned.values()):
            log.info("tidied", **pruned)
        return pruned

    async def _all(self, prune: Prune) -> int:
        """Batch by batch, so that requests come in between."""
        total = 0
        while True:
            count = await self._database.write(prune)
            total += count
            if count < BATCH:
                return total
