"""The arguments with which the engine will start, and the reasons for them."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homework_generator.settings import EngineSettings

_LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM takes as a limit (`vllm.config.lora.MaxLoRARanks`)."""

STREAM_INTERVAL = 8
"""Tokens per message of the engine. The first token of each request comes at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table that is printed before loading."""

    what: str
    chosen: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The engine's arguments. `adapter` is a LoRA folder on top of `model`."""

    model: str
    dtype: str
    quantization: str | None
    max_model_len: int
    max_num_seqs: int
    gpu_memory_utilization: float | None
    settings: EngineSettings
    adapter: Path | None = None
    adapter_rank: int = 16
    rows: tuple[Row, ...] = ()
    architecture: str = ""
    revision: str | None = None

    @property
    def on_gpu(self) -> bool:
        return self.gpu_memory_utilization is not None

    @property
    def temperature(self) -> float:
        return self.settings.temperature

    def engine_arguments(self) -> dict[str, Any]:
        """Arguments of vLLM's AsyncEngineArgs."""
        arguments: dict[str, Any] = {
            "model": self.model,
            "dtype": self.dtype,
            "quantization": self.quantization,
            "max_model_len": self.max_model_len,
            "max_num_seqs": self.max_num_seqs,
            # `auto` prefers Mistral's own tokenizer where a repository holds both; it has no template.
            "tokenizer_mode": "hf",
            "tensor_parallel_size": self.settings.tensor_parallel_size,
            "enforce_eager": self.settings.enforce_eager,
            "load_format": self.settings.load_format,
            "enable_prefix_caching": True,
            # Tokens are counted as they arrive, and one message for each token would load the event loop
            # heavily.
            "stream_interval": STREAM_INTERVAL,
            # xgrammar, which `auto` picks, allows control characters in strings. The whitespace option works
            # only here, not per request.
            "structured_outputs_config": {"backend": "guidance", "disable_any_whitespace": True},
            # Two generators must not draw the same numbers; see also VllmEngine on seeds per request.
            "seed": secrets.randbelow(2**31),
            "generation_config": "vllm",  # Use our sampling parameters and not those of the model's author.
            "disable_log_stats": False,
            "enable_log_requests": False,
        }
        if self.gpu_memory_utilization is not None:
            arguments["gpu_memory_utilization"] = self.gpu_memory_utilization
        if self.revision is not None:
            arguments |= {"revision": self.revision, "tokenizer_revision": self.revision}
        if self.adapter is not None:
            rank = next((rank for rank in _LORA_RANKS if rank >= self.adapter_rank), self.adapter_rank)
            arguments |= {"enable_lora": True, "max_lora_rank": rank}
        return arguments | self.settings.engine_args
