"""The packages as installed without the repository: wheels in a separate environment."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.processes import ROOT

SOURCES = ("shared", "packages", "services", "cli")
_PIP = (sys.executable, "-m", "pip")


@dataclass(frozen=True)
class Installation:
    """A virtual environment with our wheels. `wheels` is the folder that contains them."""

    folder: Path
    wheels: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)


def build_wheels(folder: Path) -> Path:
    """Build all wheels, only from files that git tracks or would add. Returns their folder."""
    source, wheels = folder / "source", folder / "wheels"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *SOURCES]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # git still lists a file that has just been removed.
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    projects = sorted(str(file.parent) for file in source.rglob("pyproject.toml"))
    _run(*_PIP, "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", wheels, *projects)
    shutil.rmtree(source)
    return wheels


def install(wheels: Path, folder: Path) -> Installation:
    """Install `italian-homework` from `wheels`, with exactly the libraries that the wheels require.

    The libraries are links to the files of our own environment, so nothing is downloaded. pip resolves
    against them, so a required version that differs, or a missing requirement, fails here or in a test.
    """
    installed = Installation(folder, wheels)
    venv.create(folder, with_pip=False, symlinks=True)
    [packages] = folder.glob("lib/python3*/site-packages")
    ours = Requirement("italian-homework")
    for each in _needed_by(ours):
        _link(each, packages)
    offline = ("--no-index", "--find-links", wheels)
    _run(*_PIP, "-q", "--python", installed.python, "install", *offline, "italian-homework")
    return installed


def _needed_by(wanted: Requirement) -> Iterator[Distribution]:
    """All third-party packages that `wanted` requires on this machine."""
    waiting, seen = [wanted], set[tuple[str, frozenset[str]]]()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        found = distribution(requirement.name)
        if key[0] != "italian-homework" and not key[0].startswith("homework-"):
            yield found
        waiting += [each for each in map(Requirement, found.requires or ()) if _applies(each, requirement)]


def _applies(requirement: Requirement, of: Requirement) -> bool:
    extras = of.extras or {""}
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in extras)


def _link(package: Distribution, into: Path) -> None:
    for file in package.files or ():
        # This is a program in bin, or a namespace of two packages.
        if ".." in file.parts or (into / file).exists():
            continue
        (into / file).parent.mkdir(parents=True, exist_ok=True)
        (into / file).symlink_to(str(package.locate_file(file)))


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
