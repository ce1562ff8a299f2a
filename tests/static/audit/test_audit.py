"""`make audit` prints the database that it searched and its age, and fails if it could search none."""

import json
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).parents[3] / ".ci"
UNREACHABLE = {"dependencies": [{"name": "urllib3", "skip_reason": "Dependency not found on PyPI"}]}


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run the audit as on a machine that reaches no index and has no copy of one."""
    monkeypatch.syspath_prepend(str(TOOLS))
    monkeypatch.setenv("AUDIT_DATABASE", str(tmp_path / "none.zip"))
    advisories = import_module("advisories")
    answer = type("Done", (), {"stdout": json.dumps(UNREACHABLE)})
    monkeypatch.setattr(advisories.subprocess, "run", lambda *_, **__: answer)
    yield import_module("audit")
    for name in ("audit", "advisories"):
        sys.modules.pop(name)


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "constraints.txt"
    file.write_text('urllib3==1.24.1\nPyYAML==6.0 ; python_version > "3"  # a comment\n')
    return file


def test_an_audit_that_could_look_up_nothing_fails(
    audit: Any, pins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisories.find_spec", lambda _: None)
    [problem] = audit.vulnerabilities(pins)
    assert "no package was looked up" in problem


def test_without_an_index_the_packaged_database_is_searched_and_said_to_be_old(
    audit: Any, pins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flaws = audit.vulnerabilities(pins)
    assert any("CVE-2019-11324" in flaw for flaw in flaws)
    assert all(flaw.startswith("urllib3 1.24.1") for flaw in flaws)
    assert "2 of 2 pinned packages were looked up in safety-db" in (said := capsys.readouterr().out)
    assert "newest entry is of 2021-" in said


def test_a_copy_of_osvs_export_goes_before_the_packaged_database(
    audit: Any,
    pins: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = pins.with_name("all.zip")
    monkeypatch.setenv("AUDIT_DATABASE", str(copy))
    affected = [{"package": {"name": "pyyaml"}, "versions": ["5.4", "6.0"]}]
    entries = {
        "A": {"id": "A", "modified": "2026-11-01T00:00:00Z", "affected": affected},
        "B": {"id": "B", "modified": "2026-10-01T00:00:00Z", "affected": affected, "withdrawn": "2026"},
    }
    with zipfile.ZipFile(copy, "w") as archive:
        for name, entry in entries.items():
            archive.writestr(f"{name}.json", json.dumps(entry))
    assert audit.vulnerabilities(pins) == ["pyyaml 6.0: A"]
    assert f"in {copy}, whose newest entry is of 2026-11-01" in capsys.readouterr().out
