"""The notebook's surroundings: Colab's own modules, Drive, the GPU, and an output that can be redrawn."""

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from homework_colab.stopped import Stopped

DRIVE = "/content/drive"

NO_GPU = (
    "this runtime has no NVIDIA GPU: in Colab choose Runtime, Change runtime type, T4 GPU or better, "
    "and run all cells again"
)


def google_colab(part: str) -> Any | None:
    """A module of `google.colab`; None when this is not Colab."""
    try:
        return importlib.import_module(f"google.colab.{part}")
    except ImportError:
        return None


def secret(name: str) -> str | None:
    """One of Colab's secrets, or None. If it cannot be read, the reason is printed with what to do."""
    userdata = google_colab("userdata")
    if userdata is None:
        return None
    try:
        found: str = userdata.get(name)
    except userdata.SecretNotFoundError:
        return None
    except userdata.NotebookAccessError:
        print(f"the secret {name} exists, but this notebook may not read it: open the key symbol on the")
        print("left and switch on its notebook access")
        return None
    except userdata.TimeoutException:
        print(f"Colab's secrets (available only on the Colab page) did not say whether {name} exists")
        return None
    return found


def need_gpu() -> None:
    """Check that there is a GPU before gigabytes are downloaded for it. Raises Stopped."""
    found = shutil.which("nvidia-smi")
    if found is None or subprocess.run([found, "-L"], capture_output=True, check=False).returncode:
        raise Stopped(NO_GPU)


def mount_drive_for(*paths: str) -> None:
    """Mount Google Drive if one of the paths is on it. Raises Stopped."""
    drive = google_colab("drive")
    if drive is None or not any(path.startswith(DRIVE) for path in paths):
        return
    try:
        drive.mount(DRIVE)
    except Exception as error:
        raise Stopped(
            f"Google Drive could not be mounted ({error}): run the cell again and allow the access, "
            "or leave Drive out of the settings"
        ) from error


def release() -> None:
    """Release the VM, so that it costs nothing any more."""
    runtime = google_colab("runtime")
    if runtime is None:
        print("this is not Colab, so there is no VM to release")
        return
    print("releasing the VM")
    runtime.unassign()


def canvas() -> Callable[[str], None]:
    """Returns a function that shows a text in place of the previous one. Outside of a notebook it prints the
    text.
    """
    display = sys.modules.get("IPython.display")
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if display is None or not hasattr(shell, "kernel"):
        return print
    handle = display.display({"text/plain": ""}, raw=True, display_id=True)
    return lambda text: handle.update({"text/plain": text}, raw=True)
