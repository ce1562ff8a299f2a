"""The whole of `docker compose up` is built, started, partly broken, stopped and started again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support.broker.brokers import free_port, need_docker

ROOT = Path(__file__).parents[3]
SERVICES = ("api-1", "api-2", "relay", "results", "mock", "proxy", "rates", "console", "classroom")
END_THE_LOG_WRITER = """
{links, [Supervisor | _]} = process_info(whereis(ra_log_wal), links),
[{Child, _, _, _} | _] = supervisor:which_children(Supervisor),
ok = supervisor:terminate_child(Supervisor, Child).
"""
PORTS = (
    "API_PORT", "CONSOLE_PORT", "CLASSROOM_PORT", "BROKER_TLS_PORT", "BROKER_MANAGEMENT_PORT",
    "PROMETHEUS_PORT",
)  # fmt: skip


class Composed:
    """A Compose project for the test. Its images are built from this checkout."""

    def __init__(self) -> None:
        self.ports = {name: str(free_port()) for name in PORTS}
        self._project = f"homework-test-{uuid4().hex[:8]}"
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.ports['API_PORT']}", timeout=60)

    def __call__(self, *arguments: str) -> str:
        return self.piped(b"", *arguments).decode()

    def piped(self, given: bytes, *arguments: str) -> bytes:
        files = ["-f", "docker-compose.yml", "-f", "tests/e2e/compose/stand-ins.yml"]
        done = subprocess.run(
            ["docker", "compose", "--ansi", "never", "-p", self._project, *files, *arguments],
            cwd=ROOT, env=os.environ | self.ports, capture_output=True, check=False, input=given,
        )  # fmt: skip
        assert done.returncode == 0, (done.stderr[-3000:] + done.stdout[-2000:]).decode()
        return done.stdout

    def up(self) -> None:
        self("up", "--detach", *SERVICES)
        read = ("run", "--rm", "--no-deps", "--entrypoint", "", "-T", "setup", "cat")
        self.key = self(*read, "/run/homework/keeper/admin-key")
        self.client.headers["Authorization"] = f"Bearer {self.key}"
        self.until(lambda: self.get("/ready")["status"] == "ready", 240)

    def get(self, path: str) -> dict[str, object]:
        answer: dict[str, object] = self.client.get(path).raise_for_status().json()
        return answer

    def assign(self, students: int) -> int:
        ids = []
        for number in range(students):
            person = {"name": f"S{number}", "email": f"{uuid4().hex}@example.org"}
            ids.append(self._post("/api/teacher/students", person))
        return self._post(
            "/api/teacher/assignments",
            {"cefr_level": "A2", "quantity": 2, "deadline_seconds": 5, "student_ids": ids},
        )

    def _post(self, path: str, body: Mapping[str, object]) -> int:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def is_complete(self, assignment: int) -> bool:
        return self.get(f"/api/teacher/assignments/{assignment}")["status"] == "completed"

    def until(self, met: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if met():
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, self("logs", "--tail", "20")
            time.sleep(0.3)


@pytest.fixture(scope="module")
def composed() -> Iterator[Composed]:
    need_docker()
    composed = Composed()
    composed("build", "--quiet", "setup", "proxy", "rates")
    try:
        composed.up()
        yield composed
    finally:
        composed.client.close()
        composed("--profile", "*", "down", "--volumes", "--timeout", "5")


def test_the_demo_runs_on_the_composed_stack(composed: Composed) -> None:
    demo = [sys.executable, "-m", "homework_cli.main", "demo", "--api-url", str(composed.client.base_url)]
    environment = os.environ | {"HOMEWORK_API_KEY": composed.key}
    done = subprocess.run(demo, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 homework available for 3 students" in done.stdout


def test_the_console_answers_and_its_user_reads_rabbitmqs_figures(composed: Composed) -> None:
    console = f"http://127.0.0.1:{composed.ports['CONSOLE_PORT']}"
    composed.until(lambda: httpx.get(f"{console}/health", timeout=60).is_success, 180)
    with httpx.Client(base_url=console, timeout=60) as browser:
        assert browser.get("/jobs").status_code == 401
        printed = composed("exec", "-T", "console", "homework", "console").strip()
        assert printed.startswith(f"{console}/")
        assert browser.get(printed).status_code == 200
        assert "Jobs · Italian homework" in browser.get("/jobs").text
    read = "print(open('/run/homework/rabbitmq-password').read())"
    password = composed("exec", "-T", "console", "python", "-c", read).strip()
    queues = f"http://127.0.0.1:{composed.ports['BROKER_MANAGEMENT_PORT']}/api/queues"
    names = {
        queue["name"]
        for queue in httpx.get(queues, auth=("console", password), timeout=60).raise_for_status().json()
    }
    assert "generation.jobs" in names


def test_a_student_comes_into_the_classroom_by_a_link(composed: Composed) -> None:
    classroom = f"http://127.0.0.1:{composed.ports['CLASSROOM_PORT']}"
    composed.until(lambda: httpx.get(f"{classroom}/health", timeout=60).is_success, 180)
    student = composed._post(
        "/api/teacher/students", {"name": "Giulia", "email": f"{uuid4().hex}@example.org"}
    )
    made = composed.client.post(f"/api/teacher/students/{student}/link").json()
    with httpx.Client(base_url=classroom, timeout=60, follow_redirects=True) as browser:
        assert browser.get("/").status_code == 401
        page = browser.get(f"/in/{made['token']}").text
        nonce = page.partition('name="nonce" value="')[2].partition('"')[0]
        assert "Hello Giulia!" in browser.post(f"/in/{made['token']}", data={"nonce": nonce}).text
    # It has no secrets: no ticket, no key and no password.
    assert "run/homework" not in composed(
        "exec", "-T", "classroom", "python", "-c", "print(open('/proc/mounts').read())"
    )


def test_nobody_without_a_key_reads_anything_but_whether_it_is_ready(composed: Composed) -> None:
    nobody = httpx.Client(base_url=composed.client.base_url, timeout=60)
    with nobody:
        assert nobody.get("/ready").status_code == 200
        assert nobody.get("/api/teacher/students").status_code == 401
        assert nobody.get("/api/ops/overview").status_code == 401
        for path in ("/metrics", "/metrics/", "/%6detrics"):
            assert nobody.get(path).status_code == 404


def test_both_api_processes_count_wrong_keys_together_and_a_good_one_passes(composed: Composed) -> None:
    with httpx.Client(base_url=composed.client.base_url, timeout=60) as pupil:
        answers = [
            pupil.get("/api/ops/keys", headers={"Authorization": f"Bearer wrong{number}"}).status_code
            for number in range(45)  # The number is above the limit of one process and below that of two.
        ]
    assert set(answers) == {401, 429}
    assert composed.client.get("/api/ops/keys").status_code == 200


def test_reads_go_on_while_an_api_process_dies(composed: Composed) -> None:
    def read(_: int) -> int:
        time.sleep(0.02)
        return composed.client.get("/api/teacher/students", timeout=20).status_code

    with ThreadPoolExecutor(4) as readers:
        answers = readers.map(read, range(300))
        composed("kill", "api-1")
        assert set(answers) == {200}
    composed("up", "--detach", "--wait", "api-1")


def test_api_processes_that_both_stand_still_for_some_seconds_refuse_nothing(composed: Composed) -> None:
    with ThreadPoolExecutor(2) as beside:
        composed("pause", "api-1", "api-2")
        at_once = beside.submit(composed.assign, 1)
        time.sleep(6)  # The proxy misses two answers to its checks within four seconds.
        later = beside.submit(composed.assign, 1)
        time.sleep(1)
        composed("unpause", "api-1", "api-2")
        for assignment in (at_once, later):
            composed.until(partial(composed.is_complete, assignment.result()), 180)


def test_a_broker_that_restarts_under_traffic_loses_nothing(composed: Composed) -> None:
    accepted = [composed.assign(3)]
    with ThreadPoolExecutor(1) as beside:
        restarted = beside.submit(composed, "restart", "broker")
        while not restarted.done():
            accepted.append(composed.assign(1))
            time.sleep(0.5)
        restarted.result()
    for assignment in accepted:
        composed.until(partial(composed.is_complete, assignment), 180)
    assert len(accepted) > 3


def test_a_broker_whose_queues_are_down_stops_itself_and_docker_starts_it_again(composed: Composed) -> None:
    """After a full disk, the log writer of the quorum queues has ended and its supervisor has given up."""
    container = composed("ps", "--quiet", "broker").strip()

    def restarts() -> int:
        asked = ["docker", "inspect", "--format", "{{.RestartCount}}", container]
        return int(subprocess.check_output(asked))

    composed("up", "--detach", "--wait", "broker")
    before = restarts()
    composed("exec", "-T", "broker", "rabbitmqctl", "--quiet", "eval", END_THE_LOG_WRITER)
    assignment = composed.assign(2)
    composed.until(lambda: restarts() > before, 180)
    composed.until(partial(composed.is_complete, assignment), 180)


def test_containers_are_not_root_cannot_write_and_hold_no_capability(composed: Composed) -> None:
    for service in SERVICES:
        container = composed("ps", "--quiet", service).strip()
        [found] = json.loads(subprocess.check_output(["docker", "inspect", container]))
        assert found["Config"]["User"] == "10001:10001", service
        assert found["HostConfig"]["ReadonlyRootfs"], service
        assert found["HostConfig"]["CapDrop"] == ["ALL"], service
    for service in ("broker", "database"):
        owners = composed("exec", "-T", service, "ps", "-eo", "user=,comm=").split("\n")
        servers = [line.split() for line in owners if line.split()[-1:] in (["beam.smp"], ["postgres"])]
        assert servers
        assert "root" not in {owner for owner, _ in servers}


def test_no_password_is_in_an_environment_a_log_or_another_services_volume(composed: Composed) -> None:
    keeper = ("run", "--rm", "--no-deps", "--entrypoint", "", "-T", "setup", "cat")
    credentials = json.loads(composed(*keeper, "/run/homework/keeper/credentials.json"))
    database = composed(*keeper, "/run/homework/keeper/database-password").strip()
    console_key = composed(*keeper, "/run/homework/keeper/console-key").strip()
    secrets = [*credentials.values(), database, composed.key, console_key]
    containers = composed("ps", "--all", "--quiet").split()
    told = subprocess.check_output(["docker", "inspect", *containers], text=True) + composed("logs")
    assert not [secret for secret in secrets if secret in told]
    read = (
        "import pathlib as p; "
        "print(*(file.read_text() for file in p.Path('/run/homework').rglob('*') if file.is_file()))"
    )
    mocks = composed("exec", "-T", "mock", "python", "-c", read)
    assert database not in mocks
    assert composed.key not in composed("exec", "-T", "console", "python", "-c", read)
    assert credentials["api"] not in mocks


def test_the_generator_of_a_server_of_models_reads_its_ticket_and_its_key(composed: Composed) -> None:
    """The command of docs/compose.md puts the key into the volume."""
    key = "/run/homework/generator/engine-key"
    put = f"umask 077 && cat > {key} && chown 10001 {key}"
    composed.piped(b"s3cret", "run", "--rm", "--no-deps", "-T", "setup", "sh", "-c", put)
    engine = ("--profile", "engine", "run", "--rm", "--no-deps", "-T")
    read = "stat -c '%u %a' /run/homework/*; cat /run/homework/engine-key"
    assert composed(*engine, "engine", "sh", "-c", read) == "10001 600\n10001 400\ns3cret"
    nowhere = ("-e", "ENGINE_URL=http://127.0.0.1:1/v1")
    check = "homework-generator --check 2>&1; echo exit code $?"
    told = composed(*engine, *nowhere, "engine", "sh", "-c", check)
    assert "homework-generator: " in told
    assert told.endswith("exit code 3\n")


def test_a_new_password_takes_the_place_of_the_old_one(composed: Composed) -> None:
    composed(
        "run",
        "--rm",
        "--no-deps",
        "-T",
        "setup",
        "homework",
        "setup",
        "/run/homework",
        "--renew",
        "mock_generator",
    )
    composed("restart", "broker", "mock")
    assignment = composed.assign(2)
    composed.until(lambda: composed.is_complete(assignment), 180)


def test_prometheus_finds_every_part(composed: Composed) -> None:
    composed("--profile", "monitoring", "up", "--detach", "prometheus")
    prometheus = f"http://127.0.0.1:{composed.ports['PROMETHEUS_PORT']}/api/v1/query"

    def up() -> set[str]:
        answer = httpx.get(prometheus, params={"query": "up == 1"}, timeout=60)
        found = answer.raise_for_status().json()["data"]["result"]  # It refuses queries while it starts.
        return {f"{each['metric']['job']} {each['metric']['instance']}" for each in found}

    wanted = {f"homework {name}:9100" for name in ("api-1", "api-2", "relay", "results", "mock")}
    wanted |= {"broker broker:15692", "broker-queues broker:15692"}
    composed.until(lambda: up() == wanted, 180)


def test_a_stopped_stack_has_its_data_when_it_is_started_again(composed: Composed) -> None:
    assignment = composed.assign(2)
    composed.until(lambda: composed.is_complete(assignment), 180)
    composed("--profile", "*", "down", "--timeout", "10")
    composed.up()
    assert composed.is_complete(assignment)
    again = composed.assign(1)
    composed.until(lambda: composed.is_complete(again), 180)


def at_the_database(command: str) -> tuple[str, ...]:
    """Run the command as docs/operations.md has it."""
    login = 'PGPASSWORD="$(cat /run/homework/password)" PGHOST=127.0.0.1 PGUSER=homework'
    return ("exec", "-T", "database", "sh", "-c", f"{login} {command}")


def test_a_dump_is_restored_after_everything_else_was_lost(composed: Composed) -> None:
    written = composed.assign(2)
    composed.until(lambda: composed.is_complete(written), 180)
    composed("stop", "mock")
    owed = composed.assign(3)  # The jobs were in a broker that will not return.
    dump = composed.piped(b"", *at_the_database("pg_dump -Fc homework"))
    composed("--profile", "*", "down", "--volumes", "--timeout", "5")

    composed("up", "--detach", "--wait", "database")
    restore = "pg_restore -d homework --single-transaction --no-owner"
    composed.piped(dump, *at_the_database(restore))
    composed.up()
    assert composed.is_complete(written)
    composed.until(lambda: composed.is_complete(owed), 180)
