"""A database with a million homework, and a start with ten thousand unpublished outbox rows."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from homework_api.database.engine import Database
from homework_api.database.migrate import upgrade
from tests.support.api.filled_database import add_waiting, fill
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.leftovers import clear
from tests.support.processes import Stack, stack

WAITING = 10_000


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('archive')}/homework.db"
    upgrade(url)

    async def make() -> None:
        database = Database(url, for_migrations=True)
        await fill(database, 1_000_000)
        await add_waiting(database, WAITING, seconds=3_000)  # No mock generator runs here.
        await database.close()

    asyncio.run(make())
    return url


def waiting(archived: Stack) -> int:
    overview = archived.client.get("/api/ops/overview").json()
    return int(overview["homework"]["by_status"]["pending"])


def left_in(archive: str) -> int:
    """The pending homework in the file, which no process writes meanwhile."""
    with closing(sqlite3.connect(archive.removeprefix("sqlite:///"))) as database:
        [left] = database.execute("SELECT count(*) FROM homework WHERE status = 'pending'").fetchone()
    return int(left)


@pytest.fixture
def archived(broker: BrokerProcess, tmp_path: Path, archive: str) -> Iterator[Stack]:
    with stack(broker, tmp_path, archive) as services:
        yield services


def seconds_to_start(services: Stack) -> float:
    """The processor time until the service is ready, to which other tests add nothing."""
    api = services.api()
    services.wait_until_up()
    times = psutil.Process(api.pid).cpu_times()
    return times.user + times.system


@pytest.mark.timeout(900)  # This includes the minutes in which the archive is filled.
def test_the_service_starts_as_fast_as_an_empty_one_stops_in_time_and_loses_none_of_ten_thousand(
    broker: BrokerProcess, archived: Stack, archive: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with stack(broker, tmp_path / "empty") as empty:
        seconds_empty = seconds_to_start(empty)
    clear(broker)  # Otherwise the archive's service finds the claim of another installation.
    seconds = seconds_to_start(archived)
    assert seconds < 2 * seconds_empty, (seconds, seconds_empty)
    archived.gpu_like(seconds=0)
    archived.wait(lambda: 0 < waiting(archived) < WAITING, 60)

    [api, _] = archived.processes
    stopped = time.monotonic()
    assert api.stop() == 0
    assert time.monotonic() - stopped < 40  # Kubernetes allows as much, and Compose more.
    assert 0 < left_in(archive) < WAITING
    archived.api()
    archived.wait_until_up()
    while left := waiting(archived):  # The slowest machine writes some within a minute.
        archived.wait(lambda before=left: waiting(archived) < before, 60)  # type: ignore[misc]
    state = archived.client.get("/api/ops/overview").json()["homework"]["by_status"]
    assert (state.get("failed", 0), state["available"] + state["completed"]) == (0, 999_990 + WAITING)
