"""Our service in several processes on PostgreSQL: the CPU that a job costs in each kind of process.

One process of each kind already keeps two cores busy, so the jobs per second cannot grow here. The CPU shows
more: if a job costs as much with four relays and four results processes as with one of each, they do not
hinder each other, and the jobs per second of a cluster follow from the CPU that each kind of process uses for
a job.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
from bench.pipeline.measure import RATE, percentile, warm_up
from bench.pipeline.peers_in import running
from bench.pipeline.running import Process, broker_cpu, cpu_of, postgres_cpu
from tests.support.api.databases import own_database, postgres
from tests.support.api.filled_database import fill
from tests.support.broker.brokers import BrokerProcess

from homework_api.database.engine import Database
from homework_api.database.migrate import upgrade

EACH = (1, 2, 4)
"""The number of relays, and the equal number of results processes."""
SIZES = (1_000, 1_000_000)
"""The number of homework in the tables before the run."""
HOMEWORK_PER_STUDENT = 20

ROLES = ("serve", "http relay results")

Row = dict[str, Any]


def processes(
    peer: str, broker: BrokerProcess, folder: Path, jobs: int, seconds: float, *, short: bool
) -> Iterator[Row]:
    """Jobs per second, and milliseconds at fifty a second for some seconds, with all roles in one process and
    with one process each. `short` takes the last of all.
    """
    with postgres(durable=True) as server:
        for roles in ROLES[-1:] if short else ROLES:
            if not short:
                yield _of_roles(roles, peer, broker, folder / f"{peer}-{roles}-sqlite", jobs, seconds, None)
            with own_database(server) as url:
                upgrade(url)
                place = folder / f"{peer}-{roles}-postgresql"
                yield _of_roles(roles, peer, broker, place, jobs, seconds, url)


def _of_roles(
    roles: str, peer: str, broker: BrokerProcess, folder: Path, jobs: int, at_rest: float, url: str | None
) -> Row:
    with running(peer, broker, folder, roles=roles, database_url=url) as ours:
        warm_up(ours)
        before = cpu_of(ours.others)
        seconds = ours.client.ask(f"burst {jobs}")["seconds"]
        used = cpu_of(ours.others) - before
        trickle = ours.client.ask(f"paced {RATE} {at_rest}")["milliseconds"]
        resident = sum(process.resident_mb() for process in ours.others[: len(roles.split())])
    return {
        "peer": peer, "processes": roles, "database": "postgresql" if url else "sqlite",
        "jobs_per_s": round(jobs / seconds, 1),
        "cpu_s_per_1000": round(used / jobs * 1000, 3), "p50_ms": percentile(trickle, 50),
        "p99_ms": percentile(trickle, 99), "resident_mb": round(resident, 1),
    }  # fmt: skip


def scaling(peer: str, broker: BrokerProcess, folder: Path, jobs: int, *, short: bool) -> Iterator[Row]:
    """Jobs per second, and seconds of CPU for 1,000 jobs by kind of process: with more and more processes on
    empty tables, then with one of each on fuller tables. `short` measures only the first case.
    """
    cases = [(each, 0) for each in EACH] + [(1, size) for size in SIZES]
    with postgres(durable=True) as server:
        for each, homework in cases[:1] if short else cases:
            with own_database(server) as url:
                _fill(url, homework)
                yield _with(each, homework, peer, broker, folder / f"{peer}-{each}-{homework}", jobs, url)


def _fill(url: str, homework: int) -> None:
    async def write() -> None:
        database = Database(url)
        await fill(database, homework, HOMEWORK_PER_STUDENT)
        await database.close()
        # PostgreSQL would soon do this by itself, while the jobs run.
        connection = await asyncpg.connect(url)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
        await connection.close()

    upgrade(url)
    if homework:
        asyncio.run(write())


def _with(
    each: int, homework: int, peer: str, broker: BrokerProcess, folder: Path, jobs: int, url: str
) -> Row:
    roles = ["http", *["relay"] * each, *["results"] * each]
    with running(peer, broker, folder, roles=" ".join(roles), database_url=url) as ours:
        warm_up(ours)
        kinds = _by_kind(roles, ours.others)
        before = _used(kinds)
        seconds = ours.client.ask(f"burst {jobs}")["seconds"]
        used = {kind: (after - before[kind]) / jobs * 1000 for kind, after in _used(kinds).items()}
    return {
        "peer": peer, "relays_and_results": each, "homework_before": homework,
        "jobs_per_s": round(jobs / seconds, 1), **{kind: round(cpu, 3) for kind, cpu in used.items()},
    }  # fmt: skip


def _by_kind(roles: list[str], processes: list[Process]) -> dict[str, list[Process]]:
    kinds: dict[str, list[Process]] = {}
    for role, process in zip([*roles, "worker"], processes, strict=True):
        kinds.setdefault(role, []).append(process)
    return kinds


def _used(kinds: dict[str, list[Process]]) -> dict[str, float]:
    """Seconds of CPU until now. Those of PostgreSQL and the broker include all their processes on this
    machine.
    """
    ours = {kind: cpu_of(processes) for kind, processes in kinds.items()}
    return ours | {"postgresql": postgres_cpu(), "broker": broker_cpu()}
