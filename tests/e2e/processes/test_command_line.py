"""`homework demo` and `homework up` as a newcomer runs them, with a private RabbitMQ."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from homework_cli.broker.process import find_rabbitmq_server
from tests.support.broker.brokers import BrokerProcess, unavailable
from tests.support.up import HOMEWORK, Up, environment

CLOSING_LINE = r"demo: 3 homework available for 3 students in \d+\.\d s \(mock 3, vllm 0\)"


@pytest.fixture(autouse=True)
def _needs_rabbitmq() -> None:
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")


def left_running(folder: Path) -> list[str]:
    """Processes whose environment or command line names the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text and int(process.name) != os.getpid():
            found.append(text.decode(errors="replace")[-200:])
    return found


def assert_nothing_is_left(folder: Path) -> None:
    deadline = time.monotonic() + 5
    while left_running(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_running(folder) == []


def test_the_demo_ends_with_its_line_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = subprocess.run(
        [*HOMEWORK, "demo"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=110,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(CLOSING_LINE, done.stdout.strip().splitlines()[-1])
    assert_nothing_is_left(tmp_path)


def test_the_demo_runs_on_a_broker_that_is_given(tmp_path: Path, fragile_broker: BrokerProcess) -> None:
    given = environment(AMQP_URL=fragile_broker.amqp_url("ops"))
    done = subprocess.run(
        [*HOMEWORK, "demo"], cwd=tmp_path, env=given, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(CLOSING_LINE, done.stdout.strip().splitlines()[-1])
    assert not (tmp_path / ".run/demo/broker/rabbitmq.conf").exists()


def test_up_says_where_everything_is_and_ctrl_c_stops_it(up: Up) -> None:
    time.sleep(0.5)
    [console] = re.findall(r"console +(http\S+)", up.output())
    assert "Italian homework" in httpx.get(console, timeout=10).text
    for words in ("RabbitMQ", "user ops", "no GPU is attached", "AMQP_URL", "Ctrl-C stops everything"):
        assert words in up.output()
    assert up.stop() == 0
    assert "your data is kept" in up.output()
    assert_nothing_is_left(up.folder)


def test_commands_in_the_same_folder_find_what_is_running(up: Up) -> None:
    def homework(*arguments: str) -> subprocess.CompletedProcess[str]:
        command, bare = [*HOMEWORK, *arguments], environment()
        return subprocess.run(
            command, cwd=up.folder, env=bare, capture_output=True, text=True, timeout=60, check=False
        )

    assert homework("teacher", "students", "add", "Ada", "ada@example.org").stdout == "1\n"
    assigned = homework(
        "teacher", "assign", "--level", "A1", "--student-ids", "all", "--deadline-seconds", "5"
    )
    assert assigned.returncode == 0, assigned.stderr
    assert homework("dead", "list", "--json").stdout == '{"letters":[],"total":0}\n'
    assert homework("status").returncode == 0
    assert up.stop() == 0
    gone = homework("status")
    assert (gone.returncode, gone.stdout) == (3, "")
    assert "(the default; " in gone.stderr


def test_up_finds_its_data_again_and_revives_what_dies(up: Up) -> None:
    student = {"name": "Ada", "email": "ada@example.org"}
    assert httpx.post(f"{up.url}/api/teacher/students", json=student).status_code == 201
    second = subprocess.run(
        [*HOMEWORK, "up"],
        cwd=up.folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert "another 'homework up' runs in" in second.stdout
    kill(up.folder, b"homework_api.main")
    wait_for_student(up.url)
    kill(up.folder, b"beam")
    wait_for_line(up, "RabbitMQ had died and was started again")
    assert up.stop() == 0
    again = Up(up.folder)
    try:
        wait_for_student(again.url)
    finally:
        assert again.stop(signal.SIGTERM) == 0
    assert_nothing_is_left(up.folder)


def wait_for_line(up: Up, line: str) -> None:
    deadline = time.monotonic() + 60
    while line not in up.output():
        assert time.monotonic() < deadline, up.output()
        time.sleep(0.2)


def kill(folder: Path, program: bytes) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, variables = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if program in command and str(folder).encode() in variables:
            os.kill(int(process.name), signal.SIGKILL)


def wait_for_student(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            students = httpx.get(f"{url}/api/teacher/students", timeout=5).json()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            assert [each["name"] for each in students] == ["Ada"]
            return
    raise AssertionError("the API did not come back")
