"""The import contracts refuse wrong imports. Each is tested in a copy of the sources."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
IMPORT_RULES: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
ROOT_PACKAGES: list[str] = IMPORT_RULES["root_packages"]
EXHAUSTIVE_CONTAINERS: list[str] = [
    container
    for contract in IMPORT_RULES["contracts"]
    if contract.get("exhaustive")
    for container in contract["containers"]
]
# The importing and the imported module. The first eight were tested on the former flat package, whose
# contracts caught one.
WRONG_IMPORTS = [
    ("homework_api.pipeline.presence", "homework_api.services.assignments"),
    ("homework_api.pipeline.jobs", "fastapi"),
    ("homework_api.services.acceptance", "fastapi"),
    ("homework_api.domain.statuses", "fastapi"),
    ("homework_api.http.middleware.body_limits", "homework_api.database.engine"),
    ("homework_api.services.tunnel_file", "homework_api.services.api_keys"),
    ("homework_api.database.engine", "homework_api.domain.errors"),
    ("homework_api.database.models", "homework_api.schemas.assignments"),
    ("homework_api.http.routes.assignments", "homework_api.database.engine"),
    ("homework_api.wiring", "fastapi"),
    ("homework_api.pipeline.relay", "homework_api.pipeline.results"),
    ("homework_shared.worker.session", "aio_pika"),
    ("homework_shared.messaging.transport", "aio_pika"),
    ("homework_shared.language.reading.parsed", "homework_shared.language.checks.fit"),
    ("homework_shared.exercises.checks", "homework_shared.language.examine"),
    ("homework_generator.serve", "vllm"),
    ("homework_console.app", "homework_api.schemas.jobs"),
    ("homework_classroom.visit", "homework_api.schemas.homework"),
    ("homework_classroom.language", "homework_classroom.pages"),
    ("homework_classroom.api", "aio_pika"),
    ("homework_mock_generator.content", "homework_mock_generator.practice.verbs"),
    ("homework_colab.notebook", "homework_shared.errors"),
    ("homework_client", "homework_shared.errors"),
]


class Copy:
    """The packages' sources and the contracts, in a folder in which they may be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "pyproject.toml", folder)
        for name in ROOT_PACKAGES:
            [source] = [*ROOT.glob(f"*/{name}"), *ROOT.glob(f"*/*/{name}")]
            shutil.copytree(source, folder / name, ignore=_all_but_python)

    def lint(self) -> subprocess.CompletedProcess[str]:
        # The copy takes precedence over the installed packages. The output is wide, because a long name would
        # be wrapped.
        environment = os.environ | {"PYTHONPATH": str(self.folder), "COLUMNS": "300"}
        return subprocess.run(
            [LINT_IMPORTS, "--no-logo"], cwd=self.folder, env=environment,
            capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip

    def file(self, module: str) -> Path:
        path = self.folder / module.replace(".", "/")
        beside = path.with_suffix(".py")
        return beside if beside.exists() else path / "__init__.py"


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if (Path(folder) / name).is_file() and not name.endswith(".py")}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("copy"))


@contextmanager
def appended(file: Path, line: str) -> Iterator[None]:
    """The file has one more line, or is new, while the block runs."""
    before = file.read_text() if file.exists() else None
    file.write_text(f"{before or ''}\n{line}\n")
    try:
        yield
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before)


def test_the_untouched_copy_keeps_every_contract(copy: Copy) -> None:
    linted = copy.lint()
    assert linted.returncode == 0, linted.stdout
    assert f"Contracts: {len(IMPORT_RULES['contracts'])} kept, 0 broken." in linted.stdout


@pytest.mark.parametrize(("importer", "imported"), WRONG_IMPORTS)
def test_a_wrong_import_is_refused(copy: Copy, importer: str, imported: str) -> None:
    file = copy.file(importer)
    assert file.exists()
    with appended(file, f"import {imported}"):
        linted = copy.lint()
    assert linted.returncode == 1, linted.stdout
    assert f"{importer} -> {imported}" in linted.stdout


@pytest.mark.parametrize("container", EXHAUSTIVE_CONTAINERS)
def test_a_new_module_without_a_place_is_refused(copy: Copy, container: str) -> None:
    with appended(copy.folder / container.replace(".", "/") / "newcomer.py", "PLACE = None"):
        linted = copy.lint()
    assert linted.returncode == 1, linted.stdout
    assert "newcomer" in linted.stdout


def test_every_package_has_an_exhaustive_contract() -> None:
    # The client package is small. A contract of its own forbids it to import any of our packages.
    assert set(ROOT_PACKAGES) - set(EXHAUSTIVE_CONTAINERS) <= {"homework_client"}
