"""`make chaos`: every fault, three times by default, under a steady load. The last line of its output is the
result.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import httpx

from tests.robustness.chaos.database import ChaosDatabase, Postgres, Sqlite
from tests.robustness.chaos.faults import Faults
from tests.robustness.chaos.house import house_in
from tests.robustness.chaos.load import Load
from tests.robustness.chaos.standstills import History, Standstills
from tests.robustness.chaos.verdict import Verdict, explain_lateness, judge, settled
from tests.support.broker.brokers import docker_answers


def main() -> None:
    arguments = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="homework-chaos-"))
    print(f"chaos: seed {arguments.seed}, logs in {folder}", flush=True)
    database: ChaosDatabase = Postgres() if arguments.database == "postgresql" else Sqlite(folder)
    try:
        database.prepare()
        verdict, faults, standstills = asyncio.run(_run(folder, database, arguments))
    finally:
        database.close()
    told = asdict(verdict) | {
        "faults": dict(sorted(faults.items())),
        "standstills_s": [round((end - begin).total_seconds(), 1) for _, begin, end in standstills],
        "seed": arguments.seed,
    }
    print(json.dumps(told))
    sys.exit(0 if verdict.is_clean and verdict.jobs >= arguments.jobs else 1)


async def _run(
    folder: Path, database: ChaosDatabase, arguments: argparse.Namespace
) -> tuple[Verdict, Counter[str], History]:
    random_ = random.Random(arguments.seed)
    async with (
        house_in(folder, database) as house,
        httpx.AsyncClient(base_url=house.url, timeout=60) as client,
    ):
        await house.until_ready()
        load = Load(client, arguments.jobs, arguments.seconds, random_)
        await load.enrol()
        faults = Faults(house, arguments.times, arguments.seconds / 2, random_)
        standstills = Standstills()
        with standstills.watched():
            await _apply(faults, load)
            await settled(client, load, house.forgotten)
        history = faults.history + standstills.history
        for line in await explain_lateness(database, house.outages, history):
            print(line, flush=True)
        verdict = await judge(load, database, house.outages, house.forgotten, history)
        return verdict, faults.counts, standstills.history


async def _apply(faults: Faults, load: Load) -> None:
    """Request jobs until every fault was applied."""
    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(done))
        group.create_task(faults.apply_all()).add_done_callback(lambda _: done.set())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000, help="smallest number of homework to request")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="decides the order of the faults"
    )
    parser.add_argument("--times", type=int, default=3, help="number of times that each fault is applied")
    parser.add_argument("--seconds", type=float, default=280.0, help="time over which the jobs are requested")
    default = "postgresql" if docker_answers() else "sqlite"
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default=default)
    return parser.parse_args()


if __name__ == "__main__":
    main()
