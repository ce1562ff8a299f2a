"""The notebook for the upload is complete, reproducible, and contains no secrets."""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from typer.testing import CliRunner

from homework_cli import main, parts
from homework_cli.commands import notebook

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "cli/homework_cli/commands/generator.ipynb"
SECRETS = re.compile(
    r"homework1:e|BEGIN (CERTIFICATE|[A-Z ]*PRIVATE KEY)|amqps?://|ngrok_?auth|\b(ghp|hf)_\w{20}"
)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    file = tmp_path / "generator.ipynb"
    done = CliRunner().invoke(main.app, ["notebook", "--output", str(file)])
    assert done.exit_code == 0, done.output
    return file


def packed(file: Path) -> zipfile.ZipFile:
    [cell] = [cell for cell in _read(file).cells if cell.id == "packed"]
    scope: dict[str, str] = {}
    exec(cell.source, scope)  # noqa: S102 - it is our own
    return zipfile.ZipFile(io.BytesIO(base64.b64decode(scope["PACKED"])))


def _read(file: Path) -> Any:
    return nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]


def test_both_notebooks_are_valid_ask_for_a_gpu_and_were_never_run(written: Path) -> None:
    for file in (TEMPLATE, written):
        book = _read(file)
        nbformat.validate(book)
        assert book.metadata.accelerator == "GPU"
        for cell in book.cells:
            if cell.cell_type == "code":
                assert (cell.outputs, cell.execution_count) == ([], None)
                compile(cell.source, cell.id, "exec")


def test_no_secret_is_in_the_notebook(written: Path) -> None:
    for cell in _read(TEMPLATE).cells:
        assert not SECRETS.search(cell.source)
    # These texts show the format of an address, and are not secret.
    allowed = {f"homework_shared/{name}.py" for name in ("messaging/address", "messaging/ticket", "settings")}
    with packed(written) as archive:
        for name in archive.namelist():
            assert name.endswith((".py", ".toml", ".tsv", ".json", ".LICENSE.txt", "py.typed"))
            if name.removeprefix("shared/") not in allowed:
                assert not SECRETS.search(archive.read(name).decode()), name


def test_the_same_source_gives_the_same_bytes(written: Path) -> None:
    assert notebook.packed_notebook() == written.read_text()


def test_the_notice_about_colabs_terms_comes_before_the_first_code_cell(written: Path) -> None:
    first = _read(written).cells[0]
    assert first.cell_type == "markdown"
    assert "free tier" in first.source


def test_the_source_cell_unpacks_what_the_kernel_can_import(written: Path, tmp_path: Path) -> None:
    cells = {cell.id: cell.source for cell in _read(written).cells}
    script = "\n".join([cells["settings"], cells["packed"], cells["source"]])
    script += "\nimport homework_colab.notebook as found\nprint(found.__file__)"
    file = tmp_path / "cells.py"
    file.write_text(script)
    done = subprocess.run(
        # With -S there are no site-packages, as in a kernel without our packages.
        [sys.executable, "-S", str(file)],
        env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.strip().startswith(str(tmp_path / ".cache/homework/source/services/colab"))
    with packed(written) as archive:
        assert "shared/homework_shared/worker/session.py" in archive.namelist()
        assert not [name for name in archive.namelist() if "/tests/" in name or "build/" in name]


@pytest.mark.parametrize(
    "package",
    ["shared/homework_shared", "services/generator/homework_generator", "services/colab/homework_colab"],
)
def test_every_file_that_git_knows_of_the_packages_is_in_the_notebook(written: Path, package: str) -> None:
    # Without this test a missing data file would show only in Colab, after the model was loaded.
    known = subprocess.run(["git", "ls-files", package], cwd=ROOT, capture_output=True, text=True, check=True)
    with packed(written) as archive:
        assert set(known.stdout.split()) <= set(archive.namelist())


@pytest.fixture(params=["folder", "zip", "git"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The project's source outside the notebook. GitHub's zip wraps it in a folder."""
    project = tmp_path / "elsewhere" / "project-main"
    zipfile.ZipFile(io.BytesIO(notebook.zipped_source())).extractall(project)
    if request.param == "zip":
        return shutil.make_archive(str(tmp_path / "project"), "zip", project.parent)
    if request.param == "git":
        author = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        for arguments in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "all"]):
            subprocess.run(["git", *arguments], cwd=project, check=True)
        return project.as_uri()
    return str(project)


def test_the_source_may_also_come_from_a_folder_a_zip_or_a_git_address(
    elsewhere: str, tmp_path: Path
) -> None:
    cells = {cell.id: cell.source for cell in _read(TEMPLATE).cells}
    script = "\n".join([cells["settings"], cells["packed"], cells["source"]])
    script += "\nimport homework_colab.notebook as found\nprint(found.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env=os.environ | {"HOME": str(tmp_path), "HOMEWORK_SOURCE": elsewhere},
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.strip().startswith(str(tmp_path))


def test_a_notebook_without_source_says_how_to_get_one(tmp_path: Path) -> None:
    cells = {cell.id: cell.source for cell in _read(TEMPLATE).cells}
    script = "\n".join([cells["settings"], cells["packed"], cells["source"]])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={"HOME": str(tmp_path)}
    )
    assert done.returncode == 1
    assert "write one with `homework notebook`" in done.stderr


def test_run_in_a_kernel_without_a_ticket_it_ends_with_one_sentence_before_installing_anything(
    written: Path, tmp_path: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "BROKER_TICKET"}
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter-execute"), written],
        env=environment | {"HOME": str(tmp_path), "HOMEWORK_ENGINE": "none==0"},
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no ticket: put it into Colab's secrets as BROKER_TICKET" in done.stderr
    assert "ticket.py" not in done.stderr, "a traceback through our code helps no teacher"
    assert not (tmp_path / ".cache/homework/venv").exists()


def test_the_projects_in_it_state_what_the_repositorys_own_do(written: Path) -> None:
    with packed(written) as archive:
        for folder in ("shared", "services/generator", "services/colab"):
            ours = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
            theirs = tomllib.loads(archive.read(f"{folder}/pyproject.toml").decode())["project"]
            needed = [set(map(Requirement, each["dependencies"])) for each in (ours, theirs)]
            assert needed[0] == needed[1]
            pythons = [SpecifierSet(each["requires-python"]) for each in (ours, theirs)]
            assert pythons[0] == pythons[1]
            for name in ("name", "version", "license"):
                assert theirs[name] == ours[name]


def test_without_the_generators_package_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parts, "find_spec", lambda name: None if name == "homework_generator" else name)
    done = CliRunner().invoke(main.app, ["notebook", "--output", str(tmp_path / "generator.ipynb")])
    assert done.exit_code == 1
    assert "not installed here: homework-generator" in done.output
    assert "Install italian-homework" in done.output
