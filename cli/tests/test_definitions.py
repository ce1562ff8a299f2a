"""The definitions that our broker imports at its start."""

import json
from pathlib import Path

from typer.testing import CliRunner

from homework_cli.broker.config import write_definitions
from homework_cli.broker.definitions import full_definitions, load_or_create_passwords, password_hash
from homework_cli.main import app
from homework_shared.messaging import topology

DEFINITIONS = Path(__file__).parents[2] / "deploy" / "rabbitmq" / "definitions.json"


def test_the_committed_definitions_are_what_the_topology_says() -> None:
    printed = CliRunner().invoke(app, ["broker", "definitions"])
    assert printed.exit_code == 0
    assert DEFINITIONS.read_text() == printed.stdout


def test_a_password_hash_is_what_rabbitmq_computes() -> None:
    # This is the worked example in RabbitMQ's documentation.
    example = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
    assert password_hash("test12", bytes.fromhex("908dc60a")) == example


def test_passwords_are_kept_private_and_stable(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    first = load_or_create_passwords(file)
    assert load_or_create_passwords(file) == first
    assert file.stat().st_mode & 0o077 == 0
    assert len(set(first.values())) == len(topology.PERMISSIONS)


def test_every_user_has_the_permissions_of_the_topology_and_no_guest_exists() -> None:
    definitions = full_definitions(dict.fromkeys(topology.PERMISSIONS, "x"))
    assert {user["name"] for user in definitions["users"]} == set(topology.PERMISSIONS)
    assert "guest" not in json.dumps(definitions)
    assert '"x"' not in json.dumps(definitions)


def test_definitions_that_a_container_reads_stay_readable_for_it(tmp_path: Path) -> None:
    file, passwords = tmp_path / "definitions.json", dict.fromkeys(topology.PERMISSIONS, "secret")
    write_definitions(file, passwords, 0o644)
    # `homework ticket rotate` writes the file of a broker in a container as it writes that of a process.
    write_definitions(file, passwords)
    assert file.stat().st_mode & 0o777 == 0o644
