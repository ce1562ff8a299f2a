"""Files that others read while we write them, and folders that only their owner may open."""

import os
from pathlib import Path


def write_atomically(file: Path, content: bytes, mode: int | None = None) -> None:
    """Readers see the old file or the new one, and nobody but the owner a draft of it.

    Without `mode`, the mode of the file that is there stays; a new one is the owner's alone.
    """
    if mode is None:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            # A mounted drive may refuse every change of mode, and Windows has none.
            if mode != 0o600 and hasattr(os, "fchmod"):
                os.fchmod(out.fileno(), mode)
            out.flush()
            # A power cut must not leave an empty CA key or password file: every ticket depends on them.
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def private_folder(folder: Path) -> Path:
    """The folder, made if it is not there. Nobody but its owner gets at what is in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
