"""taskiq on aio-pika: quorum queue, results in Redis."""

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.pipeline import work
from bench.pipeline.client import Client, Keys, serve
from taskiq_aio_pika import AioPikaBroker
from taskiq_redis import RedisAsyncResultBackend

broker = AioPikaBroker(work.amqp_url(), qos=300).with_result_backend(
    RedisAsyncResultBackend(work.redis_url())
)


@broker.task(task_name="generate")
async def generate(job: dict[str, Any]) -> dict[str, Any]:
    return work.answer(job["job_id"])


class TaskiqClient(Client):
    async def open(self) -> None:
        await broker.startup()
        self._keys = Keys()

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        tasks = await asyncio.gather(*(generate.kiq(job) for job in jobs))
        return [task.task_id for task in tasks]

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return self._keys.among({name: name for name in waiting})

    async def close(self) -> None:
        await broker.shutdown()


def main(arguments: list[str]) -> None:
    if arguments == ["client"]:
        serve(TaskiqClient())
    else:
        program = str(Path(sys.executable).with_name("taskiq"))
        module = "bench.pipeline.peers.taskiq_peer:broker"
        os.execv(program, [program, "worker", "--workers", "1", "--log-level", "ERROR", module])


if __name__ == "__main__":
    from bench.pipeline.peers import taskiq_peer

    taskiq_peer.main(sys.argv[1:])
