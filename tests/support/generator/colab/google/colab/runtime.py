"""The real module deletes the VM. This one writes a note."""

import os
from pathlib import Path


def unassign() -> None:
    Path(os.environ["COLAB_STANDIN"], "unassigned").touch()
