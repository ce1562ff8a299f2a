"""Real service processes for end-to-end tests, which start, kill and inspect them over REST."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.support.broker.brokers import BrokerProcess, free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
LATENESS_ALLOWED = 10.0
"""The guarantee is two seconds, and the chaos run checks it. Beside these processes other tests run."""


def homework_api(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the API until it ends."""
    command = [sys.executable, "-m", "homework_api.main", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110, check=False)


def seconds_late(assignment: dict[str, Any]) -> float:
    """The seconds from an assignment's deadline until its last homework was stored."""
    completed, deadline = (datetime.fromisoformat(assignment[at]) for at in ("completed_at", "deadline_at"))
    return (completed - deadline).total_seconds()


class ServiceProcess:
    """One child process with its log in a file."""

    def __init__(self, name: str, folder: Path, arguments: list[str], environment: dict[str, str]) -> None:
        self.log = folder / f"{name}.log"
        self._arguments = [sys.executable, "-m", *arguments]
        self._environment = os.environ | {"LOG_FORMAT": "json", "PYTHONPATH": str(ROOT)} | environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, env=self._environment, stdout=log, stderr=log, cwd=self.log.parent
            )

    def kill(self) -> None:
        """Send SIGKILL, so that no handler runs and no buffer is flushed."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Send SIGTERM, and wait. Gives the exit code."""
        return self._end(signal.SIGTERM)

    def wait(self) -> int:
        """Wait until the process has ended by itself. Gives the exit code."""
        assert self._process is not None
        return self._process.wait(timeout=120)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self.running:
            self._process.send_signal(number)
        return self._process.wait(timeout=60)


class Stack:
    """The services of one test on one broker and one SQLite file."""

    def __init__(self, broker: BrokerProcess, folder: Path, database_url: str | None = None) -> None:
        self.broker = broker
        self.folder = folder
        self.port = free_port()
        self.console_port = free_port()
        self.classroom_port = free_port()
        self.metrics_port = free_port()
        self._database_url = database_url or f"sqlite+aiosqlite:///{folder}/homework.db"
        self.processes: list[ServiceProcess] = []
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def api(self, role: str = "serve", start: bool = True, **more: str) -> ServiceProcess:
        environment = {
            "AMQP_URL": self.broker.amqp_url("api"),
            "DATABASE_URL": self._database_url,
            "API_PORT": str(self.port),
            **({"METRICS_PORT": str(self.metrics_port)} if role in {"serve", "http"} else {}),
            **more,
        }
        return self._add(f"api-{role}", ["homework_api.main", role], environment, start)

    def mock(self, **more: str) -> ServiceProcess:
        environment = {"AMQP_URL": self.broker.amqp_url("mock_generator")} | more
        return self._add("mock", ["homework_mock_generator"], environment, True)

    def gpu_like(self, seconds: float) -> ServiceProcess:
        """A worker on `generation.jobs` with the real loop, whose generate function takes `seconds`."""
        environment = {"AMQP_URL": self.broker.amqp_url("generator"), "GENERATE_SECONDS": str(seconds)}
        return self._add("gpu", ["tests.support.generator.gpu_like"], environment, True)

    def console(self, **settings: str) -> ServiceProcess:
        """The web console, on `console_port`."""
        environment = {
            "CONSOLE_PORT": str(self.console_port),
            "CONSOLE_API_URL": f"http://127.0.0.1:{self.port}",
            "CONSOLE_MANAGEMENT_URL": self.broker.management_url,
            "CONSOLE_MANAGEMENT_PASSWORD": self.broker.password("console"),
            "CONSOLE_CLASSROOM_LINK": self.classroom_url,
        }
        return self._add("console", ["homework_console"], environment | settings, True)

    def classroom(self, **settings: str) -> ServiceProcess:
        """The pages for students, on `classroom_port`."""
        environment = {
            "CLASSROOM_PORT": str(self.classroom_port),
            "CLASSROOM_API_URL": f"http://127.0.0.1:{self.port}",
            "TIMEZONE": "Europe/Rome",
        }
        return self._add("classroom", ["homework_classroom"], environment | settings, True)

    @property
    def classroom_url(self) -> str:
        return f"http://127.0.0.1:{self.classroom_port}"

    def link(self, student_id: int) -> str:
        """The address that signs a student in to the classroom once."""
        made = self.client.post(f"/api/teacher/students/{student_id}/link")
        return f"{self.classroom_url}/in/{made.json()['token']}"

    @property
    def console_url(self) -> str:
        return f"http://127.0.0.1:{self.console_port}"

    def sign_in_address(self) -> str:
        """The address that signs a browser in to the console once."""
        return (self.folder / ".run" / "sign-in").read_text().strip()

    def close(self) -> None:
        self.client.close()
        running = [process for process in self.processes if process.running]
        for process in running:
            process.send(signal.SIGCONT)
            process.send(signal.SIGTERM)
        for process in running:
            process.wait()

    def metrics(self) -> str:
        """The metrics of the process that serves HTTP."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        return httpx.get(url, timeout=60).raise_for_status().text

    def wait_until_up(self) -> None:
        self.wait(lambda: self._get("/ready").get("status") == "ready", 180)

    def assign(self, students: int = 1, **request: Any) -> dict[str, Any]:
        """Post students and one assignment for them. Gives the API's response about the assignment."""
        ids = [self._student(number) for number in range(students)]
        body = {"cefr_level": "A2", "quantity": 3, "deadline_seconds": 5, "student_ids": ids} | request
        answer = self.client.post("/api/teacher/assignments", json=body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def assignment(self, assignment_id: int) -> dict[str, Any]:
        return self._get(f"/api/teacher/assignments/{assignment_id}")

    def homework(self, student_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get(f"/api/student/{student_id}/homework")["homework"]
        return found

    def wait_for_completion(self, assignment_id: int, seconds: float) -> dict[str, Any]:
        self.wait(lambda: self.assignment(assignment_id)["status"] in {"completed", "failed"}, seconds)
        return self.assignment(assignment_id)

    def wait(self, condition: Callable[[], bool], seconds: float) -> None:
        def holds() -> bool:
            try:
                return condition()
            except httpx.HTTPError:
                return False

        wait_until(holds, seconds, self.logs)

    def logs(self) -> str:
        return "\n".join(f"--- {p.log.name}\n{p.log.read_text()[-3000:]}" for p in self.processes)

    def _student(self, number: int) -> int:
        email = f"student{number}-{time.monotonic_ns()}@example.org"
        answer = self.client.post("/api/teacher/students", json={"name": f"S{number}", "email": email})
        assert answer.status_code == 201, answer.text
        id_: int = answer.json()["id"]
        return id_

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(path).json()
        return answer

    def _add(
        self, name: str, arguments: list[str], environment: dict[str, str], start: bool
    ) -> ServiceProcess:
        numbered = f"{name}-{len(self.processes)}"
        process = ServiceProcess(numbered, self.folder, arguments, environment)
        self.processes.append(process)
        if start:
            process.start()
        return process


@contextmanager
def stack(broker: BrokerProcess, folder: Path, database_url: str | None = None) -> Iterator[Stack]:
    services = Stack(broker, folder, database_url)
    try:
        yield services
    finally:
        services.close()
