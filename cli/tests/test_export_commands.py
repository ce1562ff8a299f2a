"""Commands write homework, results and what is kept about a student to files."""

import json
from pathlib import Path

import httpx
import pytest
from tests.support.api.live import Live
from tests.support.commands import Homework

from homework_api.export import ExportFormat as ApiExportFormat


@pytest.mark.parametrize("format_", list(ApiExportFormat))
def test_an_exported_file_is_the_one_that_the_api_makes(
    live: Live,
    homework: Homework,
    assigned: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format_: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    homework.done("teacher", "export", assigned, "--format", format_)
    written = homework.json(
        "teacher", "export", assigned, "--format", format_, "-o", "mine", "--student-id", 1
    )
    assert written == {"file": "mine", "bytes": (tmp_path / "mine").stat().st_size}
    path = f"{live.url}/api/teacher/assignments/{assigned}/export"
    [named] = [file for file in tmp_path.iterdir() if file.name.startswith("assignment-1.")]
    # The bytes of a PDF contain the time, so no two of them are equal.
    if format_ != "pdf":
        assert named.read_bytes() == httpx.get(path, params={"format": format_}, timeout=60).content
        mine = httpx.get(path, params={"format": format_, "student_id": 1}, timeout=60).content
        assert (tmp_path / "mine").read_bytes() == mine != named.read_bytes()
    refused = homework("teacher", "export", assigned, "--format", format_, "-o", tmp_path)
    assert (refused.exit_code, "choose another file with -o" in refused.stderr) == (1, True)


def test_all_that_is_kept_about_a_student_is_written_to_a_file(
    homework: Homework, assigned: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export = ("teacher", "students", "export", 1)
    assert homework(*export).stderr == "wrote student-1.json\n"
    kept = json.loads((tmp_path / "student-1.json").read_text())
    assert [one["assignment_id"] for one in kept["homework"]] == [assigned]
    assert kept["email"] == "a@example.org"
    written = homework.json(*export, "--format", "pdf", "-o", "mine.pdf")
    assert written == {"file": "mine.pdf", "bytes": (tmp_path / "mine.pdf").stat().st_size}
    assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF")
    assert homework("teacher", "students", "export", 99).exit_code == 1


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_the_class_table_is_written_for_a_spreadsheet(
    homework: Homework,
    assigned: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format_: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    homework.done("teacher", "results", assigned, "--format", format_)
    written = tmp_path / f"assignment-{assigned}-results.{format_}"
    made = homework.json("teacher", "results", assigned, "-f", format_, "-o", "mine")
    assert made == {"file": "mine", "bytes": written.stat().st_size}
    refused = homework("teacher", "results", assigned, "-o", tmp_path)
    assert (refused.exit_code, "choose another file with -o" in refused.stderr) == (1, True)
