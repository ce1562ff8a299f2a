"""The real module asks for access and mounts the drive. This one writes a note, or refuses if a
note says so.
"""

import os
from pathlib import Path


def mount(mountpoint: str) -> None:
    folder = Path(os.environ["COLAB_STANDIN"])
    if (folder / "refuse").exists():
        raise ValueError("mount failed")
    (folder / "mounted").write_text(mountpoint)
