"""The deadline net: homework still open after its deadline is sent straight to the fallback.

It covers what the broker's TTL cannot: a short deadline queued behind a long one, a hung worker, a
purged queue, a broker that came back empty. The database is the truth, the broker is transport.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.models import Assignment, Homework
from homework_api.database.queries.outbox import (
    add_outbox,
    close_assignments,
    overdue_homework,
    update_homework,
)
from homework_api.domain.statuses import HomeworkStatus
from homework_api.pipeline import metrics
from homework_api.pipeline.jobs import outbox_row
from homework_shared.runtime.retry import pause

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BATCH = 500
TICK_SECONDS = 0.5
FIRST_REPEAT_SECONDS = 4.0
MAX_REPEAT_SECONDS = 600.0
MAX_RESCUES = 10
UNANSWERED = (
    "unanswered: no generator answered; start the mock generator, look at generation.dead, then retry"
)

Overdue = tuple[Homework, Assignment]


class DeadlineNet:
    """Rescues overdue homework. `wake_relay` is called once the debts are committed."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        wake_relay: Callable[[], None],
        changed: Callable[[set[int]], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake_relay = wake_relay
        self._changed = changed

    async def run(self, stop: asyncio.Event) -> None:
        """Look every half second until `stop`; a database that is away is asked again."""
        while not stop.is_set():
            try:
                while await self.rescue() == BATCH:
                    pass
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error)[:200])
            await pause(stop, TICK_SECONDS)

    async def rescue(self) -> int:
        """One look: returns how many homework were overdue and owed nothing."""
        overdue = await self._database.transact(self._rescue)
        rescued, given_up = _divided(overdue)
        self._report([homework for homework, _ in rescued], given_up)
        return len(overdue)

    def _rescue(self, connection: Connection) -> list[Overdue]:
        now = self._clock()
        overdue = overdue_homework(connection, now, BATCH)
        rescued, given_up = _divided(overdue)
        debts = [outbox_row(a, h, None) | {"overdue": True, "created_at": now} for h, a in rescued]
        add_outbox(connection, debts)
        update_homework(connection, [_next_look(h, now) for h, _ in rescued])
        update_homework(connection, [_failure(h) for h in given_up])
        if given_up:
            close_assignments(connection, {h.assignment_id for h in given_up}, now)
        return overdue

    def _report(self, rescued: Sequence[Homework], given_up: Sequence[Homework]) -> None:
        if rescued:
            log.warning("overdue_homework_rescued", count=len(rescued))
            metrics.rescued.inc(len(rescued))
            self._wake_relay()
        if given_up:
            log.error("homework_unanswered", count=len(given_up), first_job_id=str(given_up[0].job_id))
            self._changed({homework.assignment_id for homework in given_up})


def _divided(overdue: Sequence[Overdue]) -> tuple[list[Overdue], list[Homework]]:
    """What the mock is asked for, and what was asked for too often."""
    rescued = [each for each in overdue if each[0].rescues < MAX_RESCUES]
    return rescued, [homework for homework, _ in overdue if homework.rescues >= MAX_RESCUES]


def _next_look(homework: Homework, now: datetime) -> dict[str, Any]:
    # The copies pile up while no mock runs: each wait is twice the last, ten minutes at most.
    wait = min(FIRST_REPEAT_SECONDS * 2**homework.rescues, MAX_REPEAT_SECONDS)
    return {
        "id": homework.id,
        "rescues": homework.rescues + 1,
        "rescue_at": now + timedelta(seconds=wait),
    }


def _failure(homework: Homework) -> dict[str, Any]:
    return {"id": homework.id, "status": HomeworkStatus.FAILED, "error_message": UNANSWERED}
