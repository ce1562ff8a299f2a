"""What the integration tests of the pipeline do again and again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import select

from homework_api.database.models import Homework
from homework_shared.exercises.exercise import Exercise, FillInBlank
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
from homework_shared.messaging.transport import Consumer, Delivery, Destination, Envelope, envelop
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.rows import scalars


def exercises(text: str = "Ciao.", question: str = "Anna dice ___ a Marco. (hello)") -> tuple[Exercise, ...]:
    why = "It is what friends say."
    return (FillInBlank(question=question, correct_answer=text, explanation=why),)


def generated(job_id: UUID, by: GeneratorKind = GeneratorKind.VLLM, text: str = "Ciao.") -> HomeworkGenerated:
    return HomeworkGenerated(
        job_id=job_id, exercises=exercises(text), generated_by=by, model="m", worker_id="w",
        queue_seconds=0, generation_seconds=0,
    )  # fmt: skip


def failed(job_id: UUID) -> HomeworkFailed:
    return HomeworkFailed(job_id=job_id, code="bug", message="no", worker_id="w")


async def only_homework(pipeline: Pipeline) -> Homework:
    [homework] = await scalars(pipeline.database, select(Homework))
    return homework


async def publish(pipeline: Pipeline, user: str, route: Destination, *messages: Message | Envelope) -> None:
    sealed = [m if isinstance(m, Envelope) else envelop(m, "id") for m in messages]
    async with pipeline.broker(user).publisher() as publisher:
        assert await publisher.publish_many([(route, each) for each in sealed]) == [None] * len(sealed)


async def take(consumer: Consumer, count: int, seconds: float = 10) -> list[Delivery]:
    taken: list[Delivery] = []
    async with asyncio.timeout(seconds):
        while len(taken) < count:
            taken += await consumer.take(count - len(taken))
    return taken


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            if await value if asyncio.iscoroutine(value) else value:
                return
            await asyncio.sleep(0.02)


async def is_stored(pipeline: Pipeline, status: str = "available") -> bool:
    return (await only_homework(pipeline)).status == status


@asynccontextmanager
async def storing(pipeline: Pipeline) -> AsyncIterator[None]:
    async with running(pipeline.results.run):
        yield


async def store(pipeline: Pipeline, *results: Message | Envelope) -> None:
    """Deliver results in order and wait until each is dealt with."""
    await publish(pipeline, "mock_generator", RESULT_DESTINATION, *results)
    async with pipeline.broker("api").monitor() as monitor:

        async def drained() -> bool:
            return (await monitor.depths())[RESULTS].ready == 0

        while True:
            async with storing(pipeline):
                await until(drained)
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.2)  # what the consumer had taken and not stored is queued again
            if await drained():
                return
