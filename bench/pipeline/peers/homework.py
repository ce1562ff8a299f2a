"""Our service by its real path: POST of a class → outbox → relay → quorum queue → worker →
results → commit.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import aiohttp
import asyncpg
from bench.pipeline import work
from bench.pipeline.client import Client, Table, serve
from pydantic import TypeAdapter

from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.topology import JOBS
from homework_shared.observability.logs import LogFormat, configure
from homework_shared.runtime.process import run_until_signalled
from homework_shared.settings import LocalBrokerSettings
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.session import Draft, run_worker

FOUND = "SELECT id FROM homework WHERE id IN ({}) AND status = 'available'"


class Stored(Protocol):
    """The homework table, as a reader sees it."""

    async def of(self, first: int, last: int) -> list[str]:
        """The ids of the homework of these assignments."""

    async def among(self, waiting: Iterable[str]) -> set[str]:
        """The ids among these that are written."""


class _InFile:
    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self._table = Table(file, FOUND)

    async def of(self, first: int, last: int) -> list[str]:
        query = "SELECT id FROM homework WHERE assignment_id BETWEEN ? AND ?"
        return [str(row[0]) for row in self._connection.execute(query, (first, last))]

    async def among(self, waiting: Iterable[str]) -> set[str]:
        return self._table.among(waiting)


class _OnServer:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def of(self, first: int, last: int) -> list[str]:
        query = "SELECT id FROM homework WHERE assignment_id BETWEEN $1 AND $2"
        return [str(row[0]) for row in await self._pool.fetch(query, first, last)]

    async def among(self, waiting: Iterable[str]) -> set[str]:
        query = "SELECT id FROM homework WHERE id = ANY($1) AND status = 'available'"
        return {str(row[0]) for row in await self._pool.fetch(query, [int(id_) for id_ in waiting])}


class Homework(Client):
    async def open(self) -> None:
        # httpx is not used, because it takes longer over a request than the service that answers it.
        self._http = aiohttp.ClientSession(os.environ["API_URL"], timeout=aiohttp.ClientTimeout(60))
        url = os.environ["DATABASE_URL"]
        is_file = url.startswith("sqlite")
        self._stored: Stored = (
            # By itself the pool would send four statements after each query, to undo what it changed.
            _InFile(Path(url[10:]))
            if is_file
            else _OnServer(await asyncpg.create_pool(url, reset=_unchanged))
        )
        people = [{"name": f"S{number}", "email": f"{uuid4()}@example.org"} for number in range(work.CLASS)]
        made = [await self._post("/api/teacher/students", each) for each in people]
        self._students = [int(each["id"]) for each in made]

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        classes = [
            self._students[: len(jobs[first : first + work.CLASS])]
            for first in range(0, len(jobs), work.CLASS)
        ]
        answers: list[int] = []
        turn = iter(classes)

        async def send() -> None:
            for students in turn:
                answers.extend([await self._assign(students)])

        await asyncio.gather(*(send() for _ in range(work.SENDERS)))
        return await self._stored.of(min(answers), max(answers))

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return await self._stored.among(waiting)

    async def close(self) -> None:
        await self._http.close()

    async def _assign(self, students: list[int]) -> int:
        return int((await self._post("/api/teacher/assignments", work.assignment(students)))["id"])

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._http.post(path, json=body) as answer:
            assert answer.status == 201, await answer.text()
            made: dict[str, Any] = await answer.json()
            return made


async def _unchanged(_connection: object) -> None:
    """Leave a connection that has only read as it is."""


def _work() -> None:
    configure("bench", LogFormat.JSON, "WARNING")
    settings = LocalBrokerSettings()
    written = tuple(TypeAdapter[Exercise](Exercise).validate_python(each) for each in work.exercises())

    async def generate(_job: GenerateHomework) -> Draft:
        return Draft(written)

    async def serve_jobs(stop: asyncio.Event) -> None:
        worker = WorkerSettings(
            queue=JOBS, kind=GeneratorKind.VLLM, worker_id=f"bench-{os.getpid()}", model="bench", version="0",
            prefetch=300, backoff=settings.backoff,
        )  # fmt: skip
        await run_worker(RabbitBroker(settings, worker.worker_id), worker, generate, stop)

    run_until_signalled(serve_jobs)


if __name__ == "__main__":
    serve(Homework()) if sys.argv[1] == "client" else _work()
