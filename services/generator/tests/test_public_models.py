"""The table of public models in docs/colab.md equals what preflight computes from their published configs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from homework_generator.errors import CannotStart
from homework_generator.model.files import Model
from homework_generator.model.hardware import GIB, MIB, Gpu
from homework_generator.model.preflight import choose
from homework_generator.model.shape import ModelShape
from homework_generator.settings import EngineSettings

ROOT = Path(__file__).parents[3]
CONFIGS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "models/public_models.json").read_text()
)
GPUS = (
    Gpu("Tesla T4", 15360 * MIB, 15095 * MIB, (7, 5)),
    Gpu("NVIDIA L4", 23034 * MIB, 22563 * MIB, (8, 9)),
    Gpu("NVIDIA A100-SXM4-40GB", 40960 * MIB, 40503 * MIB, (8, 0)),
)
ROWS = re.findall(r"^\| `[\w.-]+/([\w.-]+)`.*", (ROOT / "docs/colab.md").read_text("utf-8"), re.MULTILINE)


def cells(name: str) -> list[str]:
    [row] = [line for line in (ROOT / "docs/colab.md").read_text("utf-8").splitlines() if f"/{name}`" in line]
    return [cell.strip() for cell in row.strip("|").split("|")]


def at_once(model: Model, gpu: Gpu) -> str:
    """The number of concurrent requests, and whether the weights have to be quantised for it."""
    try:
        plan = choose(model, gpu, EngineSettings())
    except CannotStart:
        return "–"
    return f"{plan.max_num_seqs}, fp8" if plan.quantization else str(plan.max_num_seqs)


def test_every_model_of_the_table_has_its_config_here() -> None:
    assert set(ROWS) == set(CONFIGS)
    assert len(ROWS) >= 3


@pytest.mark.parametrize("name", CONFIGS)
def test_the_table_says_what_preflight_computes(name: str, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(CONFIGS[name]))
    model = Model(name, name, ModelShape.read(file))
    weights = f"{model.shape.weight_bytes('half', None) / GIB:.1f} GiB"
    assert cells(name)[3:] == [weights, *(at_once(model, gpu) for gpu in GPUS)]


def test_the_notebooks_default_is_of_the_table_and_fits_the_smallest_gpu() -> None:
    notebook = (ROOT / "cli/homework_cli/commands/generator.ipynb").read_text("utf-8")
    [default] = re.findall(r'"MODEL = \\"[\w.-]+/([\w.-]+)\\"', notebook)
    assert cells(default)[4].isdigit()
