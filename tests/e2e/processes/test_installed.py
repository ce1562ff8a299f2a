"""`pipx install italian-homework` in an empty folder: everything works without the repository."""

import re
import subprocess
import zipfile
from pathlib import Path

import httpx
import pytest

from homework_cli.commands.notebook import packed_notebook
from homework_shared import __version__
from tests.e2e.processes.test_command_line import CLOSING_LINE
from tests.support.command_line import Share, Up, homework
from tests.support.installed import SOURCES, Installation, build_wheels, install
from tests.support.processes import ROOT

SERVICES = ("api", "classroom", "console", "generator", "mock-generator")
COMMANDS = ("homework", *(f"homework-{each}" for each in SERVICES))
NOT_SHIPPED = re.compile(r".*/(tests|tools)/.*|.*/(pyproject\.toml|README\.md|LICENSE)")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("installed")
    return install(build_wheels(folder), folder / "venv")


def run(installed: Installation, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return homework(folder, *command[1:], program=[installed.program(command[0])])


def test_every_file_that_git_knows_of_the_packages_is_in_a_wheel(installed: Installation) -> None:
    known = subprocess.run(
        ["git", "ls-files", *SOURCES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wanted = {name for name in known.stdout.split() if not NOT_SHIPPED.fullmatch(name)}
    wanted = {name[name.index("homework_") :] for name in wanted if (ROOT / name).is_file()}
    names: set[str] = set()
    for wheel in installed.wheels.glob("*.whl"):
        names |= set(zipfile.ZipFile(wheel).namelist())
    assert wanted
    assert wanted - names == set()


def test_all_wheels_have_one_version_and_carry_the_licence(installed: Installation) -> None:
    wheels = sorted(installed.wheels.glob("*.whl"))
    assert {wheel.name.split("-")[1] for wheel in wheels} == {__version__}
    for wheel in wheels:
        assert [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("licenses/LICENSE")]


def test_every_command_is_there_and_imports_nothing_from_the_repository(
    installed: Installation, tmp_path: Path
) -> None:
    programs = [Path(installed.program(name)).read_text() for name in COMMANDS]
    assert all(str(installed.python) in program.splitlines()[0] for program in programs)
    modules = {re.findall(r"^from (\S+) import", program, re.MULTILINE)[-1] for program in programs}
    script = f"import sys, {', '.join(modules)}\n"
    script += "print(*(each.__file__ for name, each in sys.modules.items() if name.startswith('homework_')))"
    done = subprocess.run(
        [installed.python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    files = done.stdout.split()
    assert len(files) > 100
    assert [file for file in files if not file.startswith(str(installed.folder))] == []


def test_the_generator_says_what_it_misses(installed: Installation, tmp_path: Path) -> None:
    done = homework(
        tmp_path, "--check", program=[installed.program("homework-generator")],
        ENGINE_URL="http://127.0.0.1:9/v1", MODEL="gemma3:4b",
    )  # fmt: skip
    assert done.returncode != 0
    assert "nobody answers at http://127.0.0.1:9" in done.stdout + done.stderr


def test_the_notebook_is_the_one_that_a_clone_writes(installed: Installation, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "homework", "notebook")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "generator.ipynb").read_text("utf-8") == packed_notebook()


@pytest.mark.usefixtures("needs_rabbitmq_server")
def test_up_and_the_demo_run_in_an_empty_folder(installed: Installation, tmp_path: Path) -> None:
    up = Up(tmp_path, program=[installed.program("homework")])
    try:
        health = httpx.get(f"{up.url}/health", timeout=60).json()
        assert health == {"status": "healthy", "version": __version__}
        for page in ("console", "classroom"):
            assert httpx.get(up.wait_for(rf"{page} +(http[^ /]+//[^ /]+)", 60), timeout=60).status_code < 500
        assert run(installed, tmp_path, "homework", "status").returncode == 0
        demo = run(installed, tmp_path, "homework", "demo", "--api-url", up.url)
        assert demo.returncode == 0, demo.stdout + demo.stderr
        assert re.fullmatch(CLOSING_LINE, demo.stdout.strip().splitlines()[-1])
        options = ("--host", "127.0.0.1", "--port", "0")
        with Share(tmp_path, *options, program=[installed.program("homework")]) as share:
            assert httpx.get(share.url, timeout=60).status_code < 500
    finally:
        assert up.stop() == 0
