"""Publishes jobs directly to a real broker and consumes their results, without the API."""

import asyncio
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from homework_shared.errors import Verdict
from homework_shared.exercises.messages import GenerateHomework, HomeworkGenerated, decode
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.topology import FALLBACK, JOB_DESTINATION, RESULTS
from homework_shared.messaging.transport import Delivery
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.clients import rabbit, send
from tests.support.messages import sealed


class JobClient:
    """Sends jobs as the API does, and consumes their results."""

    def __init__(self, broker: BrokerProcess) -> None:
        self._broker = broker

    def _as(self, user: str) -> RabbitBroker:
        return rabbit(self._broker, user)

    async def send(self, jobs: Sequence[GenerateHomework]) -> None:
        await send(self._as("api"), JOB_DESTINATION, *map(sealed, jobs))

    async def results(self, count: int, seconds: float) -> dict[UUID, HomeworkGenerated]:
        """The first `count` results, by job."""
        found: dict[UUID, HomeworkGenerated] = {}
        async with asyncio.timeout(seconds), self._as("api").consumer(RESULTS, 100) as consumer:
            while len(found) < count:
                for delivery in await consumer.take(100):
                    result = decode(HomeworkGenerated, delivery.envelope.type, delivery.envelope.body)
                    found[result.job_id] = result
                    await delivery.settle(Verdict.ACK)
        return found

    async def fallen_back(self, seconds: float) -> Delivery:
        """The first job that reaches the mock generator's queue."""
        async with asyncio.timeout(seconds), self._as("mock_generator").consumer(FALLBACK, 1) as consumer:
            [delivery] = await consumer.take(1)
            await delivery.settle(Verdict.ACK)
            return delivery

    async def settled(self, count: int, seconds: float) -> tuple[dict[UUID, HomeworkGenerated], set[UUID]]:
        """Results by job, and the jobs that reached the mock's queue, once there are `count` in total."""
        found: dict[UUID, HomeworkGenerated] = {}
        fallen_back: set[UUID] = set()

        def keep_result(delivery: Delivery) -> None:
            result = decode(HomeworkGenerated, delivery.envelope.type, delivery.envelope.body)
            found[result.job_id] = result

        def keep_fallen_back(delivery: Delivery) -> None:
            fallen_back.add(UUID(delivery.envelope.message_id))

        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            taking = [
                group.create_task(self._take("api", RESULTS, keep_result)),
                group.create_task(self._take("mock_generator", FALLBACK, keep_fallen_back)),
            ]
            while len(found) + len(fallen_back) < count:
                await asyncio.sleep(0.1)
            for task in taking:
                task.cancel()
        return found, fallen_back

    async def _take(self, user: str, queue: str, keep: Callable[[Delivery], None]) -> None:
        async with self._as(user).consumer(queue, 100) as consumer:
            while True:
                for delivery in await consumer.take(100):
                    keep(delivery)
                    await delivery.settle(Verdict.ACK)

    async def do(self, jobs: Sequence[GenerateHomework]) -> tuple[dict[UUID, HomeworkGenerated], float]:
        """Send jobs and wait for all. Returns the results and the tokens per second."""
        started = time.monotonic()
        await self.send(jobs)
        results = await self.results(len(jobs), 120)
        tokens = sum(result.completion_tokens for result in results.values())
        return results, tokens / (time.monotonic() - started)
