"""The driver's information about the GPU, read from a stand-in for nvidia-smi."""

from pathlib import Path

import pytest

from homework_generator.errors import CannotStart
from homework_generator.model.hardware import GIB, MIB, find_gpu

TWO = "0, GPU-aa1, Tesla T4, 15360, 15100, 7.5\n1, GPU-bb2, NVIDIA L4, 23034, 22500, 8.9\n"


def driver(folder: Path, monkeypatch: pytest.MonkeyPatch, output: str, code: int = 0) -> None:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\ncat <<'END'\n{output}END\nexit {code}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_the_first_gpu_is_taken_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver(tmp_path, monkeypatch, TWO)
    gpu = find_gpu()
    assert gpu is not None
    assert (gpu.name, gpu.total, gpu.free, gpu.capability) == ("Tesla T4", 15 * GIB, 15100 * MIB, (7, 5))


@pytest.mark.parametrize("visible", ["1", "1,0", "GPU-bb2", "GPU-bb"])
def test_the_gpu_that_is_made_visible_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str
) -> None:
    driver(tmp_path, monkeypatch, TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    gpu = find_gpu()
    assert gpu is not None
    assert gpu.name == "NVIDIA L4"


def test_a_machine_without_a_driver_has_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_gpu() is None


def test_a_driver_that_fails_ends_the_start_with_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver(tmp_path, monkeypatch, "Unable to determine the device handle: GPU is lost.\n", code=15)
    with pytest.raises(CannotStart, match="GPU is lost"):
        find_gpu()


@pytest.mark.parametrize("visible", ["", "7", "GPU-cc"])
def test_a_device_choice_that_names_no_gpu_here_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str
) -> None:
    driver(tmp_path, monkeypatch, TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(CannotStart, match="correct or unset it"):
        find_gpu()


def test_a_driver_that_does_not_report_the_memory_is_named_in_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver(tmp_path, monkeypatch, "0, GPU-aa1, NVIDIA GB10, [N/A], [N/A], 12.1\n")
    with pytest.raises(CannotStart, match="does not say what this GPU has"):
        find_gpu()
