"""Celery: quorum queue, late acks, confirms, SQLAlchemy result backend on SQLite."""

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.pipeline import work
from bench.pipeline.client import Client, Table, serve
from celery import Celery

FOUND = "SELECT task_id FROM celery_taskmeta WHERE task_id IN ({}) AND status = 'SUCCESS'"

app = Celery("bench", broker=work.amqp_url(), backend=f"db+sqlite:///{work.database()}?timeout=30")
app.conf.update(
    task_default_queue="celery.jobs",
    task_default_queue_type="quorum",
    worker_detect_quorum_queues=True,
    broker_transport_options={"confirm_publish": True},
    task_acks_late=True,
    worker_prefetch_multiplier=50,
    database_create_tables_at_setup=True,
)


@app.task
def generate(job: dict[str, Any]) -> dict[str, Any]:
    return work.answer(job["job_id"])


class CeleryClient(Client):
    async def open(self) -> None:
        app.backend.ResultSession()  # This call makes the tables.
        self._table = Table(work.database(), FOUND)
        self._senders = ThreadPoolExecutor(work.SENDERS)

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        return list(self._senders.map(lambda job: str(generate.delay(job).id), jobs))

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return self._table.among(waiting)


def main(arguments: list[str]) -> None:
    if arguments == ["client"]:
        serve(CeleryClient())
    else:
        app.worker_main(
            ["worker", "--concurrency=2", "--loglevel=ERROR", "--without-gossip", "--without-mingle"]
        )


if __name__ == "__main__":
    # Tasks are named after the module, so it must not be __main__.
    from bench.pipeline.peers import celery_peer

    celery_peer.main(sys.argv[1:])
