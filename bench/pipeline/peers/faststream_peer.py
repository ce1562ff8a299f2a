"""FastStream: one subscriber answers the jobs, and another stores each result with its own commit."""

import asyncio
import json
import sys
from collections.abc import Iterable
from typing import Any

from bench.pipeline import work
from bench.pipeline.client import Client, Table, serve
from bench.pipeline.store import FOUND, open_store, store
from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

JOBS = RabbitQueue("faststream.jobs", queue_type=QueueType.QUORUM, durable=True)
RESULTS = RabbitQueue("faststream.results", queue_type=QueueType.QUORUM, durable=True)


class FastStreamClient(Client):
    async def open(self) -> None:
        open_store(work.database()).close()
        self._broker = RabbitBroker(work.amqp_url())
        await self._broker.start()
        # The client declares the queue before the worker does, because a message that no queue accepts is
        # refused.
        for queue in (JOBS, RESULTS):
            await self._broker.declare_queue(queue)
        self._table = Table(work.database(), FOUND)

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        await asyncio.gather(*(self._broker.publish(job, JOBS, persist=True) for job in jobs))
        return [job["job_id"] for job in jobs]

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return self._table.among(waiting)

    async def close(self) -> None:
        await self._broker.stop()


async def _work() -> None:
    broker = RabbitBroker(work.amqp_url(), default_channel=Channel(prefetch_count=300), logger=None)
    connection = open_store(work.database())

    @broker.subscriber(JOBS, ack_policy=AckPolicy.NACK_ON_ERROR)
    @broker.publisher(RESULTS, persist=True)
    async def generate(job: dict[str, Any]) -> dict[str, Any]:
        return work.answer(job["job_id"])

    @broker.subscriber(RESULTS, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def keep(result: dict[str, Any]) -> None:
        store(connection, [(result["job_id"], json.dumps(result))])

    await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    serve(FastStreamClient()) if sys.argv[1] == "client" else asyncio.run(_work())
