"""What the tests of the pipeline do with its results and its database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from homework_api.database.models import Homework
from homework_shared.exercises.messages import (
    Message,
)
from homework_shared.messaging.topology import (
    RESULT_DESTINATION,
    RESULTS,
)
from homework_shared.messaging.transport import Envelope
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.rows import scalars
from tests.support.broker.clients import send
from tests.support.waiting import eventually


async def only_homework(pipeline: Pipeline) -> Homework:
    [homework] = await scalars(pipeline.database, select(Homework))
    return homework


async def is_stored(pipeline: Pipeline, status: str = "available") -> bool:
    return (await only_homework(pipeline)).status == status


@asynccontextmanager
async def storing(pipeline: Pipeline) -> AsyncIterator[None]:
    async with running(pipeline.results.run):
        yield


async def store(pipeline: Pipeline, *results: Message | Envelope) -> None:
    """Deliver results in order and wait until each is dealt with."""
    await send(pipeline.broker("mock_generator"), RESULT_DESTINATION, *results)
    async with pipeline.broker("api").monitor() as monitor:

        async def drained() -> bool:
            return (await monitor.depths())[RESULTS].ready == 0

        while True:
            async with storing(pipeline):
                await eventually(drained)
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.2)  # what the consumer had taken and not stored is queued again
            if await drained():
                return
