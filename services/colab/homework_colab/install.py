"""Installs the worker into a virtual environment of its own, because vLLM's CUDA runtime conflicts with
Colab's.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from homework_colab.stopped import Stopped

ENGINE = "vllm==0.32.0"
"""The version that the tests ran, on a CPU. HOMEWORK_ENGINE chooses another one."""

_PACKAGES = ("shared", "services/generator", "services/colab")
_STAMP = ".homework-installed"
_TESTED_PYTHONS = ((3, 11), (3, 12), (3, 13))
_LAST_LINES = 25
_NOT_FOR_UV = {"PYTHONPATH", "VIRTUAL_ENV", "FORCE_COLOR", "CLICOLOR_FORCE"}  # set for the kernel
# Colab pins its packages with these variables, and our environment needs other versions.
_PINS = {"UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "UV_OVERRIDE", "UV_PRERELEASE", "UV_SYSTEM_PYTHON"}


def engine() -> str:
    return os.environ.get("HOMEWORK_ENGINE") or ENGINE


def install(source: Path, venv: Path) -> Path:
    """Install generator and engine from `source` unless they are installed. Returns the environment's Python.

    Raises:
        Stopped: the installation failed; the text has the end of the installer's output.
    """
    python = venv / "bin" / "python"
    stamp = venv / _STAMP
    wanted = fingerprint(source)
    if python.exists() and stamp.is_file() and stamp.read_text() == wanted:
        print("already installed")
        return python
    uv = _uv()
    if not python.exists():
        shutil.rmtree(
            venv, ignore_errors=True
        )  # an interrupted cell may have left one, which uv would not touch
        _show([*uv, "venv", "--python", _base_python(), str(venv)])
    packages = [str(source / package) for package in _PACKAGES]
    new_engine = [] if _has_engine(python) else [engine(), "--torch-backend=auto"]
    if new_engine:
        print(f"installing {engine()}: some gigabytes and a few minutes, once per VM")
    renewed = ["--reinstall-package=homework-shared", "--reinstall-package=homework-generator"]
    _show([*uv, "pip", "install", f"--python={python}", *renewed, *packages, *new_engine])
    stamp.write_text(wanted)
    return python


def fingerprint(source: Path) -> str:
    """A text that changes whenever the code or the versions to install do."""
    digest = hashlib.sha256(f"{engine()} {sys.version_info[:2]}".encode())
    for file in _files(source):
        digest.update(f"{file.relative_to(source)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _files(source: Path) -> Iterable[Path]:
    for package in _PACKAGES:
        yield source / package / "pyproject.toml"
        [folder] = (source / package).glob("homework_*/__init__.py")
        files = (file for file in folder.parent.rglob("*") if file.is_file())
        yield from sorted(file for file in files if "__pycache__" not in file.parts)


def _base_python() -> str:
    """The kernel's Python if the generator runs on it, else a version that uv downloads."""
    return sys.executable if sys.version_info[:2] in _TESTED_PYTHONS else "3.13"


def _uv() -> list[str]:
    if found := shutil.which("uv"):
        return [found]
    if importlib.util.find_spec("uv") is None:
        _show([sys.executable, "-m", "pip", "install", "-q", "uv"])
    return [sys.executable, "-m", "uv"]


def _has_engine(python: Path) -> bool:
    name, _, version = engine().partition("==")
    check = "import sys, importlib.metadata as m; sys.exit(m.version(sys.argv[1]) != sys.argv[2])"
    done = subprocess.run([python, "-c", check, name, version], capture_output=True, check=False)
    return done.returncode == 0


def _show(command: list[str]) -> None:
    """Run a command and print its lines as they come. Raises Stopped."""
    lines: list[str] = []
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_UV | _PINS}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:  # fmt: skip
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            print(f"  {line.rstrip()}")
            lines.append(line)
    if process.returncode:
        raise Stopped(
            "the installation failed; the end of its output:\n"
            + "".join(lines[-_LAST_LINES:])
            + "\nRun the cell again; it continues where it stopped. If the disk is full or it fails the "
            "same way twice, choose Runtime, Disconnect and delete runtime, and run all cells on a fresh VM."
        )
