"""The results consumer takes the results that have arrived, stores them in one transaction, and acknowledges
them.

The commit comes before the acknowledgement. If the process dies between the two, the broker redelivers the
batch, and because of the job ids the second storing changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, StatementError

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.assignments import close_assignments
from homework_api.database.queries.homework import update_homework
from homework_api.database.queries.results import ResultRequest, find_jobs, find_requests
from homework_api.database.rows import HomeworkUpdate
from homework_api.pipeline import metrics
from homework_api.pipeline.installation import Installation
from homework_api.pipeline.judging import Arrived, GivenUp, Result, job_id_of, judge_all
from homework_api.pipeline.result_changes import PARKED, Change, apply
from homework_api.pipeline.senders import may_say
from homework_shared.errors import MalformedMessage, Verdict
from homework_shared.exercises.messages import HomeworkFailed, HomeworkGenerated, decode
from homework_shared.language.examine import load as load_tables
from homework_shared.messaging.topology import RESULTS
from homework_shared.messaging.transport import INSTALLATION_HEADER, Broker, Consumer, Delivery
from homework_shared.observability.metrics import cached_labels
from homework_shared.observability.tracing import HEADER, SpanKind, begin_span, messaging
from homework_shared.runtime.clock import Clock
from homework_shared.runtime.retry import Backoff, keep_running, retrying, until

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BATCH = 300
DATABASE_BACKOFF = Backoff(0.2, 2.0)
SHORT_BYTES = 8_000
"""Results of this size together are checked in a few milliseconds: the cost of the checks grows in step with
the length of the texts. A homework of five exercises has 1,500 bytes."""
UNSIGNED = "it names no user of the broker: update the generator that sent it to the API's version"


class _NotJudged(Exception):
    """A check failed to read one of the results."""


@dataclass
class _Stored:
    """The outcome of a batch: deliveries to acknowledge, and deliveries to park with a reason."""

    accepted: list[Delivery] = field(default_factory=list)
    refused: list[tuple[Delivery, str, str]] = field(default_factory=list)

    async def settle(self, consumer: Consumer) -> None:
        # Refused deliveries are parked first, because an acknowledgement with `multiple` covers all earlier
        # deliveries that are not settled.
        for delivery, outcome, reason in self.refused:
            await _park(delivery, outcome, reason)
        if self.accepted:
            await consumer.ack_through(self.accepted[-1])


class ResultsConsumer:
    """Stores results. Several processes may run it on one queue and one PostgreSQL."""

    def __init__(
        self,
        broker: Broker,
        database: Database,
        clock: Clock,
        backoff: Backoff,
        changed: Callable[[set[int]], None],
    ) -> None:
        self._broker = broker
        self._database = database
        self._clock = clock
        self._backoff = backoff
        self._changed = changed
        self._installation = Installation(database)
        self._is_loaded = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`."""
        loading = asyncio.create_task(self._load())
        try:
            await self._run(loading, stop)
        finally:
            await loading  # a thread cannot be cancelled

    async def _load(self) -> None:
        await asyncio.to_thread(load_tables)
        self._is_loaded = True

    async def _run(self, loading: asyncio.Task[None], stop: asyncio.Event) -> None:
        async def session() -> None:
            ours = str(await self._installation.id())
            # The broker gives a new consumer up to a batch of results. While the language tables load, a
            # GPU's results would wait here, although another process could store them. If there is no other
            # consumer, this one begins at once and stores the results that need no tables.
            if not loading.done() and await self._others_consume():
                await asyncio.shield(loading)
            async with self._broker.consumer(RESULTS, BATCH) as consumer:
                log.info("results_connected")
                await until(stop, self._consume(consumer, ours, stop))

        await keep_running("results", session, stop, self._backoff)

    async def _others_consume(self) -> bool:
        async with self._broker.monitor() as monitor:
            return (await monitor.depths())[RESULTS].consumers > 0

    async def _consume(self, consumer: Consumer, ours: str, stop: asyncio.Event) -> None:
        while True:
            deliveries = await consumer.take(BATCH)
            read = [(delivery, result) for delivery in deliveries if (result := await _read(delivery, ours))]
            if read:
                # The batch waits here while the database is down, because requeuing it would use up the
                # delivery limit of the queue.
                storing = retrying("storing results", stop, DATABASE_BACKOFF, (DatabaseUnavailable,))
                with _spans([delivery for delivery, _ in read]):
                    stored: _Stored | None = await storing(self._store, read)
                if stored:
                    await stored.settle(consumer)

    async def _store(self, batch: Sequence[tuple[Delivery, Result]]) -> _Stored:
        """Store a batch. If the database or the job's checks refuse a result, or an error in the code occurs
        because of it, only that result is parked, and the others are stored. Nothing is settled here, because
        this may be tried again."""
        try:
            changes = await self._judge_and_store(
                [result for _, result in batch],
                # While the language tables load, the checks of a GPU's result wait for them.
                is_short=self._is_loaded
                and sum(len(delivery.envelope.body) for delivery, _ in batch) <= SHORT_BYTES,
            )
        except DatabaseUnavailable:
            raise
        except Exception as error:
            # If it ended the process, all results of the batch would come again with the one that shows the
            # error, until they have reached the delivery limit.
            return await self._store_one_by_one(batch, error)
        metrics.results_batch.observe(len(batch))
        self._changed({change.assignment_id for change in changes if change.update})
        stored = _Stored()
        for (delivery, _), change in zip(batch, changes, strict=True):
            for report in change.report:
                report()
            if change.outcome in PARKED:
                stored.refused.append((delivery, change.outcome, change.reason))
            else:
                cached_labels(metrics.results, change.outcome).inc()
                stored.accepted.append(delivery)
        return stored

    async def _store_one_by_one(self, batch: Sequence[tuple[Delivery, Result]], error: Exception) -> _Stored:
        if len(batch) == 1:
            return _Stored(refused=[(batch[0][0], "unstorable", _in_words(error))])
        together = _Stored()
        for one in batch:
            stored = await self._store([one])
            together.accepted += stored.accepted
            together.refused += stored.refused
        return together

    async def _judge_and_store(self, results: Sequence[Result], *, is_short: bool) -> list[Change]:
        ids = [result.job_id for result in results]
        return await self._database.read_think_write(
            lambda connection: find_requests(connection, ids),
            lambda asked: _judge_or_refuse(results, asked),
            self._store_in_one_transaction,
            is_short=is_short,
        )

    def _store_in_one_transaction(self, connection: Connection, arrived: Sequence[Arrived]) -> list[Change]:
        now = self._clock()
        jobs = find_jobs(connection, [job_id_of(each) for each in arrived])
        changes = [apply(jobs.get(job_id_of(each)), each, now) for each in arrived]
        for updates in _in_rounds([change.update for change in changes if change.update]):
            update_homework(connection, updates)
        touched = {change.assignment_id for change in changes if change.update}
        if touched:
            close_assignments(connection, touched, now)
        return changes


def _in_rounds(updates: Sequence[HomeworkUpdate]) -> list[list[HomeworkUpdate]]:
    """Divide the updates into rounds, usually one. A round does not keep the order of its updates, so several
    updates of one homework go into successive rounds."""
    rounds: list[list[HomeworkUpdate]] = []
    seen: Counter[int] = Counter()
    for update in updates:
        turn = seen[update.id]
        seen[update.id] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(update)
    return rounds


def _in_words(error: Exception) -> str:
    if isinstance(error, DBAPIError | StatementError | _NotJudged):
        return str(error)
    log.error("result_not_stored", exc_info=error)
    return f"storing it raised {type(error).__name__}: update this process, or report this as a bug"


def _judge_or_refuse(results: Sequence[Result], asked: Mapping[UUID, ResultRequest]) -> list[Arrived]:
    try:
        return _judge_all(results, asked)
    except Exception as error:
        # A bug in a check. Under its own name an OSError would count as an outage of the database, and the
        # batch would wait for that to end.
        log.exception("results_not_judged", count=len(results))
        raise _NotJudged(f"a check of it raised {type(error).__name__}: report this as a bug") from error


def _judge_all(results: Sequence[Result], asked: Mapping[UUID, ResultRequest]) -> list[Arrived]:
    generated = [result for result in results if isinstance(result, HomeworkGenerated)]
    judged = iter(judge_all([(result, asked.get(result.job_id)) for result in generated]))
    return [next(judged) if isinstance(result, HomeworkGenerated) else result for result in results]


@contextmanager
def _spans(batch: Sequence[Delivery]) -> Iterator[None]:
    """Open one span per result, in the trace of its homework, for the time in which the batch is stored."""
    spans = [
        begin_span(
            f"process {RESULTS}",
            SpanKind.CONSUMER,
            delivery.envelope.headers.get(HEADER),
            messaging("process", RESULTS, delivery.envelope.message_id)
            | {"messaging.batch.message_count": len(batch)},
        )
        for delivery in batch
    ]
    try:
        yield
    finally:
        for span in spans:
            span.end()


async def _read(delivery: Delivery, ours: str) -> Result | None:
    """Decode one delivery. A result of another installation, a malformed result, and one that its sender may
    not send are parked, so that operators can look at them."""
    envelope = delivery.envelope
    # A worker of the previous version does not return the installation's id.
    if (theirs := envelope.headers.get(INSTALLATION_HEADER, ours)) != ours:
        await _park(delivery, "foreign", f"made for the installation {theirs:.36}, and this one is {ours}")
        return None
    try:
        result: HomeworkGenerated | HomeworkFailed
        if envelope.type == HomeworkFailed.__name__:
            result = decode(HomeworkFailed, envelope.type, envelope.body)
        else:
            result = decode(HomeworkGenerated, envelope.type, envelope.body)
    except MalformedMessage as error:
        await _park(delivery, "malformed", str(error))
        return None
    if delivery.user_id is None:
        await _park(delivery, "unsigned", UNSIGNED)
        return None
    if may_say(delivery, result):
        return result
    if isinstance(result, HomeworkFailed):
        log.warning("gpu_gave_up", user=delivery.user_id, job_id=str(result.job_id), code=result.code)
        return GivenUp(result.job_id, result.delivery_token)
    await _park(delivery, "forged", f"this user may send no result of the kind {result.generated_by}")
    return None


async def _park(delivery: Delivery, outcome: str, reason: str) -> None:
    # A rejected delivery is dead-lettered to generation.dead with its body. Its homework is still open, so
    # the deadline net sends its job again.
    job_id, user = delivery.envelope.message_id[:64], delivery.user_id
    log.error("result_parked", outcome=outcome, user=user, job_id=job_id, reason=reason[:300])
    metrics.results.labels(outcome).inc()
    await delivery.settle(Verdict.REJECT)
