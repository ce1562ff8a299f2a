"""`make soak` uses half of this machine's capacity for a given time. The last line of its output lists what
grew.

Where the engine's environment and a small real model are installed, the real generator works beside a
stand-in for a GPU: the stand-in is fast enough for the load, and the real one must not grow either.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import httpx
import psutil

from homework_cli.broker.process import PrivateBroker
from tests.robustness.soak.figures import Growth, Sample, grown, increase, sample
from tests.support.generator.process import EngineProcess, PoliteEngineProcess
from tests.support.generator.small_models import MODELS
from tests.support.processes import Stack, stack

CLASS = 30
BURST_CLASSES = 34
DEADLINE_SECONDS = 60
SAMPLES = 48
PATIENCE_SECONDS = 120.0
SMALL_MODEL = MODELS / "smollm2"
ENGINE = "engine"
"""vLLM's own process. Its memory is reported and not judged, because it uses more of its cache as it needs
it. The generator rebuilds an engine that is silent for too long, as on a machine whose cores are busy.
"""


def main() -> None:
    arguments = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="homework-soak-"))
    print(f"soak: {arguments.minutes} minutes, logs in {folder}", flush=True)
    with PrivateBroker(folder / "broker") as broker, stack(broker, folder) as services:
        for start in (services.api, services.mock, services.console):
            start()
        services.gpu_like(seconds=0.05)
        services.wait_until_up()
        speaker = _speaker(broker, folder) if SMALL_MODEL.exists() else None
        try:
            told = asyncio.run(_soak(services, speaker, broker, arguments.minutes * 60))
        finally:
            if speaker:
                speaker.close()
    print(json.dumps(told))
    sys.exit(0 if told["flat"] and told["lost"] == 0 else 1)


def _speaker(broker: PrivateBroker, folder: Path) -> EngineProcess:
    settings = {
        "GENERATOR_MAX_TOKENS": "200",
        "GENERATOR_SELF_CHECK": "true",
        "GENERATOR_DRAIN_SECONDS": "0",  # Its jobs are given back at once: it would not end them in time.
    }
    return PoliteEngineProcess(broker, SMALL_MODEL, folder, "homework_generator", **settings)


async def _soak(
    services: Stack, speaker: EngineProcess | None, broker: PrivateBroker, seconds: float
) -> dict[str, object]:
    address = str(services.client.base_url)
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        students = await _students(client)
        half = await _capacity(client, students) / 2
        if speaker:  # It starts after the burst, because it would hold most of the burst until the deadline.
            speaker.start()
            await asyncio.to_thread(speaker.wait_until_serving)
        load = asyncio.create_task(_load(client, students, half / CLASS, seconds))
        samples, engines, connections = await _watch(_watched(services, speaker), speaker, broker, seconds)
        classes = await load
        tries = speaker and speaker.metric("homework_generator_exercises_total")
        if speaker:  # It would hold what it has taken until the deadline. Now the stand-in writes that.
            await asyncio.to_thread(speaker.close)
        await _until_done(client)
        state = (await client.get("/api/ops/overview")).json()
    ours = grown(samples)
    theirs = grown({ENGINE: steady} if (steady := _of_one(engines)) else {})
    written = sum(state["homework"]["by_generator"].values())
    return {
        "minutes": seconds / 60,
        "jobs": (classes + BURST_CLASSES) * CLASS,
        "jobs_per_second": round(half, 1),
        "lost": (classes + BURST_CLASSES) * CLASS - written,
        "owed": state["outbox"]["waiting"],
        "connections": connections,
        "tries_of_the_real_model": tries,
        "engines_seen": len(engines),
        "processes": {name: asdict(each) for name, each in (ours | theirs).items()},
        "flat": _is_flat(ours, connections) and state["outbox"]["waiting"] == 0,
    }


def _is_flat(by_process: dict[str, Growth], connections: list[int]) -> bool:
    return all(each.is_flat for each in by_process.values()) and increase(connections) <= 0


async def _students(client: httpx.AsyncClient) -> list[int]:
    people = [{"name": f"S{number}", "email": f"s{number}@example.org"} for number in range(CLASS)]
    return [(await client.post("/api/teacher/students", json=each)).json()["id"] for each in people]


async def _assign(client: httpx.AsyncClient, students: list[int]) -> None:
    request = {"cefr_level": "A2", "student_ids": students, "deadline_seconds": DEADLINE_SECONDS}
    headers = {"Idempotency-Key": str(uuid4())}
    answer = await client.post("/api/teacher/assignments", json=request, headers=headers)
    assert answer.status_code == 201, answer.text


async def _capacity(client: httpx.AsyncClient, students: list[int]) -> float:
    """The number of homework per second that the machine writes if a thousand are requested at once."""
    started = time.monotonic()
    for _ in range(BURST_CLASSES):
        await _assign(client, students)
    await _until_done(client)
    return BURST_CLASSES * CLASS / (time.monotonic() - started)


async def _until_done(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await client.get("/api/ops/overview")).json()["homework"]["by_status"].get("pending"):
            await asyncio.sleep(0.2)


async def _load(
    client: httpx.AsyncClient, students: list[int], classes_a_second: float, seconds: float
) -> int:
    """Post classes at even intervals, however long the previous one took. Gives their number."""
    started = time.monotonic()
    count = 0
    async with asyncio.TaskGroup() as group:
        while (now := time.monotonic() - started) < seconds:
            if count > now * classes_a_second:
                await asyncio.sleep(count / classes_a_second - now)
            group.create_task(_assign(client, students))
            count += 1
    return count


def _watched(services: Stack, speaker: EngineProcess | None) -> dict[str, int]:
    """Process ids by name. None of these processes may end while the load runs."""
    pids = {process.log.stem: process.pid for process in services.processes}
    return pids | ({"generator": speaker.pid} if speaker else {})


async def _watch(
    pids: Mapping[str, int], speaker: EngineProcess | None, broker: PrivateBroker, seconds: float
) -> tuple[dict[str, list[Sample]], dict[int, list[Sample]], list[int]]:
    """Sample each process, the engines by process id, and the number of the broker's connections at even
    intervals.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in pids}
    engines: dict[int, list[Sample]] = {}
    connections: list[int] = []
    connections_now = _connections(broker)
    for _ in range(SAMPLES):
        await asyncio.sleep(seconds / SAMPLES)
        for name, pid in pids.items():
            samples[name].append(sample(pid))
        for pid in speaker.engine_cores() if speaker else ():
            with suppress(psutil.NoSuchProcess):  # The process ended after it was listed.
                engines.setdefault(pid, []).append(sample(pid))
        connections.append(await asyncio.to_thread(connections_now))
    return samples, engines, connections


def _of_one(engines: Mapping[int, list[Sample]]) -> list[Sample]:
    """The samples of an engine that worked all the time. The growth of two engines cannot be combined."""
    return next(iter(engines.values())) if len(engines) == 1 else []


def _connections(broker: PrivateBroker) -> Callable[[], int]:
    client = httpx.Client(
        base_url=broker.management_url, auth=("console", broker.password("console")), timeout=60
    )

    def now() -> int:
        return int(client.get("/api/overview").json()["object_totals"]["connections"])

    return now


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long the load lasts")
    return parser.parse_args()


if __name__ == "__main__":
    main()
