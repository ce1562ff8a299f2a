"""The workflows run existing scripts with few rights, and their actions are pinned to a commit."""

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.processes import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github").rglob("*.yml"))
PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}")
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# The files of this repository that a command of a workflow names.
FILE = re.compile(r"(?<![\w/.$}-])(?:\./)?((?:\.ci|cli|deploy|packages|services|shared|tests)(?:/[\w.-]+)*)")


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in WORKFLOWS:
        for name, job in yaml.safe_load(file.read_text("utf-8"))["jobs"].items():
            yield f"{file.stem}/{name}", job


def steps() -> Iterator[dict[str, Any]]:
    for _, job in jobs():
        yield from job.get("steps", ())


def commands() -> str:
    return "\n".join(step.get("run", "") for step in steps())


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_every_file_for_the_host_is_yaml(file: Path) -> None:
    assert isinstance(yaml.safe_load(file.read_text("utf-8")), dict)


def test_linux_macos_and_windows_are_tried() -> None:
    machines = {job["runs-on"].split("-")[0] for _, job in jobs() if "runs-on" in job}
    assert machines == {"ubuntu", "macos", "windows"}


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


def test_every_target_of_make_that_is_named_exists() -> None:
    named = re.findall(r"\bmake ([a-z][a-z0-9 -]*)", commands())
    assert named
    assert {target for each in named for target in each.split()} - TARGETS == set()


def test_every_file_that_a_command_names_exists() -> None:
    named = set(FILE.findall(commands()))
    assert ".ci/run" in named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_a_workflow_may_read_and_a_job_says_what_it_may_beyond_that() -> None:
    for file in WORKFLOWS:
        assert yaml.safe_load(file.read_text("utf-8"))["permissions"] == {"contents": "read"}, file
    writing = {name for name, job in jobs() if "write" in job.get("permissions", {}).values()}
    assert writing == {"release/wheels", "release/images", "release/release"}


def test_no_job_runs_for_ever() -> None:
    assert [name for name, job in jobs() if "uses" not in job and "timeout-minutes" not in job] == []


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    yield import_module("release")
    for name in ("release", "set_version"):
        sys.modules.pop(name)


def test_a_release_says_what_stands_in_its_section_of_the_changelog(release: Any) -> None:
    changelog = "# All\n\n## [Unreleased]\n\nlater\n\n## [0.2.0] - 2026\n\n- new\n\n## [0.1.0]\n\n- first\n"
    assert release.section(changelog, "0.2.0") == "- new"
    assert release.section(changelog, "0.1.0") == "- first"
    assert release.section(changelog, "0.3.0") == ""


def test_a_wheel_of_another_version_is_named(release: Any) -> None:
    wheels = ["homework_cli-0.2.0-py3-none-any.whl", "homework_api-0.1.0-py3-none-any.whl"]
    assert release.of_another_version(wheels, "0.2.0") == ["homework_api-0.1.0-py3-none-any.whl"]


def test_a_package_without_a_wheel_is_named(release: Any) -> None:
    wheels = [f"{name.replace('-', '_')}-0.1.0-py3-none-any.whl" for name in release.without_wheel([])]
    assert len(wheels) == 10
    assert release.without_wheel(wheels) == []
    without = [wheel for wheel in wheels if not wheel.startswith("italian_homework")]
    assert release.without_wheel(without) == ["italian-homework"]
