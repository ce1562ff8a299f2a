"""Files that others read while we write them, and folders that they may not look into."""

import os
from pathlib import Path


def write_whole(file: Path, content: bytes, mode: int) -> None:
    """Readers see the old file or the new one, and nobody but the owner a draft."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        os.fchmod(out.fileno(), mode)
        out.flush()
        # A power cut must not leave an empty CA key or password file behind: every ticket hangs on it.
        os.fsync(out.fileno())
    draft.replace(file)


def private_folder(folder: Path) -> Path:
    """Made if it is not there; whatever is in it, nobody but the owner gets at it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
