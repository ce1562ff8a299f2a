"""`make bench`: one run, one machine, one RabbitMQ, the same work for all."""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.pipeline.peers_in import PEERS, running
from bench.pipeline.running import ROOT, cpu_of
from tests.support.brokers import BrokerProcess, purge, start_broker

RATE = 50.0
WARM_UP = 300
RESULTS = ROOT / "bench/results/pipeline.json"


def main() -> None:
    arguments = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="homework-bench-"))
    print(f"bench: logs in {folder}", flush=True)
    with _broker(folder) as broker:
        tried = [_try(name, broker, folder / name, arguments) for name in arguments.peers.split(",")]
    rows = [row for row in tried if row]
    told = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "jobs": arguments.jobs,
        "peers": rows,
    }
    if rows:
        print(table(rows))
    if arguments.out:
        Path(arguments.out).write_text(json.dumps(told, indent=1) + "\n")


def _try(
    name: str, broker: BrokerProcess, folder: Path, arguments: argparse.Namespace
) -> dict[str, Any] | None:
    """None when the peer failed: the others are measured all the same."""
    try:
        return _measure(name, broker, folder, arguments)
    except (RuntimeError, TimeoutError, OSError) as error:
        print(f"bench: {name} failed: {error}; its logs are in {folder}", flush=True)
        return None


def _measure(name: str, broker: BrokerProcess, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    purge(broker)
    with running(name, broker, folder) as peer:
        peer.client.ask(f"burst {WARM_UP}")
        time.sleep(0.5)
        before = cpu_of(peer.all)
        burst = peer.client.ask(f"burst {arguments.jobs}")
        used = cpu_of(peer.all) - before
        memory = [process.resident_mb() for process in peer.all]
        time.sleep(0.5)
        trickle = peer.client.ask(f"paced {RATE} {arguments.seconds}")["milliseconds"]
    row = {
        "peer": name,
        "jobs_per_s": round(arguments.jobs / burst["seconds"], 1),
        "cpu_s_per_1000": round(used / arguments.jobs * 1000, 3),
        "p50_ms": percentile(trickle, 50),
        "p99_ms": percentile(trickle, 99),
        "submit_s": round(burst["submit_seconds"], 2),
        "resident_mb": sum(memory),
    }
    print(json.dumps(row), flush=True)
    return row


def percentile(values: Sequence[float], percent: int) -> float:
    return round(values[min(len(values) - 1, len(values) * percent // 100)], 1)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown; the ratios are to ours."""
    ours = next((row for row in rows if row["peer"] == "homework"), rows[0])
    lines = [
        "| peer | jobs/s | ours is | CPU s per 1,000 | ours uses | p50 ms | p99 ms |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in sorted(rows, key=lambda row: -row["jobs_per_s"]):
        faster = ours["jobs_per_s"] / row["jobs_per_s"]
        cheaper = ours["cpu_s_per_1000"] / row["cpu_s_per_1000"]
        lines.append(
            f"| {row['peer']} | {row['jobs_per_s']:,.0f} | {faster:.2f} × | {row['cpu_s_per_1000']:.2f} "
            f"| {cheaper:.2f} × | {row['p50_ms']} | {row['p99_ms']} |"
        )
    return "\n".join(lines)


@contextmanager
def _broker(folder: Path) -> Iterator[BrokerProcess]:
    (folder / "broker").mkdir()
    yield from start_broker(folder / "broker")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the trickle of 50 jobs a second")
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated")
    parser.add_argument("--out", default=str(RESULTS), help="where the JSON goes; nothing: nowhere")
    return parser.parse_args()


if __name__ == "__main__":
    main()
