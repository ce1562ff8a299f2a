"""Files that other processes read while they are replaced, and folders that only their owner may open."""

import os
from pathlib import Path


def write_atomically(file: Path, content: bytes, mode: int | None = None) -> None:
    """Replace a file in one step: readers see the old content or the new one, and only the owner can read the
    draft.

    Without `mode`, an existing file keeps its mode, and a new file can be read by its owner only.
    """
    if mode is None:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            # A mounted drive may refuse every change of mode, and Windows has no modes.
            if mode != 0o600 and hasattr(os, "fchmod"):
                os.fchmod(out.fileno(), mode)
            out.flush()
            # A power cut must not leave an empty CA key or password file, because every ticket depends on
            # them.
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def private_folder(folder: Path) -> Path:
    """The folder, created if it does not exist. Only its owner can read its contents."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
