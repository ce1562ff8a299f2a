"""Dramatiq: RabbitMQ with confirms, results in Redis."""

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dramatiq
from bench.pipeline import work
from bench.pipeline.client import Client, Keys, serve
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

broker = RabbitmqBroker(url=work.amqp_url(), confirm_delivery=True)
results = RedisBackend(url=work.redis_url())
broker.add_middleware(Results(backend=results))
dramatiq.set_broker(broker)


@dramatiq.actor(store_results=True, queue_name="dramatiq.jobs")
def generate(job: dict[str, Any]) -> dict[str, Any]:
    return work.answer(job["job_id"])


class DramatiqClient(Client):
    async def open(self) -> None:
        self._messages: dict[str, Any] = {}
        self._senders = ThreadPoolExecutor(work.SENDERS)
        self._keys = Keys()

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        sent = list(self._senders.map(generate.send, jobs))
        self._messages |= {message.message_id: message for message in sent}
        return [message.message_id for message in sent]

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return self._keys.among({name: results.build_message_key(self._messages[name]) for name in waiting})


def main(arguments: list[str]) -> None:
    if arguments == ["client"]:
        serve(DramatiqClient())
    else:
        program = str(Path(sys.executable).with_name("dramatiq"))
        os.execv(
            program, [program, "--processes", "2", "--threads", "4", "bench.pipeline.peers.dramatiq_peer"]
        )


if __name__ == "__main__":
    from bench.pipeline.peers import dramatiq_peer

    dramatiq_peer.main(sys.argv[1:])
