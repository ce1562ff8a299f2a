"""`homework demo` and `homework up` as a newcomer runs them, with a private RabbitMQ."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.broker.brokers import BrokerProcess, free_port
from tests.support.broker.vhosts import own_vhost
from tests.support.command_line import Up, homework
from tests.support.generator.model_server import OLLAMA, ModelServer, serving
from tests.support.one_answer_server import model_server, models, nobodys_url, says
from tests.support.waiting import wait_until

CLOSING_LINE = r"demo: 3 homework available for 3 students in \d+\.\d s \(mock 3, vllm 0\)"
ENGINE_KEY = "sk-correct-horse-battery"
pytestmark = pytest.mark.usefixtures("needs_rabbitmq_server")


def processes_of(folder: Path) -> Iterator[tuple[int, bytes]]:
    """The id and command line of the processes whose environment or command line contains the folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in environment + command and int(process.name) != os.getpid():
            yield int(process.name), command


def contents_of(folder: Path) -> Iterator[bytes]:
    """The contents of all files. Processes that run in the folder remove some meanwhile."""
    for path, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                yield (Path(path) / name).read_bytes()


def assert_nothing_is_left(folder: Path) -> None:
    wait_until(lambda: not list(processes_of(folder)), 60, lambda: str(list(processes_of(folder))))


def kill(folder: Path, program: bytes) -> None:
    for pid, command in processes_of(folder):
        if program in command:
            os.kill(pid, signal.SIGKILL)


def students_at(url: str) -> list[str]:
    """The students' names. Empty while the API does not answer."""
    try:
        return [each["name"] for each in httpx.get(f"{url}/api/teacher/students", timeout=60).json()]
    except httpx.HTTPError:
        return []


def test_the_demo_ends_with_its_line_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = homework(tmp_path, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(CLOSING_LINE, done.stdout.strip().splitlines()[-1])
    assert_nothing_is_left(tmp_path)


def test_the_demo_runs_on_a_broker_that_is_given(tmp_path: Path, broker: BrokerProcess) -> None:
    done = homework(tmp_path, "demo", AMQP_URL=broker.amqp_url("ops"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(CLOSING_LINE, done.stdout.strip().splitlines()[-1])
    assert not (tmp_path / ".run/demo/broker/rabbitmq.conf").exists()


def test_up_says_where_everything_is_and_ctrl_c_stops_it(up: Up) -> None:
    up.wait_for("Ctrl-C stops everything", 60)  # This is the last line.
    [console] = re.findall(r"console +(http\S+)", up.output())
    assert "token" not in up.output()
    printed = homework(up.folder, "console").stdout.strip()
    assert printed.startswith(f"{console}/sign-in?token=")
    with httpx.Client(base_url=console, timeout=60) as browser:
        assert browser.get("/jobs").status_code == 401
        assert browser.get(printed).status_code == 200
        assert "Jobs · Italian homework" in browser.get("/jobs").text
    assert homework(up.folder, "console").stdout.strip() != printed
    for words in ("RabbitMQ", "user ops", "no model is attached", "AMQP_URL", "Ctrl-C stops everything"):
        assert words in up.output()
    assert up.stop() == 0
    assert "your data is kept" in up.output()
    assert_nothing_is_left(up.folder)


def with_another_default() -> list[str]:
    """The command with a default address on which no program listens. A test beside this one may run a
    service on the usual one.
    """
    code = """
import sys
from homework_cli import client, main
client.DEFAULT_API_PORT = sys.argv.pop(1)
main.app()
"""
    return [sys.executable, "-c", code, str(free_port())]


def test_commands_in_the_same_folder_find_what_is_running(up: Up) -> None:
    added = homework(up.folder, "teacher", "students", "add", "Ada", "ada@example.org")
    assert added.stdout == "1\n"
    options = ("--level", "A1", "--student-ids", "all", "--deadline-seconds", "5")
    assigned = homework(up.folder, "teacher", "assign", *options)
    assert assigned.returncode == 0, assigned.stderr
    assert homework(up.folder, "dead", "list", "--json").stdout == '{"letters":[],"total":0}\n'
    assert homework(up.folder, "status").returncode == 0
    assert up.stop() == 0
    gone = homework(up.folder, "status", program=with_another_default())
    assert (gone.returncode, gone.stdout) == (3, "")
    assert "(the default; " in gone.stderr


def test_the_first_key_does_not_lock_out_the_user_who_runs_up(
    up: Up, tmp_path_factory: pytest.TempPathFactory
) -> None:
    arguments = ("keys", "create", "office", "--right", "ops", "--right", "teacher")
    make = [sys.executable, "-m", "homework_api.main", *arguments]
    key = subprocess.run(make, cwd=up.folder, capture_output=True, text=True, check=True).stdout.strip()
    wait_until(lambda: httpx.get(f"{up.url}/api/ops/overview", timeout=60).status_code == 401, 60)
    status = homework(up.folder, "status")
    assert status.returncode == 0, status.stderr
    assert homework(up.folder, "teacher", "students", "add", "Ada", "ada@example.org").stdout == "1\n"
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        console = homework(up.folder, "console").stdout.strip()
        browser.get(console)
        overview = console.partition("/sign-in")[0]
        wait_until(lambda: "The queue is empty." in browser.get(overview).text, 60)
        link = homework(up.folder, "teacher", "sign-in").stdout.strip()
        [nonce] = re.findall(r'name="nonce" value="([^"]+)"', browser.get(link).text)
        assert browser.post(link, data={"nonce": nonce}).url.path == "/teacher"
    targets = json.loads((up.folder / ".run/prometheus/targets.json").read_text())
    assert {each["labels"]["role"] for each in targets} >= {"api", "mock", "broker"}
    for target in targets:
        assert "# HELP" in httpx.get(f"http://{target['targets'][0]}/metrics", timeout=60).text
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert homework(elsewhere, "status", HOMEWORK_API_URL=up.url).returncode == 1
    assert homework(elsewhere, "status", HOMEWORK_API_URL=up.url, HOMEWORK_API_KEY=key).returncode == 0
    assert up.stop() == 0


def test_a_student_comes_into_the_classroom_that_up_runs(up: Up) -> None:
    classroom = up.wait_for(r"classroom +(http\S+)", 60)
    student = homework(up.folder, "teacher", "students", "add", "Giulia", "giulia@example.org").stdout.strip()
    made = homework(up.folder, "teacher", "links", "create", "--student-ids", student, "--json").stdout
    [link] = json.loads(made)
    assert link["link"].startswith(f"{classroom}/in/")
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        [nonce] = re.findall(r'name="nonce" value="([^"]+)"', browser.get(link["link"]).text)
        assert "Hello Giulia!" in browser.post(link["link"], data={"nonce": nonce}).text
        kill(up.folder, b"homework_classroom")
        up.wait_for("classroom .* was started again", 60)
        wait_until(lambda: "Hello Giulia!" in _page(browser, classroom), 60)
    assert up.stop() == 0
    assert not (up.folder / ".run/classroom-url").exists()


def _page(browser: httpx.Client, url: str) -> str:
    try:
        return browser.get(url).text
    except httpx.HTTPError:
        return ""


def test_up_finds_its_data_again_and_revives_what_dies(up: Up) -> None:
    student = {"name": "Ada", "email": "ada@example.org"}
    assert httpx.post(f"{up.url}/api/teacher/students", json=student, timeout=60).status_code == 201
    second = homework(up.folder, "up")
    assert second.returncode == 1
    assert "another 'homework up' runs in" in second.stdout
    kill(up.folder, b"homework_api.main")
    wait_until(lambda: students_at(up.url) == ["Ada"], 60)
    kill(up.folder, b"beam")
    up.wait_for("RabbitMQ had died and was started again", 60)
    assert up.stop() == 0
    again = Up(up.folder)
    try:
        wait_until(lambda: students_at(again.url) == ["Ada"], 60)
    finally:
        assert again.stop(signal.SIGTERM) == 0
    assert_nothing_is_left(up.folder)


def test_a_generator_that_cannot_start_is_reported_and_the_mock_generator_writes_the_homework(
    tmp_path: Path,
) -> None:
    engine = nobodys_url()
    up = Up(tmp_path, "--engine", engine, "--model", "gemma3:4b", ENGINE_API_KEY=ENGINE_KEY)
    try:
        up.wait_for(rf"gemma3:4b on {engine} will write the homework once it has qualified", 60)
        up.wait_for("the generator cannot start: .+", 60)
        student = {"name": "Ada", "email": "ada@example.org"}
        assert httpx.post(f"{up.url}/api/teacher/students", json=student, timeout=60).status_code == 201
        asked = {"cefr_level": "A1", "quantity": 2, "student_ids": [1], "deadline_seconds": 5}
        assert httpx.post(f"{up.url}/api/teacher/assignments", json=asked, timeout=60).status_code == 201
        wait_until(lambda: statuses_at(up.url) == ["completed"], 60, up.output)
        assert up.output().count("the generator cannot start") == 1
        written = list(contents_of(tmp_path))
        commands = [command for _, command in processes_of(tmp_path)]
        assert [text for text in written + commands if ENGINE_KEY.encode() in text] == []
        assert '"generator"' in (tmp_path / ".run/prometheus/targets.json").read_text()
        with model_server(says(models("gemma3:4b")), port=int(engine.split(":")[2].removesuffix("/v1"))):
            up.wait_for("answers differently now, so the generator was started again", 60)
    finally:
        assert up.stop() == 0
    assert_nothing_is_left(tmp_path)


async def test_one_command_with_an_engine_has_its_model_write_the_homework(tmp_path: Path) -> None:
    async with serving(OLLAMA) as server:
        await asyncio.to_thread(_homework_by, server, tmp_path)
    assert_nothing_is_left(tmp_path)


def _homework_by(server: ModelServer, folder: Path) -> None:
    up = Up(folder, "--engine", server.url, "--model", server.model)
    try:
        with httpx.Client(base_url=up.url, timeout=60) as api:
            wait_until(lambda: api.get("/api/ops/overview").json()["mode"] == "gpu", 60, up.output)
            [generator] = [each for each in _generators(api) if each["kind"] == "vllm"]
            assert (generator["engine"], generator["model"]) == ("Ollama", "gemma3:4b")
            assert generator["server"] == server.url.removesuffix("/v1")
            api.post("/api/teacher/students", json={"name": "Ada", "email": "ada@example.org"})
            asked = {"cefr_level": "A2", "quantity": 3, "student_ids": [1]}
            assert api.post("/api/teacher/assignments", json=asked).status_code == 201
            wait_until(lambda: statuses_at(up.url) == ["completed"], 60, up.output)
            [job] = api.get("/api/ops/jobs").json()["jobs"]
        assert (job["generated_by"], job["model"]) == ("vllm", "gemma3:4b")
    finally:
        assert up.stop() == 0


def _generators(api: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/ops/overview").json()["generators"]
    return found


def brokers_of(folder: Path) -> list[int]:
    return [pid for pid, command in processes_of(folder) if b"beam" in command]


@pytest.mark.timeout(300)
def test_a_run_that_was_killed_leaves_nothing_that_the_next_one_does_not_end(up: Up) -> None:
    student = {"name": "Ada", "email": "ada@example.org"}
    assert httpx.post(f"{up.url}/api/teacher/students", json=student, timeout=60).status_code == 201
    bystander = subprocess.Popen(["sleep", "600"], env=os.environ | {"NOTE": str(up.folder)})
    left = {pid for pid, command in processes_of(up.folder) if b"sleep" not in command} - {up.pid}
    up.kill()
    wait_until(lambda: students_at(up.url) == ["Ada"])  # The services are still running.
    wait_until(lambda: len(brokers_of(up.folder)) == 1)
    again = Up(up.folder)
    try:
        assert "was killed: ended" in again.output()
        assert again.url == up.url
        assert left & {pid for pid, _ in processes_of(up.folder)} == set()
        # A command of the broker, such as a look at its queues, is a short process of the same name.
        wait_until(lambda: len(brokers_of(up.folder)) == 1)
        assert bystander.poll() is None
        wait_until(lambda: students_at(again.url) == ["Ada"], 60)
        assert homework(up.folder, "up").returncode == 1
    finally:
        bystander.kill()
        bystander.wait()
        assert again.stop(signal.SIGTERM) == 0
    assert_nothing_is_left(up.folder)


@pytest.mark.timeout(300)
def test_homework_is_written_although_a_given_broker_comes_back_empty(
    tmp_path: Path, broker: BrokerProcess
) -> None:
    with own_vhost(broker, "school") as vhost:
        up = Up(tmp_path, AMQP_URL=vhost.amqp_url("ops"), RABBITMQ_MANAGEMENT_URL=broker.management_url)
        try:
            student = {"name": "Ada", "email": "ada@example.org"}
            assert httpx.post(f"{up.url}/api/teacher/students", json=student, timeout=60).status_code == 201
            asked = {"cefr_level": "A1", "quantity": 2, "student_ids": [1], "deadline_seconds": 5}
            assert httpx.post(f"{up.url}/api/teacher/assignments", json=asked, timeout=60).status_code == 201
            vhost.make_empty()
            up.wait_for("exchanges, queues and limits were declared again", 60)
            wait_until(lambda: statuses_at(up.url) == ["completed"], 60, up.output)
            assert homework(tmp_path, "status").returncode == 0
        finally:
            assert up.stop(signal.SIGTERM) == 0


def statuses_at(url: str) -> list[str]:
    answer = httpx.get(f"{url}/api/teacher/assignments", timeout=60)
    assert answer.status_code == 200, answer.text
    return [each["status"] for each in answer.json()]
