"""The real one deletes the VM; this one leaves a note."""

import os
from pathlib import Path


def unassign() -> None:
    Path(os.environ["COLAB_STANDIN"], "unassigned").touch()
