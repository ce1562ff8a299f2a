"""The floor: bare aio-pika, batched wherever it can be. No REST, no outbox, no deadline, no check."""

import asyncio
import json
import sys
from collections.abc import Iterable
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel
from bench.pipeline import work
from bench.pipeline.client import Client, Table, serve
from bench.pipeline.store import FOUND, open_store, store

QUORUM = {"x-queue-type": "quorum"}
PREFETCH = 300


def _message(body: bytes, name: str) -> aio_pika.Message:
    return aio_pika.Message(body, message_id=name, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)


class Arrived:
    """The results that have arrived since the last look."""

    def __init__(self) -> None:
        self._messages: list[AbstractIncomingMessage] = []
        self._news = asyncio.Event()

    async def note(self, message: AbstractIncomingMessage) -> None:
        self._messages.append(message)
        self._news.set()

    async def all(self) -> list[AbstractIncomingMessage]:
        await self._news.wait()
        self._news.clear()
        taken, self._messages = self._messages, []
        return taken


async def _channel(queue: str, arrived: Arrived) -> AbstractRobustChannel:
    connection = await aio_pika.connect_robust(work.amqp_url())
    channel = await connection.channel(publisher_confirms=True)
    assert isinstance(channel, AbstractRobustChannel)
    await channel.set_qos(PREFETCH)
    for name in ("floor.jobs", "floor.results"):
        await channel.declare_queue(name, durable=True, arguments=QUORUM)
    await (await channel.get_queue(queue)).consume(arrived.note)
    return channel


async def _publish(channel: AbstractRobustChannel, queue: str, bodies: Iterable[tuple[str, bytes]]) -> None:
    exchange = channel.default_exchange
    await asyncio.gather(*(exchange.publish(_message(body, name), queue) for name, body in bodies))


class Floor(Client):
    async def open(self) -> None:
        self._arrived = Arrived()
        self._channel = await _channel("floor.results", self._arrived)
        self._store = open_store(work.database())
        self._table = Table(work.database(), FOUND)
        self._storing = asyncio.create_task(self._store_for_ever())

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        await _publish(
            self._channel, "floor.jobs", ((each["job_id"], json.dumps(each).encode()) for each in jobs)
        )
        return [each["job_id"] for each in jobs]

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return self._table.among(waiting)

    async def _store_for_ever(self) -> None:
        while True:
            messages = await self._arrived.all()
            store(self._store, [(str(each.message_id), each.body.decode()) for each in messages])
            await messages[-1].ack(multiple=True)


async def _work() -> None:
    arrived = Arrived()
    channel = await _channel("floor.jobs", arrived)
    while True:
        messages = await arrived.all()
        names = [str(json.loads(each.body)["job_id"]) for each in messages]
        await _publish(channel, "floor.results", ((name, work.answer_text(name).encode()) for name in names))
        await messages[-1].ack(multiple=True)


if __name__ == "__main__":
    serve(Floor()) if sys.argv[1] == "client" else asyncio.run(_work())
