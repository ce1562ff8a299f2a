"""The relay: publishes the outbox, and settles each row that the broker has confirmed.

A row is settled only after the broker confirmed its message. If the process dies between the two, the row is
published again, which is harmless because of the job id. In the other order the job could be lost.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.outbox import UNCLAIMED, claim_outbox, release_outbox, settle_outbox
from homework_api.database.rows import OutboxRow
from homework_api.pipeline import metrics
from homework_api.pipeline.installation import Installation
from homework_api.pipeline.outbox_handoff import LEASE, OutboxHandoff
from homework_shared.errors import HomeworkError, LinkLost
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.messaging.topology import FALLBACK_DESTINATION, GENERATION_EXCHANGE, JOB_DESTINATION
from homework_shared.messaging.transport import (
    INSTALLATION_HEADER,
    Broker,
    Envelope,
    OutgoingMessage,
    Publisher,
)
from homework_shared.observability.tracing import HEADER, Span, SpanKind, begin_span, messaging, traceparent
from homework_shared.runtime.clock import Clock
from homework_shared.runtime.retry import Backoff, keep_running, pause, until

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BATCH = 300
POLL_SECONDS = 0.5
REFUSED_PAUSE_SECONDS = 1.0


def _begin_publish(row: OutboxRow) -> Span:
    """Begin the span of one row, which continues the row's own trace in whichever batch it is published."""
    attributes = messaging("send", GENERATION_EXCHANGE, str(row.job_id))
    return begin_span(f"send {GENERATION_EXCHANGE}", SpanKind.PRODUCER, row.traceparent, attributes)


class Relay:
    """Publishes the outbox: rows that this process hands over at once, and other rows after it has claimed
    them."""

    def __init__(
        self,
        broker: Broker,
        database: Database,
        clock: Clock,
        handoff: OutboxHandoff,
        backoff: Backoff,
        changed: Callable[[set[int]], None],
    ) -> None:
        self._broker = broker
        self._database = database
        self._clock = clock
        self._handoff = handoff
        self._backoff = backoff
        self._changed = changed
        # The broker may take longer to confirm than a lease lasts. This process must not claim and publish a
        # row again whose lease expires meanwhile.
        self._publishing = asyncio.Lock()
        self._installation = Installation(database)
        self._installation_id = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Publish rows until `stop`. While the broker is down, rows wait in the database."""

        async def session() -> None:
            self._installation_id = str(await self._installation.id())
            async with self._broker.publisher() as publisher:
                log.info("relay_connected")
                self._handoff.open()
                try:
                    await until(
                        stop,
                        publisher.watch(),
                        self._relay_handed_over(publisher, stop),
                        self._relay_outbox(publisher, stop),
                        self._listen(stop),
                    )
                finally:
                    await asyncio.shield(self._release(*self._handoff.close()))

        await keep_running("relay", session, stop, self._backoff)

    async def _relay_handed_over(self, publisher: Publisher, stop: asyncio.Event) -> None:
        while True:
            await self._handoff.wait()
            async with self._publishing:
                refused = await self._publish(publisher, *self._handoff.take(BATCH))
            if refused:
                await pause(stop, REFUSED_PAUSE_SECONDS)

    async def _relay_outbox(self, publisher: Publisher, stop: asyncio.Event) -> None:
        news = self._handoff.in_outbox
        while not stop.is_set():  # the rows of a claim that is cancelled would stay claimed for a whole lease
            news.clear()  # cleared before the claim, so that a commit during the claim is not missed
            async with self._publishing:
                claimed, refused = await self._relay_batch(publisher)
            if refused:
                await pause(stop, REFUSED_PAUSE_SECONDS)
            elif claimed < BATCH:
                await pause(news, POLL_SECONDS)

    async def _listen(self, stop: asyncio.Event) -> None:
        """Look into the outbox as soon as another process has committed rows. While nobody listens, they wait
        for the next poll."""

        async def session() -> None:
            await self._database.listen(UNCLAIMED, self._handoff.in_outbox.set)

        await keep_running("listening for outbox rows", session, stop, self._backoff)

    async def _relay_batch(self, publisher: Publisher) -> tuple[int, int]:
        """Claim and publish one batch. Returns how many rows were claimed and how many were refused."""
        rows, lease = await self._database.write(self._claim)
        return len(rows), await self._publish(publisher, rows, lease)

    def _claim(self, connection: Connection) -> tuple[list[OutboxRow], datetime]:
        # The lease begins here, inside the transaction, because SQLite has one writer and the wait for it may
        # be long.
        now = self._clock()
        lease = now + LEASE
        return claim_outbox(connection, now, lease, BATCH), lease

    async def _publish(self, publisher: Publisher, rows: Sequence[OutboxRow], lease: datetime) -> int:
        """Publish rows that this process holds until `lease`. Returns how many the broker refused."""
        if not rows:
            return 0
        spans = [_begin_publish(row) for row in rows]
        try:
            # With one time for all, messages of one class also have one expiration, which is encoded once.
            now = self._clock()
            messages = [self._message(row, span, now) for row, span in zip(rows, spans, strict=True)]
            outcomes = await publisher.publish_many(messages)
            await self._settle(rows, outcomes, lease)
            _count(messages, outcomes)
            _report([error for error in outcomes if error is not None])
        except BaseException:
            # A lost connection or a stop interrupted this. Without a release, no relay would claim the rows
            # until their lease has expired.
            await asyncio.shield(self._release(rows, lease))
            raise
        finally:
            for span in spans:
                span.end()
        return sum(outcome is not None for outcome in outcomes)

    async def _release(self, rows: Sequence[OutboxRow], lease: datetime) -> None:
        if not rows:
            return
        jobs = [row.job_id for row in rows]
        try:
            await self._database.write(lambda connection: release_outbox(connection, jobs, lease))
        except DatabaseUnavailable as error:
            log.warning("lease_kept", error=str(error)[:200], seconds=LEASE.total_seconds())

    def _message(self, row: OutboxRow, span: Span, now: datetime) -> OutgoingMessage:
        left = row.deadline_at - now
        parent = traceparent(span)
        headers = {INSTALLATION_HEADER: self._installation_id} | ({HEADER: parent} if parent else {})
        # A job past its deadline goes to the fallback queue: in the GPUs' queue it would wait behind jobs
        # with a later deadline.
        if row.overdue or left <= timedelta(0):
            route, expires = FALLBACK_DESTINATION, None
        else:
            route, expires = JOB_DESTINATION, round(left.total_seconds() * 1000)
        envelope = Envelope(GenerateHomework.__name__, str(row.job_id), row.body.encode(), headers, expires)
        return route, envelope

    async def _settle(
        self, rows: Sequence[OutboxRow], outcomes: Sequence[HomeworkError | None], lease: datetime
    ) -> None:
        confirmed = [row for row, error in zip(rows, outcomes, strict=True) if error is None]
        unconfirmed = [row for row, error in zip(rows, outcomes, strict=True) if error is not None]
        now = self._clock()

        def settle(connection: Connection) -> None:
            if confirmed:
                settle_outbox(connection, confirmed, lease, now)
            if unconfirmed:
                release_outbox(connection, [row.job_id for row in unconfirmed], lease)

        await self._database.write(settle)
        self._changed({row.assignment_id for row in confirmed})


def _count(messages: Sequence[OutgoingMessage], outcomes: Sequence[HomeworkError | None]) -> None:
    routes = [route for (route, _), error in zip(messages, outcomes, strict=True) if error is None]
    fallbacks = routes.count(FALLBACK_DESTINATION)
    metrics.published.labels("fallback").inc(fallbacks)
    metrics.published.labels("job").inc(len(routes) - fallbacks)


def _report(errors: Sequence[HomeworkError]) -> None:
    for error in errors:
        metrics.publish_refused.labels(error.code).inc()
    lost = next((error for error in errors if isinstance(error, LinkLost)), None)
    if lost is not None:
        raise lost
    if errors:
        log.warning("publish_refused", count=len(errors), error=str(errors[0]))
