"""A tiny Mistral with random weights, a tokenizer and a LoRA adapter, from
`python -m tests.support.generator.tiny_model FOLDER [HIDDEN LAYERS]`.

It writes nonsense, in the shape that the engine's grammar allows: enough to run the real engine on
a CPU. Needs torch and transformers, so it runs in the engine's own environment.
"""

import json
import sys
from pathlib import Path
from typing import Any

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}[INST] {{ message['content'] }} [/INST]{% endfor %}"
)
VOCABULARY = 1000


def build(folder: Path, hidden: int = 64, layers: int = 2) -> Path:
    """Write config, weights, tokenizer and chat template to `folder`. The bytes are the same each time."""
    import torch
    from transformers import MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(7)
    config = MistralConfig(
        vocab_size=VOCABULARY,
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        # 32 is the smallest head size that the attention on the CPU supports.
        num_attention_heads=hidden // 32,
        num_key_value_heads=max(1, hidden // 128),
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=2,
    )
    MistralForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_trained_tokenizer(), bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


def build_adapter(folder: Path, base: Path) -> Path:
    """A LoRA adapter of rank 8 on the tiny model's attention, as PEFT would save it."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(8)
    rank, hidden, keys = 8, 64, 32
    weights = {}
    for layer in range(2):
        for name, width in (("q_proj", hidden), ("v_proj", keys)):
            place = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            weights[f"{place}.lora_A.weight"] = torch.randn(rank, hidden) * 0.02
            weights[f"{place}.lora_B.weight"] = torch.randn(width, rank) * 0.02
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": str(base), "r": rank,
        "lora_alpha": 16, "lora_dropout": 0.0, "bias": "none", "target_modules": ["q_proj", "v_proj"],
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def _trained_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<unk>", "<s>", "</s>", "[INST]", "[/INST]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    return tokenizer


def _corpus() -> list[str]:
    """Italian and English texts of this project: the mock generator's content and the text of the prompt."""
    root = Path(__file__).parents[3]
    content = sorted((root / "services/mock_generator/homework_mock_generator/content").glob("*.toml"))
    prose = [root / "README.md", *sorted((root / "services/generator/homework_generator").rglob("*.py"))]
    return [file.read_text() for file in [*content, *prose]]


if __name__ == "__main__":
    target, *sizes = sys.argv[1:]
    build_adapter(Path(target) / "adapter", build(Path(target), *map(int, sizes)))
