"""Processes of a peer, and the CPU that they and their children use."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """One process with its children, in a session of its own."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, *, talks: bool = False
    ) -> None:
        self._out = log.open("ab")
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            start_new_session=True,
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else self._out,
            stderr=self._out,
        )

    def ask(self, command: str) -> dict[str, Any]:
        """Send one line, and read one line of JSON."""
        _pipe(self._process.stdin).write(f"{command}\n".encode())
        _pipe(self._process.stdin).flush()
        return self.told()

    def told(self) -> dict[str, Any]:
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"a process of a peer ended: look into {self._out.name}")
        told: dict[str, Any] = json.loads(line)
        return told

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """User and system time of the session, including children that have ended."""
        return sum(ticks for _pid, session, ticks in _stats() if session == self._process.pid) / TICKS

    def resident_mb(self) -> float:
        pages = sum(
            int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            for pid, session, _ticks in _stats()
            if session == self._process.pid
        )
        return round(pages * 4096 / 1e6, 1)

    def stop(self) -> None:
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            self._signal(number)
            try:
                self._process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        self._signal(signal.SIGKILL)  # Children may be left.
        for pipe in (self._process.stdin, self._process.stdout, self._out):
            if pipe is not None:
                pipe.close()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return


def cpu_of(processes: Sequence[Process]) -> float:
    return sum(process.cpu_seconds() for process in processes)


def broker_cpu() -> float:
    """User and system seconds of every RabbitMQ on this machine, in a container or not."""
    return _cpu_of_all("beam.smp")


def postgres_cpu() -> float:
    """User and system seconds of PostgreSQL. It has one process per connection, and those that have ended do
    not count.
    """
    return _cpu_of_all("postgres")


def _cpu_of_all(command: str) -> float:
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() == command:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return ticks / TICKS


def until_listening(port: int, seconds: float = 120.0) -> None:
    give_up = time.monotonic() + seconds
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > give_up:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.05)


def _stats() -> list[tuple[int, int, int]]:
    """Process id, session and ticks of every existing process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # Counted from the state, the session is the 4th field, and utime, stime, cutime and cstime are the
        # 12th to 15th.
        found.append((int(folder.name), int(fields[3]), sum(map(int, fields[11:15]))))
    return found


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
