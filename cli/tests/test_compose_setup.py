"""`homework setup` writes the secrets for Compose once, and each only where its reader finds it."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from homework_api.settings import ApiSettings
from homework_cli.broker.running import ManagedBroker
from homework_cli.main import app
from homework_shared.messaging.ticket import read_ticket


def setup(folder: Path, *options: str) -> None:
    done = CliRunner().invoke(app, ["setup", str(folder), *options])
    assert done.exit_code == 0, done.output


def everything(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def without_salt(files: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in files.items() if name != "broker/definitions.json"}


def test_a_second_run_keeps_what_the_first_made(tmp_path: Path) -> None:
    setup(tmp_path)
    first = everything(tmp_path)
    setup(tmp_path)
    assert without_salt(everything(tmp_path)) == without_salt(first)


def test_each_ticket_leads_its_user_to_the_broker_over_tls(tmp_path: Path) -> None:
    setup(tmp_path)
    passwords = json.loads((tmp_path / "keeper/credentials.json").read_text())
    for reader, user in {"api": "api", "mock": "mock_generator", "generator": "generator"}.items():
        ticket = read_ticket(tmp_path / reader / "ticket")
        assert (ticket.host, ticket.port, ticket.user) == ("broker", 5671, user)
        assert ticket.password.get_secret_value() == passwords[user]
        assert stat.S_IMODE((tmp_path / reader / "ticket").stat().st_mode) == 0o400


def test_tickets_name_the_host_that_the_broker_has_elsewhere(tmp_path: Path) -> None:
    setup(tmp_path, "--host", "homework-broker.homework.svc")
    assert read_ticket(tmp_path / "api/ticket").host == "homework-broker.homework.svc"
    url = (tmp_path / "console/amqps-url").read_text()
    password = (tmp_path / "console/rabbitmq-password").read_text()
    assert url == f"amqps://console:{password}@homework-broker.homework.svc:5671/"


def test_the_brokers_files_hold_hashes_and_no_password(tmp_path: Path) -> None:
    setup(tmp_path)
    passwords = json.loads((tmp_path / "keeper/credentials.json").read_text()).values()
    for name, text in everything(tmp_path / "broker").items():
        assert not [password for password in passwords if password in text], name
    assert "listeners.tcp = none" in (tmp_path / "broker/10-homework.conf").read_text()
    assert not (tmp_path / "broker/ca.key").exists()


def test_one_users_password_is_renewed_and_no_other(tmp_path: Path) -> None:
    setup(tmp_path)
    before = json.loads((tmp_path / "keeper/credentials.json").read_text())
    setup(tmp_path, "--renew", "generator")
    after = json.loads((tmp_path / "keeper/credentials.json").read_text())
    assert {user for user in before if before[user] != after[user]} == {"generator"}
    assert read_ticket(tmp_path / "generator/ticket").password.get_secret_value() == after["generator"]
    refused = CliRunner().invoke(app, ["setup", str(tmp_path), "--renew", "nobody"])
    assert (refused.exit_code, "no broker user nobody" in refused.output) == (2, True)


def test_the_tunnel_finds_the_folder_it_knows_with_two_passwords(tmp_path: Path) -> None:
    setup(tmp_path)
    broker = ManagedBroker(tmp_path / "tunnel")
    assert broker.tls_port == 5671
    assert broker.ca == (tmp_path / "broker/ca.pem").read_text()
    assert set(json.loads((tmp_path / "tunnel/broker/credentials.json").read_text())) == {"generator", "ops"}


def test_the_api_takes_its_database_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup(tmp_path)
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "api/database-url"))
    password = (tmp_path / "database/password").read_text()
    assert (
        ApiSettings().database_url.get_secret_value()
        == f"postgresql://homework:{password}@database:5432/homework"
    )
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="DATABASE_URL_FILE cannot be read"):
        ApiSettings()


def test_the_consoles_key_is_not_the_administrators(tmp_path: Path) -> None:
    setup(tmp_path)
    files = everything(tmp_path)
    assert files["console/api-key"] == files["api/console-key"]
    assert files["api/admin-key"] not in {text for name, text in files.items() if name.startswith("console/")}
    assert len(files["console/api-key"]) >= 32
