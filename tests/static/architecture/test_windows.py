"""A generator runs wherever its model's server does, and the command line wherever a teacher sits: that may
be a Windows machine. What Windows lacks is taken away from a Linux interpreter here: that is as near as these
tests come to Windows."""

import subprocess
import sys

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
IMPORT_THE_CLIENTS_COMMANDS = f"""
{TAKE_AWAY}
from homework_cli.main import app
for name in ("status", "teacher", "student", "dead", "teachers", "keys"):
    try:
        app([name, "--help"])
    except SystemExit as end:
        assert end.code == 0, name
"""


def test_the_generator_starts_without_what_windows_lacks_and_without_vllm(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-c", IMPORT_THE_GENERATOR, f"{tmp_path}/status"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['homework_generator.__main__']\n"
    # Without an encoding named, Windows reads and writes another than UTF-8.
    warned = [line for line in done.stderr.splitlines() if "EncodingWarning" in line]
    assert [line for line in warned if "homework_" in line] == []


def test_the_commands_that_ask_the_api_start_without_what_windows_lacks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_THE_CLIENTS_COMMANDS],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage:") == 6
