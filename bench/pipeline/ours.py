"""Our service by itself: the cost of a POST, of reading as tables grow, of workers and of databases."""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
from bench.pipeline import work
from bench.pipeline.measure import WARM_UP, percentile, rate_of
from bench.pipeline.peers_in import Running, running
from tests.support.api.databases import own_database, postgres
from tests.support.api.filled_database import READ_ROUTES, fill
from tests.support.broker.brokers import BrokerProcess

from homework_api.database.engine import Database
from homework_api.database.migrate import upgrade

POSTS_PER_SECOND = 50
CLASSES = (1, 30, 300)
SIZES = (1_000, 100_000, 1_000_000)
HOMEWORK_PER_STUDENT = 20
READS = 30
WORKERS = (1, 2, 4)

_BYTES = """
    SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""

Row = dict[str, Any]


def posts(broker: BrokerProcess, folder: Path, seconds: float) -> Iterator[Row]:
    """Milliseconds of `POST /assignments` at fifty a second: with the HTTP role only, as while the broker is
    away, and with the whole pipeline working on them.
    """
    for name, roles in (("accepting alone", "http"), ("with the pipeline", "serve")):
        for students in CLASSES:
            with running("homework", broker, folder / f"posts-{roles}-{students}", roles=roles) as ours:
                took, achieved = asyncio.run(_post_evenly(ours.api_url, students, seconds))
            yield {
                "what": name, "students": students, "asked_per_s": POSTS_PER_SECOND,
                "answered_per_s": round(achieved, 1),
                "p50_ms": percentile(took, 50), "p99_ms": percentile(took, 99),
            }  # fmt: skip


def growth(broker: BrokerProcess, folder: Path, jobs: int, sizes: Sequence[int]) -> Iterator[Row]:
    """Milliseconds of every reading route, and jobs per second, with tables of these sizes."""
    for size in sizes:
        place = folder / f"rows-{size}"
        _fill(place, size)
        with running("homework", broker, place) as ours:
            reads = asyncio.run(_read_all(ours.api_url))
            yield {"homework": size, "jobs_per_s": rate_of(ours, jobs), "reads_ms": reads}


def workers(broker: BrokerProcess, folder: Path, jobs: int) -> Iterator[Row]:
    for count in WORKERS:
        with running("homework", broker, folder / f"workers-{count}", workers=count) as ours:
            yield {"workers": count, "jobs_per_s": rate_of(ours, jobs), "resident_mb": memory(ours)}


def databases(broker: BrokerProcess, folder: Path, jobs: int) -> Iterator[Row]:
    """Jobs per second on each database, and the kilobytes that a homework occupies there,
    indexes included.
    """
    file = folder / "sqlite/homework.db"
    with running("homework", broker, file.parent) as ours:
        rate = rate_of(ours, jobs)
    kilobytes = file.stat().st_size / 1000 / (jobs + WARM_UP)
    yield _on(f"sqlite {sqlite3.sqlite_version}", rate, kilobytes)
    with _postgresql() as url:
        with running("homework", broker, folder / "postgresql", database_url=url) as ours:
            rate = rate_of(ours, jobs)
        version, size = asyncio.run(_version_and_bytes(url))
    yield _on(f"postgresql {version}", rate, size / 1000 / (jobs + WARM_UP))


def _on(database: str, rate: float, kilobytes: float) -> Row:
    return {"database": database, "jobs_per_s": rate, "kb_a_homework": round(kilobytes, 1)}


def memory(ours: Running) -> dict[str, float]:
    """Resident megabytes per process."""
    names = ("client", "api", *(f"worker {number}" for number in range(1, len(ours.all) - 1)))
    return {name: process.resident_mb() for name, process in zip(names, ours.all, strict=True)}


async def _post_evenly(url: str, students: int, seconds: float) -> tuple[list[float], float]:
    """Sorted milliseconds, and the number of answers per second."""
    took: list[float] = []
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as http:
        body = work.assignment([await _student(http) for _ in range(students)])

        async def post() -> None:
            started = time.perf_counter()
            async with http.post("/api/teacher/assignments", json=body) as answer:
                assert answer.status == 201, await answer.text()
                await answer.read()
            took.append((time.perf_counter() - started) * 1000)

        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(round(seconds * POSTS_PER_SECOND)):
                await asyncio.sleep(max(0.0, started + number / POSTS_PER_SECOND - time.perf_counter()))
                group.create_task(post())
        return sorted(took), len(took) / (time.perf_counter() - started)


async def _student(http: aiohttp.ClientSession) -> int:
    person = {"name": "S", "email": f"{uuid4()}@example.org"}
    async with http.post("/api/teacher/students", json=person) as answer:
        return int((await answer.json())["id"])


async def _read_all(url: str) -> dict[str, float]:
    """The median per route."""
    async with aiohttp.ClientSession(url) as http:
        return {route: await _read(http, route) for route in READ_ROUTES}


async def _read(http: aiohttp.ClientSession, route: str) -> float:
    took: list[float] = []
    for _ in range(READS):
        started = time.perf_counter()
        async with http.get(route) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()
        took.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(took), 2)


def _fill(place: Path, homework: int) -> None:
    place.mkdir()
    url = f"sqlite:///{place / 'homework.db'}"
    upgrade(url)

    async def write() -> None:
        database = Database(url)
        await fill(database, homework, HOMEWORK_PER_STUDENT)
        await database.close()

    asyncio.run(write())


@contextmanager
def _postgresql() -> Iterator[str]:
    with postgres(durable=True) as server, own_database(server) as url:
        upgrade(url)
        yield url


async def _version_and_bytes(url: str) -> tuple[str, int]:
    connection = await asyncpg.connect(url)
    version: str = await connection.fetchval("SHOW server_version")
    size: int = await connection.fetchval(_BYTES)
    await connection.close()
    return version.split()[0], size
