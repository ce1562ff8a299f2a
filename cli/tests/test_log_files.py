"""Logs are truncated while a process writes them."""

import shutil
from pathlib import Path

import pytest

from homework_cli.stack.log_files import rotate_when_large


def test_a_large_log_begins_anew_under_its_writer_and_one_predecessor_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("ab", buffering=0) as writer:  # A service holds its log open in the same way.
        writer.write(b"old" * 100)
        rotate_when_large(log, 200)
        writer.write(b"new")
        assert log.read_bytes() == b"new"
        assert log.with_name("api.log.1").read_bytes() == b"old" * 100
        writer.write(b"er" * 200)
        rotate_when_large(log, 200)
        assert log.with_name("api.log.1").read_bytes() == b"new" + b"er" * 200
    assert {file.name for file in tmp_path.iterdir()} == {"api.log", "api.log.1"}


def test_a_small_log_and_one_that_is_not_there_yet_are_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    rotate_when_large(log, 3)
    log.write_bytes(b"new")
    rotate_when_large(log, 3)
    assert [file.name for file in tmp_path.iterdir()] == ["api.log"]


def test_a_log_is_cut_on_a_full_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    log = tmp_path / "api.log"
    log.write_bytes(b"old" * 100)
    rotate_when_large(log, 200)
    assert log.read_bytes() == b""
    assert [file.name for file in tmp_path.iterdir()] == ["api.log"]
