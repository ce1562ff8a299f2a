"""Steps for the results and the database of the pipeline, which several tests share."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any, TypeVar, cast

from sqlalchemy import select

from homework_api.database.engine import Database
from homework_api.database.models import HOMEWORK, Homework, OutboxEntry
from homework_api.pipeline.results import ResultsConsumer
from homework_shared.exercises.messages import (
    GeneratorKind,
    HomeworkFailed,
    HomeworkGenerated,
    Message,
)
from homework_shared.messaging.topology import (
    RESULT_DESTINATION,
    RESULTS,
)
from homework_shared.messaging.transport import Broker, Consumer, Delivery, Envelope
from tests.support.api.pipeline import QUICK, Pipeline, running
from tests.support.api.rows import rows, scalars
from tests.support.broker.clients import send
from tests.support.waiting import eventually

R = TypeVar("R", bound=Message | Envelope)


async def only_homework(pipeline: Pipeline) -> Homework:
    [homework] = await scalars(pipeline.database, select(Homework))
    return homework


async def is_stored(pipeline: Pipeline, status: str = "available") -> bool:
    return (await only_homework(pipeline)).status == status


async def has_published_all(pipeline: Pipeline) -> bool:
    """Whether the relay has settled every row. A relay that stops when the broker has a message, and before
    it settles the row, gives the row back, and the message is published again later.
    """
    return not await scalars(pipeline.database, select(OutboxEntry))


async def with_tokens(database: Database, results: Sequence[R]) -> list[R]:
    """The same results with the tokens of their jobs, as generators that received the jobs send them."""
    stored = await rows(database, select(HOMEWORK.c.job_id, HOMEWORK.c.delivery_token))
    tokens = {row.job_id: row.delivery_token for row in stored}
    answers = list(results)
    for place, result in enumerate(results):
        if isinstance(result, HomeworkGenerated | HomeworkFailed) and result.delivery_token is None:
            token = {"delivery_token": tokens.get(result.job_id)}
            answers[place] = cast("R", result.model_copy(update=token))
    return answers


def sender_of(result: Message | Envelope) -> str:
    """The broker's user that may send this message."""
    is_gpu = isinstance(result, HomeworkGenerated) and result.generated_by is GeneratorKind.VLLM
    return "generator" if is_gpu else "mock_generator"


async def deliver(pipeline: Pipeline, *results: Message | Envelope) -> None:
    """Publish results in order, each with its token and as the user that may send it."""
    answers = await with_tokens(pipeline.database, results)
    for user, theirs in groupby(answers, key=sender_of):
        await send(pipeline.broker(user), RESULT_DESTINATION, *theirs)


async def store(pipeline: Pipeline, *results: Message | Envelope) -> None:
    """Deliver results in order, and wait until each is processed."""
    await deliver(pipeline, *results)
    await dealt_with(pipeline)


class _WatchedConsumer:
    """A consumer of which is known whether it waits for the next message."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self.is_waiting = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)

    async def take(self, limit: int) -> Sequence[Delivery]:
        self.is_waiting = True
        try:
            return await self._consumer.take(limit)
        finally:
            self.is_waiting = False


class _WatchedBroker:
    """A client of the broker with one such consumer."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._consumer: _WatchedConsumer | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    @asynccontextmanager
    async def consumer(self, queue: str, prefetch: int) -> AsyncIterator[_WatchedConsumer]:
        async with self._broker.consumer(queue, prefetch) as consumer:
            self._consumer = _WatchedConsumer(consumer)
            yield self._consumer

    def has_settled_all(self) -> bool:
        """Whether the consumer waits. The API settles all that it took before it takes more."""
        return self._consumer is not None and self._consumer.is_waiting


async def dealt_with(pipeline: Pipeline) -> None:
    """Run the results consumer until no result waits. It is stopped only when it has settled what it took: a
    result that comes a second time would be counted or parked twice.
    """
    async with pipeline.broker("api").monitor() as monitor:

        async def drained() -> bool:
            return (await monitor.depths())[RESULTS].ready == 0

        async def left() -> bool:
            return (await monitor.depths())[RESULTS].consumers == 0

        while True:
            watched = _WatchedBroker(pipeline.broker("api"))
            results = ResultsConsumer(
                cast("Broker", watched), pipeline.database, pipeline.clock, QUICK, pipeline.events.notify
            )
            async with running(results.run):
                await eventually(drained)
                await asyncio.sleep(0.2)  # What the broker has sent arrives at the consumer.
                await eventually(watched.has_settled_all)
            # The broker queues what a consumer took and did not settle again when it forgets the consumer.
            await eventually(left)
            if await drained():
                return
