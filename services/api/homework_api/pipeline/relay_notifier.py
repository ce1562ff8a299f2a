"""Notifies the relays of other processes, over PostgreSQL, of rows that this process has added to the outbox
(docs/adr/0057)."""

import asyncio

import structlog

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.outbox import UNCLAIMED
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_shared.runtime.retry import until

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class RelayNotifier:
    """Sends one notification at a time. What is committed meanwhile shares the next one.

    PostgreSQL lets transactions with a notification commit one after the other, each with its own write to
    the disk. If a transaction that accepts work notified, it would hold its connection while it waits.
    """

    def __init__(self, database: Database, handoff: OutboxHandoff) -> None:
        self._database = database
        self._news = handoff.for_other_relays

    async def run(self, stop: asyncio.Event) -> None:
        """Notify until `stop`. If the database is not available, relays find the rows at their next look."""
        await until(stop, self._notify_for_ever())

    async def _notify_for_ever(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()  # cleared first, so that a commit during the notification is not missed
            try:
                await self._database.notify(UNCLAIMED)
            except DatabaseUnavailable as error:
                log.warning("relays_not_notified", error=str(error)[:200])
