"""The notebook installs what the generator needs, once, and gives the reason if it cannot."""

from pathlib import Path

import pytest
from tests.support.processes import ROOT

from homework_colab import install
from homework_colab.stopped import Stopped


def test_an_installed_version_is_not_installed_again(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "asked"
    install.install(ROOT, venv)
    assert "pytest==0.1 --torch-backend=auto" in asked.read_text()
    asked.unlink()
    install.install(ROOT, venv)
    assert not asked.exists()
    assert "already installed" in capsys.readouterr().out
    monkeypatch.setenv("HOMEWORK_ENGINE", f"pytest=={pytest.__version__}")
    install.install(ROOT, venv)
    assert "services/generator" in asked.read_text()
    assert "torch" not in asked.read_text()


def test_colabs_pins_and_an_unfinished_environment_are_not_used(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (venv / "bin/python").unlink()
    (tmp_path / "tools/uv").write_text(f"#!/bin/sh\nenv >{tmp_path}/environment\nexit 1\n")
    monkeypatch.setenv("UV_CONSTRAINT", "/etc/colab-pins.txt")
    with pytest.raises(Stopped):
        install.install(ROOT, venv)
    assert "UV_CONSTRAINT" not in (tmp_path / "environment").read_text()
    assert not venv.exists()


def test_a_failed_installation_shows_the_end_of_its_output_and_what_to_do(venv: Path, tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    with pytest.raises(Stopped, match="the installation failed"):
        install.install(ROOT, venv)
    assert not (venv / ".homework-installed").exists()


def test_the_notebook_installs_an_engine_that_the_generator_accepts() -> None:
    project = (ROOT / "services/generator/pyproject.toml").read_text()
    assert install.ENGINE == "vllm==0.32.0"
    assert '"vllm>=0.32,<0.34"' in project
