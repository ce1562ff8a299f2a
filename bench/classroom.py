"""Measures how long students wait for the classroom's pages while one or two whole classes work at once.

One classroom and one API on SQLite run as under `homework up`, with one HTTP client for each student. A
client opens its list and a homework, saves its answers every few seconds, looks over them and submits them.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil
from tests.support.api.filled_database import fill
from tests.support.broker.brokers import free_port
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until

from homework_api.database.engine import Database
from homework_api.database.migrate import upgrade

HOMEWORK_EACH = 12
"""The number of homework per student. A third of them are already submitted, as after some weeks."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Class:
    """The class at work, and the times that each kind of page took, in seconds."""

    def __init__(self, api: str, classroom: str, pause: float) -> None:
        self._api, self._classroom, self._pause = api, classroom, pause
        self.took: dict[str, list[float]] = defaultdict(list)

    async def work(self, student: int, rounds: int, first_pause: float) -> None:
        async with httpx.AsyncClient(base_url=self._classroom, timeout=30) as browser:
            # The students of a class do not press their buttons at the same moment.
            await asyncio.sleep(first_pause)
            await self._sign_in(browser, student)
            listed = (await browser.get(f"{self._api}/api/student/{student}/homework")).json()["homework"]
            ready = [each["id"] for each in listed if each["status"] == "available"]
            for homework in ready[:rounds]:
                await self._do(browser, homework)

    async def _do(self, browser: httpx.AsyncClient, homework: int) -> None:
        path = f"/homework/{homework}"
        await self._timed("list", browser, "GET", "/")
        await self._timed("begin", browser, "POST", f"{path}/start")
        await self._timed("exercises", browser, "GET", path)
        typed = {"count": "1", "answer-0": ""}
        for letters in ("siamo", "siamo an", "siamo andati"):
            typed["answer-0"] = letters
            await self._timed("save", browser, "POST", f"{path}/answers", urlencode(typed))
        await self._timed("look over", browser, "GET", f"{path}/check")
        await self._timed("send", browser, "POST", f"{path}/send", urlencode(typed))
        await self._timed("marks", browser, "GET", path)

    async def _timed(
        self, kind: str, browser: httpx.AsyncClient, method: str, path: str, body: str = ""
    ) -> None:
        began = time.perf_counter()
        answer = await browser.request(method, path, content=body, headers=_FORM)
        self.took[kind].append(time.perf_counter() - began)
        assert answer.status_code < 400, answer.text
        await asyncio.sleep(self._pause)

    async def _sign_in(self, browser: httpx.AsyncClient, student: int) -> None:
        made = (await browser.post(f"{self._api}/api/teacher/students/{student}/link")).json()
        nonce = urlencode({"nonce": f"browser-of-student-number-{student}"})
        entered = await browser.post(f"/in/{made['token']}", content=nonce, headers=_FORM)
        assert entered.status_code == 303, entered.text


async def measure(students: int, rounds: int, pause: float, folder: Path) -> None:
    database = f"sqlite+aiosqlite:///{folder}/homework.db"
    await asyncio.to_thread(upgrade, database)
    filling = Database(database)
    await fill(filling, students * HOMEWORK_EACH, per_student=HOMEWORK_EACH)
    await filling.close()
    api, classroom = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
    processes = _start(folder, database, api, classroom)
    try:
        for url in (api, classroom):
            await asyncio.to_thread(wait_until, partial(_answers, url), 60)
        before = [_cpu_seconds(process) for process in processes]
        ours = Class(api, classroom, pause)
        spread = [pause * number / students for number in range(students)]
        await asyncio.gather(*(ours.work(number + 1, rounds, spread[number]) for number in range(students)))
        used = [_cpu_seconds(process) - was for process, was in zip(processes, before, strict=True)]
        _report(ours.took, dict(zip(("api", "classroom"), used, strict=True)))
    finally:
        for process in processes:
            process.stop()


def _start(folder: Path, database: str, api: str, classroom: str) -> list[ServiceProcess]:
    settings = {
        "API_PORT": api.rpartition(":")[2], "DATABASE_URL": database,
        "CLASSROOM_PORT": classroom.rpartition(":")[2], "CLASSROOM_API_URL": api,
        "AMQP_URL": "amqp://127.0.0.1:1/",  # The benchmark writes no homework, so no broker is needed.
    }  # fmt: skip
    commands = {"api": ["homework_api.main", "http"], "classroom": ["homework_classroom"]}
    processes = [ServiceProcess(name, folder, command, settings) for name, command in commands.items()]
    for process in processes:
        process.start()
    return processes


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _cpu_seconds(process: ServiceProcess) -> float:
    used = psutil.Process(process.pid).cpu_times()
    return float(used.user + used.system)


def _report(took: dict[str, list[float]], used: dict[str, float]) -> None:
    everything = [each for kind in took.values() for each in kind]
    for kind, values in [*took.items(), ("all", everything)]:
        p95 = statistics.quantiles(values, n=20)[18]
        print(
            f"{kind:10} {len(values):5}  p50 {statistics.median(values) * 1000:6.1f} ms"
            f"  p95 {p95 * 1000:6.1f} ms  max {max(values) * 1000:6.1f} ms"
        )
    for name, seconds in used.items():
        print(f"{name}: {seconds / len(everything) * 1000:.1f} ms of CPU a page")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=60, help="number of students")
    parser.add_argument("--rounds", type=int, default=3, help="number of homework that each student does")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two actions of a student")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(arguments.students, arguments.rounds, arguments.pause, Path(folder)))


if __name__ == "__main__":
    main()
