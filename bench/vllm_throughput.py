"""Measures what the pipeline costs on top of the engine, and what batching the jobs of a class gains.

One run uses one machine. First, classes are assigned over REST, and their jobs go through the outbox,
RabbitMQ and the worker loop to the engine, until REST reports that the homework is written. Then the same
engine gets the same prompts directly. The figures are tokens per second; quote only their ratios. See
bench/README.md.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

import httpx
from bench.engine_process import EngineHost, random_model

from homework_cli.broker.ports import free_port
from homework_cli.broker.process import PrivateBroker

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "vllm.json"


class Class:
    """A teacher's client for the real API."""

    def __init__(self, url: str, quantity: int) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        self._quantity = quantity
        self.written_by: Counter[str] = Counter()

    def students(self, count: int) -> list[int]:
        def create(number: int) -> int:
            body = {"name": f"S{number}", "email": f"s{number}-{time.monotonic_ns()}@example.org"}
            return int(self._http.post("/api/teacher/students", json=body).raise_for_status().json()["id"])

        return [create(number) for number in range(count)]

    def assign_and_wait(self, students: list[int]) -> float:
        """Seconds from the POST until the last homework can be read."""
        body = {
            "cefr_level": "A2", "topic": "food", "quantity": self._quantity, "student_ids": students,
            "deadline_seconds": 3600,
        }  # fmt: skip
        started = time.monotonic()
        id_ = self._http.post("/api/teacher/assignments", json=body).raise_for_status().json()["id"]
        with self._http.stream("GET", f"/api/teacher/assignments/{id_}/events", timeout=3600) as events:
            for _ in events.iter_lines():
                pass  # The stream ends when the assignment is final.
        seconds = time.monotonic() - started
        done = self._http.get(f"/api/teacher/assignments/{id_}").json()
        for kind, homework in done["progress"]["by_generator"].items():
            self.written_by[kind] += homework
        return seconds


@contextmanager
def service(broker: PrivateBroker, folder: Path) -> Iterator[str]:
    """Run the API, and the mock that writes what the model could not write. Gives the API's address."""
    port = free_port()
    environment = os.environ | {
        "AMQP_URL": broker.amqp_url("api"), "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bench.db",
        "API_PORT": str(port), "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    of_mock = environment | {"AMQP_URL": broker.amqp_url("mock_generator")}
    processes = [
        subprocess.Popen([sys.executable, "-m", "homework_api.main", "serve"], env=environment),
        subprocess.Popen([sys.executable, "-m", "homework_mock_generator"], env=of_mock),
    ]
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url)
        yield url
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def wait_until_ready(url: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{url}/ready", timeout=2).json().get("status") == "ready":
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} did not become ready")


class Phase:
    """Tokens and seconds of one way to do the work, summed over all rounds, and the load of the machine."""

    def __init__(self) -> None:
        self.tokens = 0.0
        self.seconds = 0.0
        self.loads: list[float] = []

    def add(self, tokens: float, seconds: float) -> None:
        self.tokens += tokens
        self.seconds += seconds
        self.loads.append(os.getloadavg()[0])

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


class Sums:
    """What the classes needed over all rounds: tries, usable exercises, tokens, and requests in flight."""

    def __init__(self) -> None:
        self.rounds: list[dict[str, Any]] = []

    def faults(self) -> dict[str, int]:
        """The outcomes of the tries that were not usable."""
        return dict(sum((Counter(each["faults"]) for each in self.rounds), Counter[str]()))

    def total(self, name: str) -> float:
        return float(sum(each[name] for each in self.rounds))

    def mean(self, name: str) -> float:
        return self.total(name) / max(1, len(self.rounds))


def measure(host: EngineHost, school: Class, options: argparse.Namespace) -> tuple[dict[str, Phase], Sums]:
    """Measure in rounds. Each round includes every phase, so that a busy moment of the machine affects all of
    them.
    """
    phases = {name: Phase() for name in ("class", "class_direct", "single", "single_direct")}
    sums = Sums()
    everyone = school.students(options.students)
    school.assign_and_wait(everyone[:1])  # The first homework compiles the grammars and warms up the path.
    host.order(forget=True)
    school.written_by.clear()
    started = time.monotonic()
    while len(sums.rounds) < options.rounds and (not sums.rounds or minutes_since(started) < options.minutes):
        seconds = school.assign_and_wait(everyone)
        direct = host.order(replay="together")
        done = host.order(forget=True)
        done["tokens"] -= direct["tokens"]
        sums.rounds.append(done)
        phases["class"].add(done["tokens"], seconds)
        phases["class_direct"].add(**direct)
        seconds = sum(school.assign_and_wait([student]) for student in everyone[: options.singles])
        direct = host.order(replay="by_job")
        done = host.order(forget=True)
        phases["single"].add(done["tokens"] - direct["tokens"], seconds)
        phases["single_direct"].add(**direct)
        print(f"round {len(sums.rounds)} ended after {minutes_since(started):.1f} min", flush=True)
    return phases, sums


def minutes_since(started: float) -> float:
    return (time.monotonic() - started) / 60


def main() -> None:
    options = parse()
    # Otherwise the broker and the API would keep running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = options.model or random_model(folder / "model", options.hidden, options.layers)
        with PrivateBroker(folder / "broker") as broker, service(broker, folder) as url:
            # A model with random weights solves nothing.
            host = EngineHost(
                broker.amqp_url("generator"), model, options.load_format, folder / "engine.log",
                self_check=bool(options.model) and options.load_format != "dummy", tries=options.tries,
            )  # fmt: skip
            options.students = options.students or ceil(host.about["batch"] / options.quantity)
            school = Class(url, options.quantity)
            try:
                phases, sums = measure(host, school, options)
            finally:
                host.close()
            report(phases, sums, dict(school.written_by), host.about, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="a model folder or hub name; default: a tiny one with random weights")
    parser.add_argument("--hidden", type=int, default=64, help="width of the tiny model")
    parser.add_argument("--layers", type=int, default=2, help="number of layers of the tiny model")
    parser.add_argument(
        "--load-format", default="auto", help="`dummy` gives the model random weights of its own size"
    )
    parser.add_argument(
        "--students", type=int, help="number of students; default: as many as fill the engine's batch"
    )
    parser.add_argument("--quantity", type=int, default=3, help="number of exercises for each homework")
    parser.add_argument(
        "--singles", type=int, default=1, help="students who are served one at a time in each round"
    )
    parser.add_argument("--tries", type=int, default=1, help="number of tries for each exercise")
    parser.add_argument("--rounds", type=int, default=3, help="greatest number of rounds")
    parser.add_argument("--minutes", type=float, default=2, help="no round begins after this time")
    return parser.parse_args()


def report(
    phases: dict[str, Phase],
    sums: Sums,
    written_by: dict[str, int],
    about: dict[str, Any],
    options: argparse.Namespace,
) -> None:
    rates = {name: round(phase.rate, 1) for name, phase in phases.items() if phase.seconds}
    ratios = {
        "class_pipeline_over_direct": round(rates["class"] / rates["class_direct"], 3),
    }
    if "single" in rates:
        ratios["single_pipeline_over_direct"] = round(rates["single"] / rates["single_direct"], 3)
        ratios["class_over_one_at_a_time"] = round(rates["class"] / rates["single"], 2)
    usable = sums.total("usable")
    writing = {
        "tries": sums.total("tries"),
        "usable": usable,
        "tokens_per_usable_exercise": round(sums.total("tokens") / usable) if usable else None,
        "self_check_percent": sums.mean("check_percent"),
        "requests_in_flight": round(sums.mean("in_flight"), 1),
        "share_of_time_with_60_in_flight": round(sums.mean("many_in_flight"), 2),
        "faults": sums.faults(),
        "homework_by": written_by,
    }
    device = about["gpu"] or "CPU"
    print(
        f"{options.students} students x {options.quantity} exercises on {device}, {len(sums.rounds)} rounds"
    )
    loads = {name: round(sum(phases[name].loads) / len(sums.rounds), 1) for name in rates}
    for name, rate in rates.items():
        print(f"{name:<32} {rate:>10.1f} tokens/s at a load of {loads[name]}")
    for name, value in (ratios | writing).items():
        print(f"{name:<32} {value!s:>10}")
    model = Path(options.model).name if options.model else "tiny random Mistral"
    summary = {
        "device": device,
        "model": model,
        "batch": about["batch"],
        "students": options.students,
        "quantity": options.quantity,
        "most_tries": options.tries,
        "rounds": len(sums.rounds),
        "tokens_per_second": rates,
        "load_average": loads,
        "ratios": ratios,
        "writing": writing,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
