"""A backup taken under load is restored beside a broker that has lost everything."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.broker.brokers import BrokerProcess, purge
from tests.support.processes import LATENESS_ALLOWED, Stack, homework_api


def at_the_database(services: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = f"sqlite:///{services.folder}/homework.db"
    return homework_api(*arguments, **os.environ | {"DATABASE_URL": url})


def nothing_is_owed(services: Stack) -> bool:
    return bool(services.client.get("/api/ops/overview").json()["outbox"]["waiting"] == 0)


def seconds_after_the_deadline(services: Stack) -> float:
    """The number of seconds after the deadline at which the last homework was written."""
    last = """SELECT max(julianday(available_at) - julianday(assignments.deadline_at)) * 86400
        FROM homework JOIN assignments ON assignments.id = assignment_id"""
    with closing(sqlite3.connect(services.folder / "homework.db")) as database:
        [seconds] = database.execute(last).fetchone()
    return float(seconds)


@pytest.mark.timeout(400)
def test_a_backup_restored_beside_an_empty_broker_is_finished_by_its_deadline(
    services: Stack, broker: BrokerProcess, tmp_path: Path
) -> None:
    api = services.api()
    services.wait_until_up()
    created = services.assign(students=20, deadline_seconds=75)
    services.wait(
        lambda: nothing_is_owed(services), 20
    )  # Every job is in the broker, and the outbox is empty.

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
    finished = services.wait_for_completion(created["id"], 110)
    assert finished["status"] == "completed"
    assert finished["progress"]["by_generator"] == {"mock": 20, "vllm": 0}
    assert seconds_after_the_deadline(services) < LATENESS_ALLOWED
