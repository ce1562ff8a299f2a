"""The output of `homework up` may be redirected into a file that every user of the machine can read."""

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console
from typer.testing import CliRunner

from homework_cli.broker.choice import ChildBroker, ComposeBroker, StackBroker
from homework_cli.broker.tickets import Tickets
from homework_cli.commands.run import _welcome
from homework_cli.main import app
from homework_cli.stack.stack import Stack
from homework_client.models import Mode


@pytest.mark.parametrize("kind", [ChildBroker, ComposeBroker])
def test_no_password_is_printed_and_the_files_with_them_are_their_owners_alone(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker: StackBroker = kind(tmp_path / "broker")
    # The value is known after the start.
    monkeypatch.setattr(ChildBroker, "management_url", "http://127.0.0.1:2")
    passwords = cast("dict[str, str]", broker._passwords)  # type: ignore[attr-defined]
    monkeypatch.setattr(kind, "amqp_url", lambda _, user: f"amqp://{user}:{passwords[user]}@127.0.0.1:1/")
    stack = SimpleNamespace(
        broker=broker,
        port=8000,
        url="http://127.0.0.1:8000",
        console_url=None,
        classroom_url=None,
        mode=lambda: Mode.MOCK,
    )
    console = Console(record=True, width=1000)
    _welcome(cast("Stack", stack), tmp_path, console, None)
    printed = console.export_text()
    assert not [user for user, password in passwords.items() if password in printed]
    kept = (tmp_path / "broker/credentials.json", tmp_path / "generator-amqp-url")
    for file in kept:
        assert str(file) in printed
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert passwords["generator"] in kept[1].read_text()


def test_a_ticket_can_be_handed_over_without_being_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = SimpleNamespace(host="example.org", port=5671, encode=lambda: "homework1:secret")
    monkeypatch.setattr(Tickets, "current", lambda _: ticket)
    done = CliRunner().invoke(app, ["ticket", "show", "--to", str(tmp_path / "ticket")])
    assert done.exit_code == 0
    assert "secret" not in done.output
    assert (tmp_path / "ticket").read_text() == "homework1:secret"
    assert stat.S_IMODE((tmp_path / "ticket").stat().st_mode) == 0o600
