"""Housekeeping deletes rows that are no longer needed, so that no table grows with age alone.

Assignments with their homework are deleted only if a setting says after how many days (docs/adr/0018 and
0050). Students are deleted by teachers only.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.audit import prune_entries
from homework_api.database.queries.housekeeping import prune_idempotency_keys, prune_outbox
from homework_api.database.queries.retention import delete_ended, find_ended
from homework_api.pipeline import metrics
from homework_shared.runtime.clock import Clock
from homework_shared.runtime.retry import pause

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BATCH = 500
EVERY_SECONDS = 600.0
KEY_LIFETIME = timedelta(hours=48)
"""How long a client may repeat a request with its Idempotency-Key: long enough for a weekend's outage."""

AUDIT_LIFETIME = timedelta(days=3 * 365)
"""How long entries of the audit log are kept: three school years."""

Prune = Callable[[Connection], int]


class Housekeeping:
    """Deletes rows in batches. Several processes may run it on one PostgreSQL: each skips rows that another
    is deleting."""

    def __init__(self, database: Database, clock: Clock, retention: timedelta | None = None) -> None:
        """`retention` is how long an assignment is kept after its end. None keeps it for good."""
        self._database = database
        self._clock = clock
        self._retention = retention

    async def run(self, stop: asyncio.Event) -> None:
        """Delete rows that are due now and every ten minutes until `stop`."""
        while not stop.is_set():
            try:
                await self.tidy()
                # Each run does this, because a process may have been killed between a deletion and this call.
                await self._database.forget_deleted()
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error)[:200])
            await pause(stop, EVERY_SECONDS)

    async def tidy(self) -> dict[str, int]:
        """Delete all rows that are due. Returns the number of deleted rows by table."""
        now = self._clock()
        too_old = now - KEY_LIFETIME
        pruned = {
            "idempotency_keys": await self._all(
                lambda connection: prune_idempotency_keys(connection, too_old, BATCH)
            ),
            "outbox": await self._all(lambda connection: prune_outbox(connection, BATCH)),
            "audit_log": await self._all(
                lambda connection: prune_entries(connection, now - AUDIT_LIFETIME, BATCH)
            ),
            "assignments": await self._ended_long_ago(),
        }
        for table, count in pruned.items():
            metrics.pruned.labels(table).inc(count)
        if any(pruned.values()):
            log.info("tidied", **pruned)
        return pruned

    async def _ended_long_ago(self) -> int:
        if self._retention is None:
            return 0
        before, deleted, last = self._clock() - self._retention, 0, 0
        find = partial(find_ended, before=before, limit=BATCH)
        while ids := await self._database.read(partial(find, after_id=last)):
            for id_ in ids:
                # Each assignment has its own transaction: the homework of a whole class is enough for one,
                # and locks are taken in one order.
                deleted += await self._database.write(partial(delete_ended, assignment_id=id_, before=before))
            last = ids[-1]
        return deleted

    async def _all(self, prune: Prune) -> int:
        """Delete batch by batch, so that requests get their turn in between."""
        total = 0
        while True:
            count = await self._database.write(prune)
            total += count
            if count < BATCH:
                return total
