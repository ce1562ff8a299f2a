"""The size of a model, computed from its own config.json and never assumed from its name."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from homework_generator.errors import CannotStart

_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "half": 2}


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Counts of parameters: `linear` can be quantised, `embedding` stays in the model's dtype.

    `key_values` is the number of key and value elements one token keeps in the cache.
    """

    architecture: str
    context: int
    linear: int
    embedding: int
    key_values: int
    quantized: bool = False
    quantized_bytes: int | None = None

    @classmethod
    def unknown(cls) -> Self:
        """The shape of a model that has to be loaded whatever its config.json says."""
        return cls("of unknown size", 4096, 0, 0, 0, quantized=True)

    @classmethod
    def read(cls, config_file: Path) -> Self:
        """Raises CannotStart if this is not the config of a decoder whose size can be computed."""
        try:
            config = json.loads(config_file.read_text(encoding="utf-8"))
            config = config.get("text_config", config) | {"architectures": config.get("architectures")}
            return cls._of(config, config_file.parent)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotStart(
                f"{config_file} does not describe a language model ({type(error).__name__}: {error}): "
                "point MODEL at a merged model folder, or set GENERATOR_IGNORE_FIT=true to load it unmeasured"
            ) from error

    @classmethod
    def _of(cls, config: dict[str, Any], folder: Path) -> Self:
        hidden, layers, heads = (
            int(config[key]) for key in ("hidden_size", "num_hidden_layers", "num_attention_heads")
        )
        kv_heads = int(config.get("num_key_value_heads") or heads)
        head = int(config.get("head_dim") or hidden // heads)
        attention = 2 * hidden * head * (heads + kv_heads)
        feed_forward = 3 * hidden * _feed_forward_width(config)
        tables = 1 if config.get("tie_word_embeddings") else 2
        return cls(
            architecture=str((config.get("architectures") or ["unknown"])[0]),
            context=int(config.get("max_position_embeddings") or 4096),
            linear=layers * (attention + feed_forward),
            embedding=tables * int(config["vocab_size"]) * hidden,
            key_values=2 * layers * kv_heads * head,
            quantized="quantization_config" in config,
            quantized_bytes=_stored_bytes(folder) if "quantization_config" in config else None,
        )

    def weight_bytes(self, dtype: str, quantization: str | None) -> int:
        """Memory of the weights, normalisation layers left out (under 0.1 %)."""
        if self.quantized_bytes:
            return self.quantized_bytes
        width = _BYTES.get(dtype, 2)
        return self.linear * (1 if quantization or self.quantized else width) + self.embedding * width

    def cache_bytes_per_token(self, dtype: str) -> int:
        return self.key_values * _BYTES.get(dtype, 2)


def _feed_forward_width(config: dict[str, Any]) -> int:
    """Of all experts together, where a layer has several."""
    names = ("num_local_experts", "num_experts", "n_routed_experts")
    experts = next((int(config[name]) for name in names if config.get(name)), 1)
    each = config.get("moe_intermediate_size") or config["intermediate_size"]
    return experts * int(each if experts > 1 else config["intermediate_size"])


def _stored_bytes(folder: Path) -> int | None:
    """Already quantised weights take in memory what they take on disk."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors")) or None
