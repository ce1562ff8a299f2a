"""What is measured of a peer: a burst of jobs, then jobs at a steady rate."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.pipeline.peers_in import Running, running
from bench.pipeline.running import broker_cpu, cpu_of
from tests.support.broker.brokers import BrokerProcess

RATE = 50.0
WARM_UP = 300


def peer(name: str, broker: BrokerProcess, folder: Path, jobs: int, seconds: float) -> dict[str, Any]:
    """One row of the table. The CPU seconds are user and system time of all processes of the peer, and those
    of the broker are separate.
    """
    with running(name, broker, folder) as started:
        warm_up(started)
        before, of_broker = cpu_of(started.all), broker_cpu()
        burst = started.client.ask(f"burst {jobs}")
        used, by_broker = cpu_of(started.all) - before, broker_cpu() - of_broker
        memory = [process.resident_mb() for process in started.all]
        time.sleep(0.5)
        trickle = started.client.ask(f"paced {RATE} {seconds}")["milliseconds"]
    return {
        "peer": name,
        "jobs_per_s": round(jobs / burst["seconds"], 1),
        "cpu_s_per_1000": round(used / jobs * 1000, 3),
        "broker_cpu_s_per_1000": round(by_broker / jobs * 1000, 3),
        "p50_ms": percentile(trickle, 50),
        "p99_ms": percentile(trickle, 99),
        "submit_s": round(burst["submit_seconds"], 2),
        "resident_mb": round(sum(memory), 1),
    }


def rate_of(ours: Running, jobs: int) -> float:
    """Jobs per second."""
    warm_up(ours)
    seconds: float = ours.client.ask(f"burst {jobs}")["seconds"]
    return round(jobs / seconds, 1)


def percentile(values: Sequence[float], percent: int) -> float:
    """A percentile of sorted values."""
    return round(values[min(len(values) - 1, len(values) * percent // 100)], 1)


def warm_up(started: Running) -> None:
    started.client.ask(f"burst {WARM_UP}")
    time.sleep(0.5)
