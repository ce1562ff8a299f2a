"""The GPU of this machine, as its driver describes it. Creating a CUDA context for this would
use GPU memory.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass

from homework_generator.errors import CannotStart

_QUERY = "index,uuid,name,memory.total,memory.free,compute_cap"
MIB, GIB = 1024**2, 1024**3


@dataclass(frozen=True, slots=True)
class Gpu:
    """Memory in bytes; `capability` is CUDA's compute capability, (7, 5) for a T4."""

    name: str
    total: int
    free: int
    capability: tuple[int, int]


def find_gpu() -> Gpu | None:
    """The first visible GPU, or None on a machine without an NVIDIA driver.

    Raises:
        CannotStart: the driver does not answer, or its answer lacks a value.
    """
    if (tool := shutil.which("nvidia-smi")) is None:
        return None
    lines = [line for line in _ask(tool).splitlines() if line.strip()]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None or not lines:
        return _read(lines[0]) if lines else None
    first = visible.split(",")[0].strip()
    for line in lines:
        index, uuid = (cell.strip() for cell in line.split(",")[:2])
        if first and (first == index or uuid.startswith(first)):
            return _read(line)
    raise CannotStart(f"CUDA_VISIBLE_DEVICES={visible!r} names no GPU of this machine: correct or unset it")


def _ask(tool: str) -> str:
    command = [tool, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        asked = subprocess.run(  # noqa: S603 - a fixed question to the driver
            command, capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CannotStart("the GPU's driver does not answer within 60 s: restart the machine") from error
    if asked.returncode:
        raise CannotStart(
            f"the GPU's driver does not answer ({asked.stdout.strip()[:200]}): restart the machine"
        )
    return asked.stdout


def _read(line: str) -> Gpu:
    _, _, name, total, free, capability = (cell.strip() for cell in line.split(","))
    try:
        major, minor = capability.split(".")
        return Gpu(name, int(total) * MIB, int(free) * MIB, (int(major), int(minor)))
    except ValueError as error:  # "[N/A]"
        raise CannotStart(
            f"the driver does not say what this GPU has ({line.strip()}): update it, or choose another GPU"
        ) from error
