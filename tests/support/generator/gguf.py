"""Converts a GGUF file to a model folder that vLLM loads.

Run as `python -m tests.support.generator.gguf FILE FOLDER`.

vLLM's CPU build reads no GGUF, and transformers cannot save what it reads from one. GGUF differs in two ways:
the rows of Llama's query and key weights have another order, and Gemma's norms have one added. It needs
torch, transformers and gguf, so it runs in the engine's environment.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LAYER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
}
_LLAMA_LAYER = _LAYER | {"ffn_norm": "post_attention_layernorm"}
_GEMMA_LAYER = _LAYER | {
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_GEMMA_FULL_ATTENTION = 6
"""Every sixth layer of Gemma 3 has the whole context, and the others have a sliding window."""


class Source:
    """An opened GGUF file."""

    def __init__(self, file: Path) -> None:
        from gguf import GGUFReader

        self.reader: Any = GGUFReader(str(file))
        self.architecture: str = self.field("general.architecture")

    @property
    def is_gemma(self) -> bool:
        return self.architecture == "gemma3"

    def field(self, name: str, default: Any = None) -> Any:
        found = self.reader.fields.get(name)
        return default if found is None else found.contents()

    def of_model(self, name: str, default: Any = None) -> Any:
        return self.field(f"{self.architecture}.{name}", default)


def convert(file: Path, folder: Path) -> None:
    """Write weights, config, tokenizer and stop ids to `folder`."""
    from safetensors.torch import save_file

    source = Source(file)
    folder.mkdir(parents=True, exist_ok=True)
    weights = _weights(source)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = _config(source, weights)
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    stops = {"eos_token_id": [config["eos_token_id"]], "bos_token_id": config["bos_token_id"]}
    (folder / "generation_config.json").write_text(json.dumps(stops))
    _save_tokenizer(source, file, folder)


def _weights(source: Source) -> dict[str, Any]:
    return {_name(source, tensor.name): _tensor(source, tensor) for tensor in source.reader.tensors}


def _name(source: Source, name: str) -> str:
    stem = name.removesuffix(".weight")
    if not stem.startswith("blk."):
        return f"{_TOP[stem]}.weight"
    _, layer, part = stem.split(".", 2)
    names = _GEMMA_LAYER if source.is_gemma else _LLAMA_LAYER
    return f"model.layers.{layer}.{names[part]}.weight"


def _tensor(source: Source, tensor: Any) -> Any:
    import numpy as np
    import torch
    from gguf.quants import dequantize

    shape = list(reversed(tensor.shape.tolist()))
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)
    name = tensor.name
    if source.is_gemma and name.endswith("norm.weight"):
        values = values - 1
    elif not source.is_gemma and name.endswith(("attn_q.weight", "attn_k.weight")):
        heads = "attention.head_count" if "attn_q" in name else "attention.head_count_kv"
        values = _rows_as_trained(values, source.of_model(heads))
    return torch.from_numpy(np.ascontiguousarray(values)).to(torch.bfloat16)


def _rows_as_trained(values: Any, heads: int) -> Any:
    """Undo the order of GGUF, which interleaves the two halves of each head for its rotary embedding."""
    rows = values.shape[0] // heads // 2
    return values.reshape(heads, rows, 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def _config(source: Source, weights: Mapping[str, Any]) -> dict[str, Any]:
    hidden, heads = source.of_model("embedding_length"), source.of_model("attention.head_count")
    config = {
        "hidden_size": hidden,
        "intermediate_size": source.of_model("feed_forward_length"),
        "num_hidden_layers": source.of_model("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": source.of_model("attention.head_count_kv"),
        "head_dim": source.of_model("attention.key_length", hidden // heads),
        "max_position_embeddings": source.of_model("context_length"),
        "rms_norm_eps": round(source.of_model("attention.layer_norm_rms_epsilon"), 9),
        "rope_theta": source.of_model("rope.freq_base"),
        "vocab_size": weights["model.embed_tokens.weight"].shape[0],
        "tie_word_embeddings": "lm_head.weight" not in weights,
        "bos_token_id": source.field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": source.field("tokenizer.ggml.eos_token_id"),
        "torch_dtype": "bfloat16",
    }
    return config | (_gemma(source) if source.is_gemma else _llama())


def _llama() -> dict[str, Any]:
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu"}


def _gemma(source: Source) -> dict[str, Any]:
    layers = range(1, source.of_model("block_count") + 1)
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "hidden_activation": "gelu_pytorch_tanh",
        "sliding_window": source.of_model("attention.sliding_window"),
        "sliding_window_pattern": _GEMMA_FULL_ATTENTION,
        "rope_local_base_freq": 10000.0,
        "query_pre_attn_scalar": 256,
        "layer_types": [
            "sliding_attention" if layer % _GEMMA_FULL_ATTENTION else "full_attention" for layer in layers
        ],
    }


def _save_tokenizer(source: Source, file: Path, folder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
    if not tokenizer.chat_template:
        tokenizer.chat_template = source.field("tokenizer.chat_template")
    tokenizer.save_pretrained(folder)
    if source.field("tokenizer.ggml.add_bos_token"):
        _begin_with_bos(folder, tokenizer.bos_token, tokenizer.bos_token_id)


def _begin_with_bos(folder: Path, bos: str, bos_id: int) -> None:
    """Add the BOS token. transformers loses GGUF's add_bos_token, and Gemma writes noise without its BOS."""
    special = {"SpecialToken": {"id": bos, "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": kind}} for name, kind in (("A", 0), ("B", 1)))
    _change(
        folder / "tokenizer.json",
        post_processor={
            "type": "TemplateProcessing",
            "single": [special, first],
            "pair": [special, first, special, second],
            "special_tokens": {bos: {"id": bos, "ids": [bos_id], "tokens": [bos]}},
        },
    )
    _change(folder / "tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast", add_bos_token=True)


def _change(file: Path, **fields: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | fields, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
