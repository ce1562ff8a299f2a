"""Fixtures that every test of the notebook's helpers uses."""

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BROKER_TICKET", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that already has our packages, and an installer that records its arguments."""
    folder, tools = tmp_path / "venv", tmp_path / "tools"
    tools.mkdir()
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(Path(sys.executable).resolve())
    (folder / "pyvenv.cfg").write_text(Path(sys.prefix, "pyvenv.cfg").read_text())
    (folder / "lib").symlink_to(Path(sys.prefix, "lib"))
    (tools / "uv").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n[ ! -e {tmp_path}/full ]\n')
    (tools / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOMEWORK_VENV", str(folder))
    monkeypatch.setenv("HOMEWORK_ENGINE", "pytest==0.1")
    return folder
