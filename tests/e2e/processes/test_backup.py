"""A backup taken under load is restored beside a broker that has lost everything."""

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.broker.brokers import BrokerProcess, purge
from tests.support.processes import LATENESS_ALLOWED, Stack, homework_api


def at_the_database(services: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = f"sqlite:///{services.folder}/homework.db"
    return homework_api(*arguments, **os.environ | {"DATABASE_URL": url})


def nothing_is_owed(services: Stack) -> bool:
    return bool(services.client.get("/api/ops/overview").json()["outbox"]["waiting"] == 0)


def has_a_generator(services: Stack) -> bool:
    return bool(services.client.get("/api/ops/overview").json()["generators"])


def seconds_late(services: Stack, ready_at: datetime) -> float:
    """The seconds from the deadline until the last homework was written. A machine on which the restored
    service is ready only after the deadline is given the time from then on.
    """
    last = """SELECT (julianday(max(available_at)) - julianday(max(assignments.deadline_at, :ready))) * 86400
        FROM homework JOIN assignments ON assignments.id = assignment_id"""
    with closing(sqlite3.connect(services.folder / "homework.db")) as database:
        [seconds] = database.execute(last, {"ready": f"{ready_at:%Y-%m-%d %H:%M:%S.%f}"}).fetchone()
    return float(seconds)


@pytest.mark.timeout(400)
def test_a_backup_restored_beside_an_empty_broker_is_finished_by_its_deadline(
    services: Stack, broker: BrokerProcess, tmp_path: Path
) -> None:
    api = services.api()
    services.wait_until_up()
    created = services.assign(students=20, deadline_seconds=75)
    services.wait(lambda: nothing_is_owed(services), 60)  # Every job is in the broker.

    done = at_the_database(services, "backup", str(tmp_path / "backup.db"))
    assert done.returncode == 0, done.stderr
    refused = at_the_database(services, "restore", str(tmp_path / "backup.db"))
    assert (refused.returncode, "stop the service first" in refused.stderr) == (1, True)

    api.stop()
    purge(broker)
    done = at_the_database(services, "restore", str(tmp_path / "backup.db"))
    assert done.returncode == 0, done.stderr
    services.mock()
    api.start()
    services.wait_until_up()
    services.wait(lambda: has_a_generator(services), 60)
    ready_at = datetime.now(UTC)
    finished = services.wait_for_completion(created["id"], 110)
    assert finished["status"] == "completed"
    assert finished["progress"]["by_generator"] == {"mock": 20, "vllm": 0}
    assert seconds_late(services, ready_at) < LATENESS_ALLOWED
