"""A command imports only what it needs, so that it starts fast."""

import json
import subprocess
import sys

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from homework_cli.main import app

HEAVY = {
    "aio_pika", "aiormq", "pamqp", "psutil", "pyngrok", "opentelemetry", "cryptography",
    "prometheus_client", "structlog",
}  # fmt: skip
SCRIPT = """
import json, sys
from typer.testing import CliRunner
from homework_cli.main import app
result = CliRunner().invoke(app, json.loads(sys.argv[1]))
print(json.dumps({"code": result.exit_code, "modules": list(sys.modules)}))
"""
LIGHT = {
    "homework_shared", "homework_shared.runtime", "homework_shared.runtime.clock",
    "homework_shared.runtime.files",
    "homework_shared.runtime.terminal",
}  # fmt: skip
NOWHERE = ("--api-url", "http://127.0.0.1:1")


def modules_of(*arguments: str) -> tuple[int, set[str]]:
    """The exit code of a command in a fresh interpreter, and the modules that it has loaded."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["code"], set(found["modules"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("teacher", "assignments"),
        ("teacher", "students", "list"),
        ("teacher", "assign", "--level", "A1", "--student-ids", "1", "--no-follow"),
        ("student", "list", "1"),
        ("status",),
        ("dead", "list"),
        ("keys", "list"),
    ],
    ids=" ".join,
)
def test_a_command_that_speaks_rest_loads_no_broker_no_tunnel_and_no_tracing(
    arguments: tuple[str, ...],
) -> None:
    code, modules = modules_of(*arguments, *NOWHERE)
    # The command reached the connection, so it has imported everything that it needs.
    assert code == 3
    assert modules & HEAVY == set()
    # Of the shared package it may import only modules that depend on the standard library alone.
    assert {name for name in modules if name.startswith("homework_shared")} == LIGHT


def test_the_list_of_commands_loads_none_of_them() -> None:
    code, modules = modules_of("--help")
    assert code == 0
    assert modules & (HEAVY | {"httpx", "pydantic", "homework_client", "homework_shared"}) == set()


def commands() -> list[str]:
    return list(get_group(app).commands)


@pytest.mark.parametrize("name", commands())
def test_the_line_of_a_command_is_the_first_paragraph_of_its_own_help(name: str) -> None:
    listed = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    own = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).stdout
    described = [line.strip("│ ") for line in listed.splitlines() if line.startswith(f"│ {name} ")]
    [line] = [each.removeprefix(name).strip() for each in described]
    assert line
    assert line in [each.strip() for each in own.splitlines()]


def test_a_command_that_is_misspelt_is_answered_with_the_one_that_was_meant() -> None:
    result = CliRunner().invoke(app, ["studnet", "list"])
    assert result.exit_code == 2
    assert "Did you mean 'student'" in result.stderr
