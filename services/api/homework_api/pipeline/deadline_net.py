"""The deadline net: homework that is still open after its deadline is sent straight to the fallback queue.

It covers the cases that a message's TTL cannot: a short deadline queued behind a long one, a hung worker, a
purged queue, and a broker that lost its messages. The database decides which homework is open, because
messages in the broker can be lost.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.assignments import close_assignments
from homework_api.database.queries.homework import update_homework
from homework_api.database.queries.outbox import insert_outbox
from homework_api.database.queries.results import OverdueHomework, find_overdue
from homework_api.database.rows import (
    AbandonedReplacement,
    OutboxRow,
    RescheduledRescue,
    UnansweredHomework,
)
from homework_api.pipeline import metrics
from homework_api.pipeline.jobs import RESCUE_GRACE, outbox_rows
from homework_shared.runtime.clock import Clock
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
UNANSWERED_ANEW = (
    "unanswered: an exercise was not written anew, and the old one stays; start the mock generator, look at "
    "generation.dead, then ask for it again"
)


class DeadlineNet:
    """Rescues overdue homework. `wake_relay` is called after the commit of their outbox rows, `changed` with
    the ids of assignments in which homework was given up."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wake_relay: Callable[[], None],
        changed: Callable[[set[int]], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake_relay = wake_relay
        self._changed = changed

    async def run(self, stop: asyncio.Event) -> None:
        """Run every half second until `stop`. If the database is not available, try again."""
        while not stop.is_set():
            try:
                while await self.rescue() == BATCH:
                    pass
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error)[:200])
            await pause(stop, TICK_SECONDS)

    async def rescue(self) -> int:
        """Run once. Returns how many pieces of homework were overdue and had no outbox row."""
        overdue = await self._database.write(self._rescue)
        self._report(*_divided(overdue))
        return len(overdue)

    def _rescue(self, connection: Connection) -> list[OverdueHomework]:
        now = self._clock()
        overdue = find_overdue(connection, now, BATCH)
        rescued, given_up = _divided(overdue)
        rows = [row for homework in rescued if (row := _outbox_row(homework))]
        insert_outbox(connection, rows, now)
        update_homework(connection, [_next_rescue(homework, now) for homework in rescued])
        update_homework(connection, [_given_up(homework) for homework in given_up])
        if given_up:
            close_assignments(connection, {homework.assignment_id for homework in given_up}, now)
        return overdue

    def _report(self, rescued: Sequence[OverdueHomework], given_up: Sequence[OverdueHomework]) -> None:
        if rescued:
            log.warning("overdue_homework_rescued", count=len(rescued))
            metrics.rescued.inc(len(rescued))
            self._wake_relay()
        if given_up:
            log.error("homework_unanswered", count=len(given_up), first_job_id=str(given_up[0].job_id))
            self._changed({homework.assignment_id for homework in given_up})


def _divided(
    overdue: Sequence[OverdueHomework],
) -> tuple[list[OverdueHomework], list[OverdueHomework]]:
    """The homework to send to the mock generator, and the homework that was sent to it MAX_RESCUES times."""
    rescued = [homework for homework in overdue if homework.rescues < MAX_RESCUES]
    return rescued, [homework for homework in overdue if homework.rescues >= MAX_RESCUES]


def _given_up(homework: OverdueHomework) -> UnansweredHomework | AbandonedReplacement:
    if homework.replacing:
        return AbandonedReplacement(homework.homework_id, UNANSWERED_ANEW)
    return UnansweredHomework(homework.homework_id, UNANSWERED)


def _outbox_row(homework: OverdueHomework) -> OutboxRow | None:
    """The row that sends the job to the mock generator, or None if this version does not understand what was
    asked for."""
    try:
        return outbox_rows(homework.assignment_id, homework, [homework], None, overdue=True)[0]
    except ValueError as error:
        # A newer version may have accepted it. It must not keep the other homework from being rescued, so it
        # is tried again later, as homework that nobody answers.
        log.error(
            "request_not_understood", job_id=str(homework.job_id), error=type(error).__name__,
            hint="update this process to the version that accepted it",
        )  # fmt: skip
        return None


def _next_rescue(homework: OverdueHomework, now: datetime) -> RescheduledRescue:
    # While no mock generator runs, each rescue adds a copy of the job to its queue. So each wait is twice the
    # last one, up to ten minutes.
    wait = min(FIRST_REPEAT_SECONDS * 2**homework.rescues, MAX_REPEAT_SECONDS)
    # When a GPU has written only a part, the first rescue is brought forward, perhaps by days. Before the
    # deadline the count stays below MAX_RESCUES, so that the homework is not given up early.
    is_over = homework.deadline_at <= now
    rescues = min(homework.rescues + 1, MAX_RESCUES if is_over else MAX_RESCUES - 1)
    rescue_at = now + timedelta(seconds=wait)
    if not is_over:
        # What was sent early may be lost by then, and the wait may be long.
        rescue_at = min(rescue_at, homework.deadline_at + RESCUE_GRACE)
    return RescheduledRescue(homework.homework_id, rescue_at, rescues)
