"""llmq with its dummy worker, which answers at once here. Each result is committed as it is received."""

import asyncio
import os
import sys
from collections.abc import Iterable
from typing import Any

from bench.pipeline import work
from bench.pipeline.client import Client, Table, serve
from bench.pipeline.store import FOUND, open_store, store

os.environ["RABBITMQ_URL"] = work.amqp_url()
os.environ["VLLM_QUEUE_PREFETCH"] = "300"
os.environ["LLMQ_LOG_LEVEL"] = "ERROR"

from llmq.core.broker import BrokerManager
from llmq.core.models import Job
from llmq.workers.dummy_worker import DummyWorker

QUEUE = "llmq-jobs"


class LlmqClient(Client):
    async def open(self) -> None:
        self._broker, self._received = BrokerManager(), BrokerManager()
        await self._broker.connect()
        await self._received.connect()
        await self._broker.setup_queue_infrastructure(QUEUE)
        self._store = open_store(work.database())
        self._table = Table(work.database(), FOUND)
        await self._received.consume_results(QUEUE, self._receive)

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        made = [Job(id=job["job_id"], messages=[{"role": "user", "content": str(job)}]) for job in jobs]
        await asyncio.gather(*(self._broker.publish_job(QUEUE, job) for job in made))
        return [job.id for job in made]

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return self._table.among(waiting)

    async def close(self) -> None:
        await self._broker.disconnect()
        await self._received.disconnect()

    async def _receive(self, message: Any) -> None:
        store(self._store, [(str(message.message_id), message.body.decode())])
        await message.ack()


class InstantWorker(DummyWorker):
    async def _process_job(self, job: Any) -> str:
        return work.answer_text(job.id)


if __name__ == "__main__":
    serve(LlmqClient()) if sys.argv[1] == "client" else asyncio.run(
        InstantWorker(QUEUE, concurrency=300).run()
    )
