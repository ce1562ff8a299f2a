"""Steps for the results and the database of the pipeline, which several tests share."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import TypeVar, cast

from sqlalchemy import select

from homework_api.database.engine import Database
from homework_api.database.models import HOMEWORK, Homework, OutboxEntry
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
from homework_shared.messaging.transport import Envelope
from tests.support.api.pipeline import Pipeline, running
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


@asynccontextmanager
async def storing(pipeline: Pipeline) -> AsyncIterator[None]:
    async with running(pipeline.results.run):
        yield


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


async def dealt_with(pipeline: Pipeline) -> None:
    """Run the results consumer until no result waits."""
    async with pipeline.broker("api").monitor() as monitor:

        async def drained() -> bool:
            return (await monitor.depths())[RESULTS].ready == 0

        async def left() -> bool:
            return (await monitor.depths())[RESULTS].consumers == 0

        while True:
            async with storing(pipeline):
                await eventually(drained)
                await asyncio.sleep(0.2)
            # The broker queues what a consumer took and did not settle again when it forgets the consumer.
            await eventually(left)
            if await drained():
                return
