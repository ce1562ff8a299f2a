"""A tiny Mistral with random weights and a tokenizer: `python -m tests.support.tiny_model FOLDER`.

It writes nonsense, in the shape that the engine's grammar allows: enough to run the real engine on
a CPU. Needs torch and transformers, so it runs in the engine's own environment.
"""

import sys
from pathlib import Path
from typing import Any

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}[INST] {{ message['content'] }} [/INST]{% endfor %}"
)
VOCABULARY = 1000


def build(folder: Path) -> Path:
    """Write config, weights, tokenizer and chat template to `folder`; the same bytes each time."""
    import torch
    from transformers import MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(7)
    config = MistralConfig(
        vocab_size=VOCABULARY, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=4096,
        bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    MistralForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_trained_tokenizer(), bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
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
    """Italian and English of our own: the mock generator's content and the prompt's language."""
    root = Path(__file__).parents[2]
    content = sorted((root / "services/mock_generator/homework_mock_generator/content").glob("*.toml"))
    prose = [root / "README.md", *sorted((root / "services/generator/homework_generator").glob("*.py"))]
    return [file.read_text() for file in [*content, *prose]]


if __name__ == "__main__":
    build(Path(sys.argv[1]))
