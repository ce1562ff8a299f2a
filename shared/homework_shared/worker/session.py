"""The worker loop of every generator: consume a job, write the homework, publish it, then acknowledge the
job.

This order is what keeps homework from being lost. The broker confirms a result before its job is
acknowledged, so a worker may die at any line: the job is then still queued, or its result is already
published. A worker has two connections, because an alarm on the broker blocks the connection that publishes,
and acknowledgements have to get through.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import structlog
from structlog.contextvars import bound_contextvars

from homework_shared.errors import (
    DeadlinePassed,
    GeneratorLost,
    HomeworkError,
    LinkLost,
    PermanentError,
    PublishRefused,
    Unroutable,
    Verdict,
    verdict_of,
)
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import (
    GenerateHomework,
    HomeworkFailed,
    HomeworkGenerated,
    decode,
)
from homework_shared.messaging.topology import RESULT_DESTINATION
from homework_shared.messaging.transport import (
    Broker,
    Consumer,
    Delivery,
    Envelope,
    Publisher,
    envelop,
)
from homework_shared.observability.metrics import cached_labels
from homework_shared.observability.tracing import HEADER, Span, SpanKind, messaging, span
from homework_shared.runtime.cancellation import cancel_requested, end_all
from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.retry import Backoff, keep_running, retrying
from homework_shared.worker import metrics
from homework_shared.worker.answers import failure, fallback_reason, result_headers
from homework_shared.worker.heartbeat import WorkerSettings, announce_for_ever
from homework_shared.worker.stats import WorkerStats
from homework_shared.worker.window import Window

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

RESULT_BACKOFF = Backoff(0.2, 5.0)
EXPIRES_LATER_SECONDS = 0.01
"""The wait triples with each of the five deliveries, so the broker may be up to 1.2 s behind."""


@dataclass(frozen=True)
class Draft:
    """What a generate function returns for one job. `exercises` are those that it could write, in order.
    `missing` are the positions, counted from 0, of those that it could not write.
    """

    exercises: tuple[Exercise, ...]
    missing: tuple[int, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0


Generate = Callable[[GenerateHomework], Awaitable[Draft]]
"""Writes one homework. It is cancelled at the deadline and must then free what it holds.
A TransientError requeues the job, GeneratorLost ends the session, any other error rejects the job."""


async def run_worker(
    broker: Broker,
    settings: WorkerSettings,
    generate: Generate,
    stop: asyncio.Event,
    stats: WorkerStats | None = None,
) -> None:
    """Process jobs until `stop` is set. Then finish the jobs in flight within `drain_seconds` and requeue the
    rest.

    Raises:
        GeneratorLost: `generate` raised it. The broker has got all jobs back.
    """
    stats = stats or WorkerStats()

    async def session() -> None:
        async with (
            broker.publisher() as publisher,
            broker.consumer(settings.queue, 1) as consumer,
        ):
            log.info("worker_connected", queue=settings.queue, prefetch=settings.prefetch)
            stats.connected = True
            try:
                await WorkerSession(publisher, consumer, settings, generate, stats).work(stop)
            finally:
                stats.connected = False

    await keep_running(f"worker {settings.worker_id}", session, stop, settings.backoff)
    log.info("worker_stopped", done=stats.done)


class WorkerSession:
    """The work between one connect and the next. Any link error ends it, and the broker redelivers every job
    that was not settled.
    """

    def __init__(
        self,
        publisher: Publisher,
        consumer: Consumer,
        settings: WorkerSettings,
        generate: Generate,
        stats: WorkerStats,
    ) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self._settings = settings
        self._generate = generate
        self._stats = stats
        self._window = Window(consumer, settings.prefetch)
        self._jobs: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[NoReturn] = asyncio.get_running_loop().create_future()
        self._ended = asyncio.Event()

    async def work(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        loops: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._take_jobs()),
            asyncio.ensure_future(announce_for_ever(self._publisher, self._settings, self._stats)),
            asyncio.ensure_future(self._publisher.watch()),
            self._failed,
        ]
        try:
            await asyncio.wait({stopping, *loops}, return_when=asyncio.FIRST_COMPLETED)
            for loop in loops:
                if loop.done():
                    loop.result()
            await self._drain(taking=loops[0])
        finally:
            self._ended.set()
            await end_all([stopping, *loops, *self._jobs])

    async def _take_jobs(self) -> None:
        while True:
            for delivery in await self._consumer.take(self._settings.prefetch):
                await self._window.admit(delivery)
                job = asyncio.create_task(self._handle(delivery))
                self._jobs.add(job)
                job.add_done_callback(self._jobs.discard)

    async def _drain(self, taking: asyncio.Future[Any]) -> None:
        # The window closes first, so that no job that waited for its turn starts now.
        await end_all([taking])
        await self._window.close()
        if self._jobs:
            log.info("worker_draining", in_flight=len(self._jobs))
            # When the link closes, the broker requeues the jobs that are not done by then.
            await asyncio.wait(self._jobs, timeout=self._settings.drain_seconds)

    async def _handle(self, delivery: Delivery) -> None:
        self._stats.begin()
        self._gauge_in_flight()
        try:
            with bound_contextvars(job_id=delivery.envelope.message_id), self._span(delivery) as span:
                verdict = await self._process(delivery)
                span.set_attribute("homework.verdict", verdict)
                await delivery.settle(verdict)
            await self._window.remove(delivery)
        except Exception as error:
            # A delivery that could not be settled ends the session: the broker redelivers it.
            if not self._failed.done():
                known = isinstance(error, LinkLost | GeneratorLost)
                self._failed.set_exception(error if known else LinkLost(f"a job was not settled: {error}"))
        finally:
            self._stats.end()
            self._gauge_in_flight()

    def _span(self, delivery: Delivery) -> AbstractContextManager[Span]:
        queue, envelope = self._settings.queue, delivery.envelope
        attributes = messaging("process", queue, envelope.message_id) | {
            "homework.generator.kind": self._settings.kind,
            "homework.worker_id": self._settings.worker_id,
            "homework.death_reason": delivery.death_reason or "",
        }
        return span(f"process {queue}", SpanKind.CONSUMER, envelope.headers.get(HEADER), attributes)

    async def _process(self, delivery: Delivery) -> Verdict:
        """Do one job and publish its result. Any error but LinkLost and GeneratorLost becomes the verdict."""
        envelope, job = delivery.envelope, None
        code, verdict = "done", Verdict.ACK
        try:
            job = decode(GenerateHomework, envelope.type, envelope.body)
            await self._publish_result(await self._write(job, delivery), delivery)
            self._stats.done += 1
        except (LinkLost, GeneratorLost):
            raise
        except Exception as error:
            verdict = verdict_of(error)
            code = error.code if isinstance(error, HomeworkError) else "bug"
            log.warning(
                "job_not_done", verdict=verdict, code=code,
                error=str(error)[:300], exc_info=code == "bug",
            )  # fmt: skip
            if job is not None and verdict is Verdict.REJECT and self._settings.last_resort:
                await self._publish_result(failure(job, error, code, self._settings.worker_id), delivery)
        cached_labels(metrics.deliveries, self._settings.kind, verdict, code).inc()
        return verdict

    async def _write(self, job: GenerateHomework, delivery: Delivery) -> HomeworkGenerated:
        taken_at, started = utc_now(), time.monotonic()
        self._stats.generating += 1
        try:
            with span("generate"):
                draft = await self._generate_in_time(job, taken_at, delivery.earlier_deliveries)
        except asyncio.CancelledError as error:
            if cancel_requested():
                raise
            raise PermanentError("the generator cancelled its own work") from error
        finally:
            self._stats.generating -= 1
        seconds = time.monotonic() - started
        cached_labels(metrics.generation_seconds, self._settings.kind).observe(seconds)
        log.info("homework_written", seconds=round(seconds, 3))
        return HomeworkGenerated(
            job_id=job.job_id,
            delivery_token=job.delivery_token,
            exercises=draft.exercises,
            missing=draft.missing,
            generated_by=self._settings.kind,
            model=self._settings.model,
            worker_id=self._settings.worker_id,
            fallback_reason=fallback_reason(delivery) if self._settings.last_resort else None,
            prompt_tokens=draft.prompt_tokens,
            completion_tokens=draft.completion_tokens,
            queue_seconds=max(0.0, (taken_at - job.created_at).total_seconds()),
            generation_seconds=seconds,
        )

    async def _generate_in_time(self, job: GenerateHomework, now: datetime, deliveries: int) -> Draft:
        if self._settings.last_resort:
            return await self._generate(job)
        remaining = (job.deadline_at - now).total_seconds()
        deadline = asyncio.timeout_at(asyncio.get_running_loop().time() + remaining)
        try:
            async with deadline:
                return await self._generate(job)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            self._stats.missed += 1
            # The broker started the TTL a moment later, when the job reached it. A job that is requeued
            # before its TTL has passed comes back at once, and would reach the delivery limit before it
            # expires.
            await asyncio.sleep(min(1.0, EXPIRES_LATER_SECONDS * 3**deliveries))
            raise DeadlinePassed from error

    async def _publish_result(self, result: HomeworkGenerated | HomeworkFailed, delivery: Delivery) -> None:
        attributes = messaging("send", RESULT_DESTINATION.exchange, str(result.job_id))
        with span(f"send {RESULT_DESTINATION.exchange}", SpanKind.PRODUCER, attributes=attributes):
            headers = result_headers(delivery)
            await self._publish_until_confirmed(envelop(result, str(result.job_id), headers=headers))

    async def _publish_until_confirmed(self, envelope: Envelope) -> None:
        """Retry while the queue is full or the broker is in an alarm: the homework is written, and would have
        to be written again.
        """

        async def publish() -> bool:
            await self._publisher.publish(RESULT_DESTINATION, envelope)
            return True

        with contextlib.suppress(PublishRefused, Unroutable):
            await publish()
            return
        # A lost link is not retried here: it ends the session.
        waiting = retrying("publishing a result", self._ended, RESULT_BACKOFF, (PublishRefused, Unroutable))
        if not await waiting(publish):
            # A job must not be acknowledged before the broker has confirmed its result.
            raise LinkLost("the session ended before the result was published")

    def _gauge_in_flight(self) -> None:
        cached_labels(metrics.in_flight, self._settings.kind).set(self._stats.in_flight)
