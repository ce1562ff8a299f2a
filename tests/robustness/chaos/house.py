"""All processes of the product, several of each kind where redundancy matters, with a supervisor."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from homework_cli.broker.process import PrivateBroker
from tests.robustness.chaos.database import ChaosDatabase
from tests.support.broker.brokers import free_port, ticket_for
from tests.support.broker.proxy import proxy_to
from tests.support.processes import ServiceProcess
from tests.support.version_before import is_in_history, unpack_version_before

GENERATE_SECONDS = 0.8
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
"""Debian's libfaketime gives some processes of a machine another time of day."""
WRONG_CLOCK_SECONDS = 30.0
REVIVE_SECONDS = 0.3
TICKET_SECONDS = 1.0
READY_SECONDS = 120.0


@dataclass
class Outages:
    """The times when the broker or the database was down. Homework that was due then does not
    count as late.
    """

    spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    @contextmanager
    def noted(self) -> Iterator[None]:
        started = datetime.now(UTC)
        try:
            yield
        finally:
            self.spans.append((started, datetime.now(UTC)))

    def covers(self, moment: datetime) -> bool:
        return any(begin <= moment <= stop for begin, stop in self.spans)

    def seconds_between(self, start: datetime, end: datetime) -> float:
        total, covered = 0.0, start
        for begin, stop in sorted(self.spans):
            begin, stop = max(begin, covered), min(stop, end)
            if stop > begin:
                total += (stop - begin).total_seconds()
                covered = stop
        return total


class House:
    """The processes of one run. They start in any order, which the product allows."""

    def __init__(self, folder: Path, broker: PrivateBroker, database: ChaosDatabase) -> None:
        self.folder = folder
        self.broker = broker
        self.database = database
        self.outages = Outages()
        self.forgotten = Outages()
        """The times whose work was lost on purpose, together with the database."""
        self._held: set[ServiceProcess] = set()
        self._tunnel = contextlib.AsyncExitStack()
        self.port = free_port()
        self.http = self._api("http", 0)
        self.set_clock_of_the_second_machine("+0")
        self._relays_and_results = [
            self._api(role, number) for role in ("relay", "results") for number in range(2)
        ]
        self.generators = [self._generator(number) for number in range(2)]
        self.processes = [
            self.http,
            *self._relays_and_results,
            *(self._mock(number) for number in range(2)),
            *self.generators,
            self._generator(2, through_tunnel=True),
        ]
        self.version_before: ServiceProcess | None = None
        if is_in_history():
            before = unpack_version_before(folder / "version-before")
            self.version_before = self._api("serve", 0, **before)
        self.wrong_clock = self._generator(3, CLOCK_OFFSET_SECONDS=str(WRONG_CLOCK_SECONDS))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, trigger: str) -> Path:
        """Create a trigger file. The next process that checks for it removes it and executes the request."""
        file = self.folder / trigger
        file.touch()
        return file

    async def keep_alive(self) -> None:
        """Restart every process that has ended, as a supervisor does."""
        while True:
            for process in self.processes:
                if not process.running and process not in self._held:
                    process.start()
            await asyncio.sleep(REVIVE_SECONDS)

    @asynccontextmanager
    async def api_stopped(self) -> AsyncIterator[None]:
        """Stop every process that uses the database, as before a restore."""
        users = [self.http, *self._relays_and_results]
        self._held.update(users)
        try:
            await asyncio.gather(*(asyncio.to_thread(each.stop) for each in users if each.running))
            yield
        finally:
            self._held.clear()

    @asynccontextmanager
    async def rolled_back(self, before: ServiceProcess) -> AsyncIterator[None]:
        """Let the previous version serve HTTP and run all other roles, beside this version's
        other processes.
        """
        self._held.add(self.http)
        try:
            await asyncio.to_thread(self.http.stop)
            before.start()
            yield
            await asyncio.to_thread(before.stop)
        finally:
            self._held.discard(self.http)

    async def until_ready(self) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client, asyncio.timeout(READY_SECONDS):
            while not await _is_ready(client):
                await asyncio.sleep(0.2)

    def set_clock_of_the_second_machine(self, offset: str) -> None:
        """Move the second machine's time of day by `offset`, such as `+1h`. Its monotonic clock continues."""
        new = self._clock.with_suffix(".new")
        new.write_text(f"{offset}\n")
        new.rename(self._clock)

    async def move_tunnel(self) -> None:
        """Close the tunnel and open one at a new address. The ticket for it follows a moment later."""
        await self._tunnel.aclose()
        proxy = await self._tunnel.enter_async_context(proxy_to(self.broker.tls_port))
        await asyncio.sleep(TICKET_SECONDS)
        new = self._ticket.with_suffix(".new")
        new.write_text(ticket_for(self.broker, port=proxy.port).encode())
        new.rename(self._ticket)

    async def empty_broker(self) -> None:
        self.broker.kill()
        shutil.rmtree(self.broker.folder / "data")
        await asyncio.to_thread(self.broker.start)

    async def close(self) -> None:
        everybody = [*self.processes, self.wrong_clock, self.version_before]
        running = [process for process in everybody if process and process.running]
        for process in running:
            process.send(signal.SIGCONT)
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in running))
        await self._tunnel.aclose()

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"

    @property
    def _ticket(self) -> Path:
        return self.folder / "ticket"

    def _machine(self, number: int) -> dict[str, str]:
        if number == 0 or not self.database.serves_machines or not FAKETIME.exists():
            return {}
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }

    def _api(self, role: str, number: int, **more: str) -> ServiceProcess:
        environment = (
            self._machine(number)
            | more
            | {
                "AMQP_URL": self.broker.amqp_url("api"),
                "DATABASE_URL": self.database.url,
                "API_PORT": str(self.port),
            }
        )
        module = "homework_api.main" if role in {"http", "serve"} else "tests.robustness.chaos.mortal_api"
        return self._process(f"{role}-{number}", [module, role], environment)

    def _mock(self, number: int) -> ServiceProcess:
        environment = self._machine(number) | {"AMQP_URL": self.broker.amqp_url("mock_generator")}
        return self._process(f"mock-{number}", ["homework_mock_generator"], environment)

    def _generator(self, number: int, through_tunnel: bool = False, **more: str) -> ServiceProcess:
        where = {"AMQP_URL": self.broker.amqp_url("generator")}
        if through_tunnel:
            where = {"BROKER_TICKET_FILE": str(self._ticket)}
        environment = where | {"GENERATE_SECONDS": str(GENERATE_SECONDS)} | more
        return self._process(f"gpu-{number}", ["tests.robustness.chaos.worker"], environment)

    def _process(self, name: str, arguments: list[str], environment: dict[str, str]) -> ServiceProcess:
        everybody = {"CHAOS_FOLDER": str(self.folder), "LOG_LEVEL": "WARNING"}
        return ServiceProcess(name, self.folder, arguments, everybody | environment)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return bool((await client.get("/ready")).json()["status"] == "ready")
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def house_in(folder: Path, database: ChaosDatabase) -> AsyncIterator[House]:
    os.environ.pop("AMQP_URL", None)
    broker = PrivateBroker(folder / "broker")
    await asyncio.to_thread(broker.start)
    try:
        house = House(folder, broker, database)
        await house.move_tunnel()
        supervisor = asyncio.create_task(house.keep_alive())
        try:
            yield house
        finally:
            supervisor.cancel()
            await house.close()
    finally:
        broker.stop()
