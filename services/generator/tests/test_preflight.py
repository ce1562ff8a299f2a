"""The arithmetic of preflight is compared with the known sizes of models."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homework_generator.errors import CannotStart
from homework_generator.model.files import Model
from homework_generator.model.hardware import GIB, Gpu
from homework_generator.model.preflight import choose
from homework_generator.model.shape import ModelShape
from homework_generator.settings import EngineSettings

T4 = Gpu("Tesla T4", total=int(14.75 * GIB), free=int(14.6 * GIB), capability=(7, 5))
A100 = Gpu("NVIDIA A100-SXM4-40GB", total=40 * GIB, free=int(39.5 * GIB), capability=(8, 0))

MINERVA_3B = {
    "architectures": ["MistralForCausalLM"], "hidden_size": 2560, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 8960, "vocab_size": 32768,
    "max_position_embeddings": 16384,
}  # fmt: skip
MINERVA_7B = MINERVA_3B | {
    "hidden_size": 4096, "intermediate_size": 14336, "vocab_size": 51264, "max_position_embeddings": 4096,
}  # fmt: skip


def model(tmp_path: Path, config: dict[str, Any]) -> Model:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    return Model("marco", str(tmp_path), ModelShape.read(file))


def test_sizes_follow_from_the_config(tmp_path: Path) -> None:
    small, large = (model(tmp_path, config).shape for config in (MINERVA_3B, MINERVA_7B))
    assert small.weight_bytes("half", None) / GIB == pytest.approx(5.4, abs=0.05)
    assert small.cache_bytes_per_token("half") == 80 * 1024
    assert large.weight_bytes("half", None) / GIB == pytest.approx(13.8, abs=0.05)
    assert large.weight_bytes("half", "fp8_per_tensor") / GIB == pytest.approx(7.3, abs=0.05)
    assert large.cache_bytes_per_token("half") == 128 * 1024


def test_a_3b_model_runs_on_a_t4_in_half_precision(tmp_path: Path) -> None:
    plan = choose(model(tmp_path, MINERVA_3B), T4, EngineSettings())
    assert (plan.dtype, plan.quantization, plan.max_model_len) == ("half", None, 4096)
    assert 32 <= plan.max_num_seqs <= 128


def test_a_7b_model_runs_on_a_t4_in_fp8(tmp_path: Path) -> None:
    plan = choose(model(tmp_path, MINERVA_7B), T4, EngineSettings())
    assert (plan.dtype, plan.quantization) == ("half", "fp8_per_tensor")
    assert plan.max_num_seqs >= 16


def test_a_7b_model_runs_on_an_a100_in_bfloat16(tmp_path: Path) -> None:
    plan = choose(model(tmp_path, MINERVA_7B), A100, EngineSettings())
    assert (plan.dtype, plan.quantization, plan.max_num_seqs) == ("bfloat16", None, 128)


def test_a_model_that_cannot_fit_is_refused_in_one_sentence_with_the_numbers(tmp_path: Path) -> None:
    busy = Gpu("Tesla T4", total=T4.total, free=3 * GIB, capability=(7, 5))
    with pytest.raises(CannotStart) as refused:
        choose(model(tmp_path, MINERVA_7B), busy, EngineSettings())
    text = str(refused.value)
    for number in ("13.8 GiB (half)", "7.3 GiB (fp8_per_tensor)", "only 3.0 GiB are free", "Tesla T4"):
        assert number in text
    assert "\n" not in text


def test_the_share_of_memory_excludes_what_other_processes_use(tmp_path: Path) -> None:
    shared = Gpu("NVIDIA A100-SXM4-40GB", total=40 * GIB, free=20 * GIB, capability=(8, 0))
    plan = choose(model(tmp_path, MINERVA_3B), shared, EngineSettings())
    assert plan.gpu_memory_utilization == pytest.approx(0.48)


def test_every_choice_can_be_overridden(tmp_path: Path) -> None:
    settings = EngineSettings(
        dtype="float16", quantization="fp8_per_tensor", max_model_len=1024, max_num_seqs=7,
        gpu_memory_utilization=0.5, enforce_eager=True, load_format="dummy",
        engine_args={"seed": 3, "dtype": "auto"},
    )  # fmt: skip
    plan = choose(model(tmp_path, MINERVA_3B), A100, settings)
    arguments = plan.engine_arguments()
    assert arguments["dtype"] == "auto"
    assert arguments["seed"] == 3
    for name in ("quantization", "max_model_len", "max_num_seqs", "gpu_memory_utilization", "enforce_eager",
                 "load_format"):  # fmt: skip
        assert arguments[name] == getattr(settings, name)
    assert sum(row.why == "as you set it" for row in plan.rows) == 5


def test_a_cpu_computes_in_full_precision_unless_told_otherwise(tmp_path: Path) -> None:
    plans = [choose(model(tmp_path, MINERVA_3B), None, EngineSettings(dtype=each)) for each in (None, "half")]
    assert [plan.engine_arguments()["dtype"] for plan in plans] == ["float32", "half"]


def test_a_model_that_does_not_fit_can_be_loaded_all_the_same(tmp_path: Path) -> None:
    busy = Gpu("Tesla T4", total=T4.total, free=3 * GIB, capability=(7, 5))
    plan = choose(model(tmp_path, MINERVA_7B), busy, EngineSettings(ignore_fit=True))
    assert plan.quantization == "fp8_per_tensor"


def test_a_gpu_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = Gpu("Tesla P100-PCIE-16GB", total=16 * GIB, free=16 * GIB, capability=(6, 0))
    with pytest.raises(CannotStart, match=r"Tesla P100-PCIE-16GB has compute capability 6\.0"):
        choose(model(tmp_path, MINERVA_3B), old, EngineSettings())


def test_a_context_longer_than_the_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="this model's context is 4096"):
        choose(model(tmp_path, MINERVA_7B), A100, EngineSettings(max_model_len=8192))


def test_two_gpus_together_hold_a_model_that_one_does_not(tmp_path: Path) -> None:
    plan = choose(model(tmp_path, MINERVA_7B), T4, EngineSettings(tensor_parallel_size=2))
    assert (plan.quantization, plan.engine_arguments()["tensor_parallel_size"]) == (None, 2)


def test_structured_output_uses_the_backend_that_writes_valid_json(tmp_path: Path) -> None:
    arguments = choose(model(tmp_path, MINERVA_3B), None, EngineSettings()).engine_arguments()
    assert arguments["structured_outputs_config"] == {"backend": "guidance", "disable_any_whitespace": True}
    assert arguments["disable_log_stats"] is False
    assert "gpu_memory_utilization" not in arguments


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"hidden_size": "large"}'])
def test_an_invalid_config_is_refused_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(CannotStart, match="point MODEL at a merged model"):
        ModelShape.read(tmp_path / "config.json")


def test_quantised_weights_take_what_they_take_on_disk(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 1000)
    quantised = model(tmp_path, MINERVA_7B | {"quantization_config": {"quant_method": "awq"}})
    assert quantised.shape.weight_bytes("half", None) == 1000
    assert choose(quantised, T4, EngineSettings()).quantization is None


def test_the_context_is_no_longer_than_the_cache(tmp_path: Path) -> None:
    """vLLM refuses to start if the cache cannot hold one request of the whole context."""
    crowded = Gpu("Tesla T4", total=15 * GIB, free=int(7.3 * GIB), capability=(7, 5))
    plan = choose(model(tmp_path, MINERVA_3B), crowded, EngineSettings())
    assert plan.quantization is None
    [cache] = [int(row.chosen.split()[0]) for row in plan.rows if row.what == "cache"]
    assert 1536 <= plan.max_model_len <= cache < 4096


def test_a_context_that_was_asked_for_has_to_fit_whole(tmp_path: Path) -> None:
    crowded = Gpu("Tesla T4", total=15 * GIB, free=int(7.3 * GIB), capability=(7, 5))
    plan = choose(model(tmp_path, MINERVA_3B), crowded, EngineSettings(max_model_len=4096))
    assert (plan.quantization, plan.max_model_len) == ("fp8_per_tensor", 4096)


def test_a_share_that_is_not_free_is_refused_with_both_numbers(tmp_path: Path) -> None:
    shared = Gpu("NVIDIA A100-SXM4-40GB", total=40 * GIB, free=20 * GIB, capability=(8, 0))
    with pytest.raises(CannotStart, match=r"asks for 36\.0 GiB .* but 20\.0 GiB are free"):
        choose(model(tmp_path, MINERVA_3B), shared, EngineSettings(gpu_memory_utilization=0.9))


def test_a_small_card_keeps_what_cuda_itself_takes(tmp_path: Path) -> None:
    desktop = Gpu("NVIDIA GeForce RTX 3070", total=8 * GIB, free=int(7.3 * GIB), capability=(8, 6))
    plan = choose(model(tmp_path, MINERVA_3B), desktop, EngineSettings())
    assert plan.gpu_memory_utilization is not None
    assert plan.gpu_memory_utilization * 8 <= 7.3 - 0.5


def test_a_quantised_model_on_the_hub_is_not_quantised_again(tmp_path: Path) -> None:
    awq = model(tmp_path, MINERVA_7B | {"quantization_config": {"quant_method": "awq", "bits": 4}})
    assert choose(awq, T4, EngineSettings()).quantization is None


def test_the_weights_of_all_experts_count(tmp_path: Path) -> None:
    mixtral = MINERVA_7B | {"num_local_experts": 8}
    one, eight = (model(tmp_path, config).shape.linear for config in (MINERVA_7B, mixtral))
    assert eight > 5 * one
    with pytest.raises(CannotStart, match="does not fit"):
        choose(model(tmp_path, mixtral), T4, EngineSettings())


def test_an_adapters_rank_is_rounded_up_to_one_that_vllm_takes(tmp_path: Path) -> None:
    base = model(tmp_path, MINERVA_3B)
    with_adapter = replace(base, adapter=tmp_path, adapter_rank=24)
    assert choose(with_adapter, A100, EngineSettings()).engine_arguments()["max_lora_rank"] == 32
