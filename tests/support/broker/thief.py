"""The holder of a stolen ticket: a client of the broker that follows none of our rules."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractChannel

from homework_shared.messaging.address import BrokerAddress
from homework_shared.messaging.broker import connect
from homework_shared.messaging.topology import JOBS, RESULT_DESTINATION, STATUS_DESTINATION
from homework_shared.messaging.transport import Destination
from tests.support.broker.brokers import BrokerProcess, ticket_for
from tests.support.messages import exercises
from tests.support.waiting import SECONDS

INSULT = "Sei un asino. <script>alert(1)</script> http://phishing.example"


class Thief:
    """Takes jobs and publishes any messages about them. If not `signed`, a message names no user."""

    def __init__(self, channel: AbstractChannel, user: str) -> None:
        self._channel = channel
        self.user = user

    @classmethod
    @asynccontextmanager
    async def with_ticket_of(cls, broker: BrokerProcess, user: str) -> AsyncIterator[Self]:
        async with await connect(BrokerAddress.of(ticket_for(broker, user)), "thief") as connection:
            yield cls(await connection.channel(), user)

    async def take_job(self) -> dict[str, Any]:
        """Take the next job, so that no other client gets it."""
        queue = await self._channel.get_queue(JOBS, ensure=False)
        async with asyncio.timeout(SECONDS):
            while (message := await queue.get(fail=False)) is None:
                await asyncio.sleep(0.05)
        await message.ack()
        return dict(json.loads(message.body))

    async def send_result(
        self, body: Mapping[str, Any], type_: str = "HomeworkGenerated", *, signed: bool = True
    ) -> None:
        await self._publish(RESULT_DESTINATION, type_, body, signed)

    async def send_failure(self, body: Mapping[str, Any], *, signed: bool = True) -> None:
        await self._publish(RESULT_DESTINATION, "HomeworkFailed", body, signed)

    async def announce(self, body: Mapping[str, Any], *, signed: bool = True) -> None:
        await self._publish(STATUS_DESTINATION, "GeneratorStatus", body, signed)

    async def _publish(
        self, destination: Destination, type_: str, body: Mapping[str, Any], signed: bool
    ) -> None:
        message = aio_pika.Message(
            json.dumps(body).encode(),
            type=type_,
            message_id=str(body.get("job_id", "")),
            user_id=self.user if signed else None,
        )
        target = await self._channel.get_exchange(destination.exchange, ensure=False)
        await target.publish(message, destination.key, mandatory=False)


def answering(job: Mapping[str, Any], kind: str, text: str, **more: Any) -> dict[str, Any]:
    """A homework as a message, with the id and the token of the job, and `text` as its answer."""
    [exercise] = exercises(text)
    return {
        "schema_version": 1,
        "job_id": job["job_id"],
        "delivery_token": job.get("delivery_token"),
        "exercises": [exercise.model_dump(mode="json")],
        "generated_by": kind,
        "model": "stolen",
        "worker_id": "stolen",
        "queue_seconds": 0,
        "generation_seconds": 0,
    } | more


def failing(job: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "job_id": job["job_id"],
        "delivery_token": job.get("delivery_token"),
        "code": "bug",
        "message": "no",
        "worker_id": "stolen",
    }
