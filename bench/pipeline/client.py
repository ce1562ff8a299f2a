"""What the benchmark measures through a peer's client process: a burst, then jobs at a steady rate.

Commands arrive as lines on stdin, and answers leave as lines of JSON on stdout.
"""

import asyncio
import json
import sqlite3
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import redis
from bench.pipeline import work

POLL_SECONDS = 0.001
LOOK, LOOK_SECONDS = 300, 0.02
PATIENCE_SECONDS = 300.0


class Client(ABC):
    """One peer, from the side that submits work and reads results."""

    async def open(self) -> None:  # noqa: B027 - not every client has something to open
        """Connect. The workers are already running."""

    @abstractmethod
    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        """Submit the jobs durably. Returns a name for each."""

    @abstractmethod
    async def finished(self, waiting: Iterable[str]) -> set[str]:
        """The names among these that have a stored, readable result."""

    async def close(self) -> None:  # noqa: B027
        """Close the connections."""

    async def burst(self, count: int) -> dict[str, Any]:
        """Seconds from the first submit to the last readable result."""
        jobs = [work.job(number) for number in range(count)]
        started = time.perf_counter()
        submitting = asyncio.create_task(self.submit(jobs))
        names = await submitting
        submitted = time.perf_counter() - started
        waiting = dict.fromkeys(names)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while waiting:
                # Only the oldest jobs are queried. Repeated queries for all of them would cost a slow peer
                # more than a fast one.
                oldest = list(islice(waiting, LOOK))
                done = await self.finished(oldest)
                for name in done:
                    del waiting[name]
                if len(done) < len(oldest):
                    await asyncio.sleep(LOOK_SECONDS)
        return {"seconds": time.perf_counter() - started, "submit_seconds": submitted}

    async def paced(self, rate: float, seconds: float) -> dict[str, Any]:
        """Milliseconds from submit to readable result, for jobs at even intervals."""
        handed_in: dict[str, float] = {}
        took: list[float] = []
        started, count = time.perf_counter(), int(rate * seconds)

        async def hand_in(number: int) -> None:
            at = time.perf_counter()
            [name] = await self.submit([work.job(number)])
            handed_in[name] = at

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                due = started + number / rate
                while (now := time.perf_counter()) < due:
                    took += await self._arrivals(handed_in)
                    await asyncio.sleep(min(POLL_SECONDS, max(0.0, due - now)))
                group.create_task(hand_in(number))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(took) < count:
                took += await self._arrivals(handed_in)
                await asyncio.sleep(POLL_SECONDS)
        return {"milliseconds": sorted(took)}

    async def _arrivals(self, handed_in: dict[str, float]) -> list[float]:
        if not handed_in:
            return []
        done = await self.finished(handed_in)
        now = time.perf_counter()
        return [(now - handed_in.pop(name)) * 1000 for name in done]


class Table:
    """The names that are in a table of a SQLite file. It queries the table only after another process has
    committed.
    """

    def __init__(self, file: Path, query: str) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)
        self._query = query
        self._version = -1
        self._asked: frozenset[str] = frozenset()

    def among(self, names: Iterable[str]) -> set[str]:
        wanted = list(names)
        version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        if version == self._version and self._asked.issuperset(wanted):
            return set()
        self._version, self._asked = version, frozenset(wanted)
        found: set[str] = set()
        for first in range(0, len(wanted), 500):
            some = wanted[first : first + 500]
            query = self._query.format(",".join("?" * len(some)))
            found.update(str(row[0]) for row in self._connection.execute(query, some))
        return found


class Keys:
    """The names whose key is in Redis, queried in one round trip."""

    def __init__(self) -> None:
        self._redis = redis.Redis.from_url(work.redis_url())

    def among(self, keys: Mapping[str, str]) -> set[str]:
        """The names in `keys`, which maps names to keys, whose key exists."""
        with self._redis.pipeline(transaction=False) as question:
            for key in keys.values():
                question.exists(key)
            return {name for name, there in zip(keys, question.execute(), strict=True) if there}


def serve(client: Client) -> None:
    """Execute the commands of the benchmark until it closes the pipe."""
    asyncio.run(_serve(client))


async def _serve(client: Client) -> None:
    await client.open()
    _say({"ready": True})
    while line := await asyncio.to_thread(sys.stdin.readline):
        match line.split():
            case ["burst", count]:
                _say(await client.burst(int(count)))
            case ["paced", rate, seconds]:
                _say(await client.paced(float(rate), float(seconds)))
    await client.close()


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
