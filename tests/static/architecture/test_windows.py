"""A generator, the command line and the classroom may run on Windows: a generator beside its model's server,
the command line on a teacher's machine, and the classroom wherever there is Python. These tests remove from a
Linux interpreter what Windows lacks. They do not run on Windows.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.broker.brokers import free_port
from tests.support.waiting import wait_until

TAKE_AWAY = """
import importlib, os, pkgutil, signal, sys, time

LACKING = ("fcntl", "grp", "posix_ipc", "pty", "pwd", "resource", "syslog", "termios", "tty", "uvloop")
sys.modules.update(dict.fromkeys(LACKING))
for module, names in {
    os: ("chown", "fchmod", "fork", "geteuid", "getuid", "killpg", "setsid"),
    signal: ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGUSR1", "pthread_sigmask"),
    time: ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC", "clock_gettime"),
}.items():
    for name in names:
        delattr(module, name)
"""
IMPORT_THE_GENERATOR = f"""
{TAKE_AWAY}
import homework_generator
import homework_shared
for package in (homework_shared, homework_generator):
    for each in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        # Only services that serve HTTP import these two, and only the engine imports vLLM.
        if not each.name.endswith((".http_server", ".http_connections", "engines.vllm.engine")):
            importlib.import_module(each.name)

from homework_shared.runtime.clock import ticks
from homework_shared.runtime.files import write_atomically
assert ticks() <= ticks()
from pathlib import Path
write_atomically(Path(sys.argv[1]), b"status", 0o644)
print(sorted(set(sys.modules).intersection(["homework_generator.__main__", "vllm", "torch"])))
"""
# A warning is no error here, and an event loop without signal handlers is what Windows has.
SERVE_THE_CLASSROOM = f"""
{TAKE_AWAY}
import asyncio
import homework_classroom
for each in pkgutil.walk_packages(homework_classroom.__path__, "homework_classroom."):
    importlib.import_module(each.name)

def refuse(*_):
    raise NotImplementedError

asyncio.SelectorEventLoop.add_signal_handler = refuse
from homework_classroom.__main__ import main
main()
"""
IMPORT_THE_COMMAND_LINE = f"""
import psutil  # on Linux it needs `resource` itself; Windows has another implementation
{TAKE_AWAY}
import homework_cli
for each in pkgutil.walk_packages(homework_cli.__path__, "homework_cli."):
    importlib.import_module(each.name)
from homework_cli.main import app, _Commands
"""
SHOW_THE_HELP_OF_ALL = """
for name in _Commands.lazy_commands:
    try:
        app([name, "--help"])
    except SystemExit as end:
        assert end.code == 0, name
"""
RUN_A_COMMAND = """
from types import SimpleNamespace
homework_cli.parts.sys = SimpleNamespace(platform="win32")
app(sys.argv[1:])
"""


def test_the_generator_starts_without_what_windows_lacks_and_without_vllm(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-c", IMPORT_THE_GENERATOR, f"{tmp_path}/status"],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['homework_generator.__main__']\n"
    # Without an explicit encoding, Windows does not read and write UTF-8.
    warned = [line for line in done.stderr.splitlines() if "EncodingWarning" in line]
    assert [line for line in warned if "homework_" in line] == []


def test_every_command_is_there_without_what_windows_lacks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_THE_COMMAND_LINE + SHOW_THE_HELP_OF_ALL],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage:") > 10


def run_on_windows(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", IMPORT_THE_COMMAND_LINE + RUN_A_COMMAND, *arguments],
        cwd=folder, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["up", "demo", "share", "tunnel"])
def test_a_command_that_runs_the_service_refuses_windows_and_says_what_to_use(
    command: str, tmp_path: Path
) -> None:
    done = run_on_windows(tmp_path, command)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1, said
    assert f"`homework {command}` runs on Linux and macOS. On Windows use WSL" in said
    assert "Docker Desktop" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_on_windows_the_demo_of_another_machines_service_and_the_notebook_are_not_refused(
    tmp_path: Path,
) -> None:
    done = run_on_windows(tmp_path, "demo", "--api-url", "http://127.0.0.1:9")
    assert "127.0.0.1:9" in done.stdout
    assert "WSL" not in done.stdout
    written = run_on_windows(tmp_path, "notebook")
    assert written.returncode == 0, written.stdout + written.stderr
    assert (tmp_path / "generator.ipynb").stat().st_size > 100_000


def test_on_windows_setup_writes_the_files_for_docker(tmp_path: Path) -> None:
    done = run_on_windows(tmp_path, "setup", "secrets")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [*(tmp_path / "secrets").rglob("*.pem")]


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[str]:
    """The address of a classroom whose Python lacks what Windows lacks."""
    port, log = free_port(), tmp_path / "log"
    environment = os.environ | {"CLASSROOM_PORT": str(port), "CLASSROOM_API_URL": "http://127.0.0.1:9"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE_THE_CLASSROOM], env=environment, stdout=out, stderr=out, cwd=tmp_path
        )

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=60).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_until(answers, 60, log.read_text)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        code = process.wait(60)
    assert code == 0, log.read_text()


def test_the_classroom_serves_and_ends_without_what_windows_lacks(classroom: str) -> None:
    assert "<html" in httpx.get(f"{classroom}/teacher/sign-in", timeout=60).text
