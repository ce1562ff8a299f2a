"""Each role of the API runs as a separate process, on one PostgreSQL."""

import subprocess
import sys
from pathlib import Path

from tests.support.broker.brokers import BrokerProcess
from tests.support.processes import ServiceProcess, Stack


def test_roles_that_run_alone_do_together_what_one_process_does(roles_on_postgres: Stack) -> None:
    services = roles_on_postgres
    services.api("http")
    relays = [services.api("relay"), services.api("relay")]
    services.api("results")
    services.api("results")
    services.mock()
    services.wait_until_up()
    assignments = [services.assign(students=10)["id"] for _ in range(3)]
    relays[0].kill()
    for assignment_id in assignments:
        done = services.wait_for_completion(assignment_id, 60)
        assert done["progress"] == {
            "total": 10, "available": 10, "failed": 0, "by_generator": {"mock": 10, "vllm": 0},
            "submitted": 0,
        }  # fmt: skip


def test_a_postgresql_that_was_not_migrated_is_refused_with_the_command_to_run(
    broker: BrokerProcess, tmp_path: Path, postgres_server: str
) -> None:
    environment = {"AMQP_URL": broker.amqp_url("api"), "DATABASE_URL": postgres_server}
    api = ServiceProcess("api", tmp_path, ["homework_api.main", "serve"], environment)
    api.start()
    assert api.wait() == 1
    assert "homework-api migrate" in api.log.read_text()


def test_the_gpu_generator_says_what_to_install_where_there_is_no_engine() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "homework_generator"], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 3
    assert "pip install 'homework-generator[gpu]'" in done.stderr
