"""All packages have the same version, require each other in it, and bound the version of every library."""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from homework_shared import __version__
from tests.support.processes import ROOT

PROJECTS = {
    file.parent.relative_to(ROOT).as_posix(): tomllib.loads(file.read_text("utf-8"))["project"]
    for top in ("shared", "packages", "services", "cli")
    for file in (ROOT / top).rglob("pyproject.toml")
}
META = PROJECTS["packages/italian-homework"]
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def requirements(project: dict[str, Any]) -> list[Requirement]:
    extras = project.get("optional-dependencies", {}).values()
    return [Requirement(each) for some in (project["dependencies"], *extras) for each in some]


def is_ours(requirement: Requirement) -> bool:
    return requirement.name.startswith("homework-")


def locked(name: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for package, version in PINNED.findall((ROOT / name).read_text("utf-8")):
        versions.setdefault(package, set()).add(version)
    return versions


@pytest.mark.parametrize("folder", PROJECTS)
def test_every_package_has_the_one_version_and_asks_for_the_others_in_it(folder: str) -> None:
    assert PROJECTS[folder]["version"] == __version__
    for each in filter(is_ours, requirements(PROJECTS[folder])):
        assert str(each.specifier) == f"=={__version__}", f"{folder} asks for {each}"


@pytest.mark.parametrize("folder", PROJECTS)
def test_every_dependency_has_a_version_bound(folder: str) -> None:
    bare = [str(each) for each in requirements(PROJECTS[folder]) if not each.specifier]
    assert bare == []


def test_the_package_that_is_installed_brings_all_others_and_all_their_commands() -> None:
    others = {folder: each for folder, each in PROJECTS.items() if each is not META}
    assert {each.name for each in requirements(META)} == {each["name"] for each in others.values()}
    commands: dict[str, str] = {}
    for each in others.values():
        commands |= each.get("scripts", {})
    assert META["scripts"] == commands
    assert META["requires-python"] == PROJECTS["shared"]["requires-python"]


def test_uv_finds_every_package_in_the_workspace() -> None:
    uv = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]
    members = {
        file.parent
        for pattern in uv["workspace"]["members"]
        for file in ROOT.glob(f"{pattern}/pyproject.toml")
    }
    assert {member.relative_to(ROOT).as_posix() for member in members} == set(PROJECTS)
    assert set(uv["sources"]) == {each["name"] for each in PROJECTS.values() if each is not META}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_a_hash_for_everything_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert [each.splitlines()[0] for each in entries if "--hash=sha256:" not in each] == []
    assert "://" not in text
    assert "index-url" not in text
    assert not [each for each in locked(name) if each.startswith("homework-")]


def test_the_lock_holds_what_the_packages_ask_for_in_versions_that_they_allow() -> None:
    pins = locked("requirements.lock")
    for folder, project in PROJECTS.items():
        for each in (Requirement(text) for text in project["dependencies"]):
            if not is_ours(each):
                name = each.name.lower().replace("_", "-")
                assert name in pins, f"{folder} asks for {each}: run `make lock`"
                assert all(each.specifier.contains(version) for version in pins[name]), f"{folder}: {each}"


def test_developers_have_the_versions_that_users_have() -> None:
    users, developers = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: developers.get(name) for name in users} == users


@pytest.fixture
def set_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    yield import_module("set_version")
    sys.modules.pop("set_version")


def test_the_tool_changes_the_version_wherever_it_is_stated(set_version: Any) -> None:
    for file in (set_version.SOURCE, *set_version.projects()):
        text = file.read_text("utf-8")
        changed = set_version.with_version(text, "7.8.9")
        assert "7.8.9" in changed
        assert __version__ not in re.sub(r'"(?!homework-).*[<>].*"', "", changed), file
        assert set_version.with_version(changed, __version__) == text
    assert len(set_version.projects()) == len(PROJECTS)


def test_the_tool_refuses_what_is_no_version(
    set_version: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(set_version, "SOURCE", tmp_path / "untouched")
    for wrong in ([], ["v0.2.0"], ["0.2"], ["0.2.0", "more"]):
        monkeypatch.setattr(sys, "argv", ["set_version.py", *wrong])
        with pytest.raises(SystemExit, match="usage"):
            set_version.main()
