"""Files that another process reads while we replace them.

`homework_shared` has the same function for the services, but the kernel of a notebook has only the standard
library.
"""

import os
from pathlib import Path


def write_atomically(file: Path, text: str) -> None:
    """Replace a file in one step: readers see the old file or the new one, and only the owner can read it."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
