"""The GPU of this machine, asked of its driver: a CUDA context of our own would take memory away."""

import os
import shutil
import subprocess
from dataclasses import dataclass

from homework_generator.errors import CannotStart

_QUERY = "index,name,memory.total,memory.free,compute_cap"
MIB, GIB = 1024**2, 1024**3


@dataclass(frozen=True, slots=True)
class Gpu:
    """Memory in bytes; `capability` is CUDA's compute capability, (7, 5) for a T4."""

    name: str
    total: int
    free: int
    capability: tuple[int, int]


def find_gpu() -> Gpu | None:
    """The first visible GPU, or None on a machine without an NVIDIA driver. Raises CannotStart."""
    if (tool := shutil.which("nvidia-smi")) is None:
        return None
    asked = subprocess.run(  # noqa: S603 - a fixed question to the driver
        [tool, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if asked.returncode:
        raise CannotStart(
            f"the GPU's driver does not answer ({asked.stdout.strip()[:200]}): restart the machine"
        )
    gpus = dict(_read(line) for line in asked.stdout.splitlines() if line.strip())
    return next((gpus[index] for index in _visible() if index in gpus), next(iter(gpus.values()), None))


def _visible() -> list[int]:
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return [int(index) for index in named.split(",") if index.strip().isdigit()]


def _read(line: str) -> tuple[int, Gpu]:
    index, name, total, free, capability = (cell.strip() for cell in line.split(","))
    major, minor = capability.split(".")
    return int(index), Gpu(name, int(total) * MIB, int(free) * MIB, (int(major), int(minor)))
