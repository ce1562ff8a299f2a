"""`make profile`: where the CPU of a job goes, by process and by step.

A sampling profiler (py-spy) looks at the API and at the worker while they do a burst of jobs and while they
do fifty a second. A sample belongs to the innermost step on its stack. The samples of a process share out the
CPU that the kernel counted for it, so the steps of a process add up to what it used.
"""

import argparse
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.pipeline.measure import RATE
from bench.pipeline.peers_in import Running, running
from bench.pipeline.running import ROOT, Process
from tests.support.broker.brokers import BrokerProcess, start_broker

PROFILER = ROOT / ".venv-bench/bin/py-spy"
SAMPLES_PER_SECOND = 200
WARM_UP = 300

STEPS: Mapping[str, Sequence[str]] = {
    "checks of the language": ("homework_shared/language/",),
    "checks of the form": ("homework_shared/exercises/checks.py",),
    "messages to and from bytes": (
        "homework_shared/exercises/messages.py",
        "homework_shared/messaging/transport.py",
        "pydantic/",
    ),
    "broker": ("homework_shared/messaging/", "aio_pika/", "aiormq/", "pamqp/"),
    "database": ("homework_api/database/", "sqlalchemy/", "sqlite3/"),
    "HTTP": ("homework_api/http/", "homework_api/schemas/", "uvicorn/", "starlette/", "fastapi/"),
    "accepting": ("homework_api/services/", "homework_api/pipeline/jobs.py"),
    "relay": ("homework_api/pipeline/relay.py", "homework_api/pipeline/outbox_handoff.py"),
    "results": ("homework_api/pipeline/",),
    "worker": ("homework_shared/worker/", "bench/pipeline/"),
    "metrics, logs, traces": (
        "homework_shared/observability/",
        "prometheus_client/",
        "opentelemetry/",
        "structlog/",
    ),
}
"""The files of each step, by the beginning of their paths in py-spy's output. The first
matching step counts.
"""
OTHER = "event loop and interpreter"
_WAITING = (
    *("pthread_cond_", "take_gil", "PyThread_acquire_lock", "epoll_", "futex", "sem_wait", "poll ("),
    *("fdatasync", "fsync"),
)
"""A thread in one of these functions waits for the interpreter's lock, for an event or for the disk, and uses
no CPU."""
_WITH_NATIVE_FRAMES = sys.version_info < (3, 13)
"""Under Python 3.13 py-spy 0.4 cannot place the Python frames in a native stack, and omits half of them.
Without native frames it omits waiting threads by itself.
"""
_INNERMOST = 4
"""The number of innermost frames that are searched for such a function. Libraries without symbols may be
below it.
"""


def step_of(frames: Sequence[str]) -> str:
    """The step of the innermost frame that belongs to a step. The innermost frame is the last one."""
    for frame in reversed(frames):
        file = frame.rpartition("(")[2]
        for step, beginnings in STEPS.items():
            if file.startswith(tuple(beginnings)):
                return step
    return OTHER


def shares(lines: Iterable[str]) -> dict[str, float]:
    """Each step's share of the samples that used CPU. A line has a stack and its number of samples."""
    counted: Counter[str] = Counter()
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        frames = stack.split(";")
        if not any(name in frame for frame in frames[-_INNERMOST:] for name in _WAITING):
            counted[step_of(frames)] += int(samples)
    return {step: count / counted.total() for step, count in counted.most_common()}


def profile(broker: BrokerProcess, folder: Path, jobs: int) -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds of CPU per job, by load, by process and by step."""
    seconds = jobs / RATE / 4
    with running("homework", broker, folder) as ours:
        ours.client.ask(f"burst {WARM_UP}")
        return {
            "burst": _during(ours, jobs, folder / "burst", lambda: ours.client.ask(f"burst {jobs}")),
            "fifty a second": _during(
                ours,
                int(RATE * seconds),
                folder / "paced",
                lambda: ours.client.ask(f"paced {RATE} {seconds}"),
            ),
        }


def _during(
    ours: Running, jobs: int, folder: Path, load: Callable[[], object]
) -> dict[str, dict[str, float]]:
    processes = dict(zip(("api", "worker"), ours.others, strict=True))
    files = {name: _made(folder) / f"{name}.stacks" for name in processes}
    with ExitStack() as stack:
        for name, process in processes.items():
            stack.callback(_stop, _sample(process, files[name]))
        time.sleep(1)  # The profiler first reads the process's symbols.
        before = {name: process.cpu_seconds() for name, process in processes.items()}
        load()
        used = {name: process.cpu_seconds() - before[name] for name, process in processes.items()}
    return {
        name: {
            step: share * used[name] / jobs * 1000
            for step, share in shares(file.read_text().splitlines()).items()
        }
        for name, file in files.items()
    }


def _sample(process: Process, file: Path) -> "subprocess.Popen[bytes]":
    options = ["--rate", str(SAMPLES_PER_SECOND), "--format", "raw", "--output", str(file)]
    native = ["--native"] if _WITH_NATIVE_FRAMES else []
    command = [str(PROFILER), "record", *native, *options, "--pid", str(process.pid)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _stop(profiler: "subprocess.Popen[bytes]") -> None:
    """Interrupt the profiler, which then writes its file."""
    profiler.send_signal(signal.SIGINT)
    profiler.wait(60)


def table(measured: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """One row for each process and step, one column for each load, in milliseconds per job."""
    rows = sorted(
        {(process, step) for load in measured.values() for process, steps in load.items() for step in steps}
    )
    lines = [f"| process | step | {' | '.join(measured)} |", f"| --- | --- {'| ---: ' * len(measured)}|"]
    for process, step in rows:
        cells = (f"{load[process].get(step, 0):.3f}" for load in measured.values())
        lines.append(f"| {process} | {step} | {' | '.join(cells)} |")
    totals = (f"{sum(sum(steps.values()) for steps in load.values()):.3f}" for load in measured.values())
    return "\n".join([*lines, f"| both | all | {' | '.join(totals)} |"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="make profile", description=__doc__)
    parser.add_argument("--jobs", type=int, default=4000)
    jobs: int = parser.parse_args().jobs
    if not PROFILER.exists():
        sys.exit("profile: py-spy is missing: run deploy/bootstrap.sh bench")
    folder = Path(tempfile.mkdtemp(prefix="homework-profile-"))
    print(f"profile: {jobs} jobs, Python {platform.python_version()}, stacks in {folder}", flush=True)
    for broker in start_broker(_made(folder / "broker")):
        print(table(profile(broker, folder, jobs)))


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
