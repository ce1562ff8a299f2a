"""Files are replaced as a whole, and only the intended users may read them."""

import os
from pathlib import Path

import pytest

from homework_shared.runtime.files import private_folder, write_atomically


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"secret")
    assert (tmp_path / "file").read_bytes() == b"secret"
    assert mode_of(tmp_path / "file") == 0o600


def test_a_file_that_is_replaced_keeps_its_mode_unless_another_is_given(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"1", 0o644)
    write_atomically(file, b"2")
    assert (file.read_bytes(), mode_of(file)) == (b"2", 0o644)
    write_atomically(file, b"3", 0o400)
    assert (file.read_bytes(), mode_of(file)) == (b"3", 0o400)


def test_a_reader_of_the_old_file_reads_it_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"old")
    with file.open("rb") as reader:
        write_atomically(file, b"new")
        assert reader.read() == b"old"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    file = tmp_path / "file"
    write_atomically(file, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_others_could_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o755)
    assert mode_of(private_folder(tmp_path / "folder")) == 0o700
