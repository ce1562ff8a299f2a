"""The API of the previous version, from the repository's history, to run beside this one."""

import io
import subprocess
import tarfile
from pathlib import Path

COMMIT = "6195bf3"
"""The last commit before the schema of the version in development. A release moves it to the previous
release.
"""
_ROOT = Path(__file__).parents[2]
_PACKAGES = ("shared", "services/api")


def is_in_history() -> bool:
    """Whether the commit is in the history. A clone made with `--depth` lacks it."""
    looked = subprocess.run(["git", "cat-file", "-e", COMMIT], cwd=_ROOT, capture_output=True, check=False)
    return looked.returncode == 0


def unpack_version_before(folder: Path) -> dict[str, str]:
    """Write its packages under `folder`. Gives the environment in which they precede the installed ones."""
    archive = subprocess.run(
        ["git", "archive", COMMIT, *_PACKAGES], cwd=_ROOT, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return {"PYTHONPATH": ":".join(str(folder / package) for package in _PACKAGES)}
