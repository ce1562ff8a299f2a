"""`make bench`: measures our service and its peers in one run, with the same work and the same RabbitMQ."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench.pipeline import measure, ours, report, scaling
from bench.pipeline.peers_in import PEERS
from bench.pipeline.running import ROOT
from tests.support.broker.brokers import BrokerProcess, start_broker

EVERY_PART = "peers,posts,growth,workers,databases,processes,scaling"
EVERY_PEER = ",".join(PEERS)
SHORT_JOBS, SHORT_SECONDS = 300, 1.0
OURS = ("homework", "queue alone")
RESULTS = ROOT / "bench/results/pipeline.json"

MISSING = (pytest.skip.Exception, pytest.fail.Exception)
"""The exceptions by which the tests' support reports a program that is not installed. They do not derive from
`Exception`.
"""

Rows = list[dict[str, Any]]


def main() -> int:
    """Returns 1 if something could not be measured."""
    arguments = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="homework-bench-"))
    print(f"bench: logs in {folder}", flush=True)
    with _broker(folder) as broker:
        version = _version(broker)
        bench = _Bench(broker, folder, arguments)
        measured = {part: bench.part(part) for part in arguments.parts.split(",")}
    told: dict[str, Any] = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, RabbitMQ {version}",
        "jobs": arguments.jobs,
        **measured,
    }
    _show(measured)
    # The documentation shows the figures of one complete run.
    is_whole = (arguments.parts, arguments.peers) == (EVERY_PART, EVERY_PEER) and not bench.failed
    if arguments.out or (is_whole and not arguments.short):
        (arguments.out or RESULTS).write_text(json.dumps(told, indent=1) + "\n")
    return 1 if bench.failed else 0


class _Bench:
    def __init__(self, broker: BrokerProcess, folder: Path, arguments: argparse.Namespace) -> None:
        self._broker = broker
        self._folder = folder
        self._asked = arguments
        self.failed = False

    def part(self, name: str) -> Rows:
        jobs, seconds = self._asked.jobs, self._asked.seconds
        if name == "peers":
            return [row for peer in self._peers for row in self._try(peer, partial(self._peer, peer))]
        by_name: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
            "posts": lambda: ours.posts(self._broker, self._folder, seconds),
            "growth": lambda: ours.growth(self._broker, self._folder, jobs, self._sizes),
            "workers": lambda: ours.workers(self._broker, self._folder, jobs),
            "databases": lambda: ours.databases(self._broker, self._folder, jobs),
            "processes": self._processes,
            "scaling": self._scaling,
        }
        return self._try(name, lambda: list(by_name[name]()))

    def _processes(self) -> Iterator[dict[str, Any]]:
        asked = self._asked
        for peer in self._ours:
            yield from scaling.processes(
                peer, self._broker, self._folder, asked.jobs, asked.seconds, short=asked.short
            )

    def _scaling(self) -> Iterator[dict[str, Any]]:
        jobs, short = self._asked.jobs, self._asked.short
        for peer in self._ours:
            yield from scaling.scaling(peer, self._broker, self._folder, jobs, short=short)

    @property
    def _ours(self) -> Sequence[str]:
        return OURS[:1] if self._asked.short else OURS

    @property
    def _sizes(self) -> Sequence[int]:
        return ours.SIZES[:1] if self._asked.short else ours.SIZES

    @property
    def _peers(self) -> list[str]:
        wanted: list[str] = self._asked.peers.split(",")
        return wanted

    def _peer(self, name: str) -> Rows:
        row = measure.peer(name, self._broker, self._folder / name, self._asked.jobs, self._asked.seconds)
        print(json.dumps(row), flush=True)
        return [row]

    def _try(self, name: str, do: Callable[[], Rows]) -> Rows:
        """Report a failure by its name, and continue with the remaining measurements."""
        try:
            return do()
        except (Exception, *MISSING) as error:
            print(f"bench: {name} failed: {error}; its logs are in {self._folder}", flush=True)
            self.failed = True
            return []


def _show(measured: dict[str, Rows]) -> None:
    tables = {"peers": report.peers, "growth": report.growth}
    for part, rows in measured.items():
        if rows:
            print(f"\n{part}\n\n{tables.get(part, report.flat)(rows)}", flush=True)


@contextmanager
def _broker(folder: Path) -> Iterator[BrokerProcess]:
    (folder / "broker").mkdir()
    try:
        yield from start_broker(folder / "broker")
    except MISSING as missing:
        sys.exit(f"bench: {missing}")


def _version(broker: BrokerProcess) -> str:
    auth = ("ops", broker.password("ops"))
    answer = httpx.get(f"{broker.management_url}/api/overview", auth=auth, timeout=60)
    return str(answer.raise_for_status().json()["rabbitmq_version"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000, help="number of jobs in each burst")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="length of each part with fifty jobs a second"
    )
    parser.add_argument("--parts", default=EVERY_PART, help="the parts to run, separated by commas")
    parser.add_argument("--peers", default=EVERY_PEER, help="the peers to run, separated by commas")
    parser.add_argument(
        "--short", action="store_true", help="run everything once with few jobs; gives no useful figures"
    )
    parser.add_argument(
        "--out", type=Path, help="file for the JSON; default for a whole run: in bench/results"
    )
    arguments = parser.parse_args()
    if arguments.short:
        arguments.jobs, arguments.seconds = SHORT_JOBS, SHORT_SECONDS
    return arguments


if __name__ == "__main__":
    sys.exit(main())
