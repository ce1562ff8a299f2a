"""Checks of `homework up` before it starts anything."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from homework_cli.commands import run
from homework_cli.main import app


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "school.example"])  # noqa: S104
def test_up_refuses_an_address_that_others_reach_and_starts_nothing(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_HOST", host)
    done = CliRunner().invoke(app, ["up", "--folder", str(tmp_path / "run")])
    assert done.exit_code == 1
    assert f"API_HOST is {host}, but `homework up` serves this machine alone: unset it" in done.stdout
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("host", ["", "127.0.0.1", "localhost", "::1"])
def test_up_takes_this_machines_own_address(host: str) -> None:
    run._refuse_another_host(host)
