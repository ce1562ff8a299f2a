"""The prompt format of a model: its chat template, the token that begins a text, and the ids that end one.

They are in files beside the model's weights: tokenizer.json and its configuration, generation_config.json.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from homework_generator.errors import CannotStart
from homework_generator.model.plan import Row

NO_TEMPLATE = "none"
_NEED_BOS = ("gemma", "mistral")
"""Architectures trained with a mark at the beginning of every text. Gemma writes noise without it."""


class Tokenizer(Protocol):
    """The methods of a transformers tokenizer that we use."""

    chat_template: Any
    bos_token_id: int | None
    added_tokens_decoder: Mapping[int, Any]
    all_special_tokens: Sequence[str]

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]: ...
    def apply_chat_template(self, turns: list[dict[str, str]], **options: Any) -> Any: ...
    def convert_ids_to_tokens(self, ids: int) -> Any: ...


class PromptFormat:
    """Turns prompts into tokens."""

    def __init__(self, tokenizer: Tokenizer, template: str | None, stop_ids: Iterable[int]) -> None:
        self._tokenizer = tokenizer
        self.template = tokenizer.chat_template if template is None else template
        if self.template == NO_TEMPLATE:
            self.template = None
        self.stop_ids = tuple(stop_ids)
        marks = sorted(control_tokens(tokenizer), key=len, reverse=True)
        # One expression for all: Gemma has 6,249 of them, and a loop took 9 ms a prompt.
        self._marks = re.compile("|".join(map(re.escape, marks)) or r"(?!)")

    def prompt(self, text: str) -> list[int]:
        """Tokens of a request, in the model's chat template where it has one."""
        # A teacher's topic that contains a control token must not become one.
        text = self._marks.sub(" ", text)
        if not self.template:
            return list(self._tokenizer.encode(f"{text}\nJSON:\n"))
        turn = [{"role": "user", "content": text}]
        whole = self._tokenizer.apply_chat_template(
            turn, chat_template=self.template, tokenize=False, add_generation_prompt=True
        )
        return list(self._tokenizer.encode(whole, add_special_tokens=False))

    def sentence(self, text: str) -> list[int]:
        """The tokens of a text without a template around it."""
        return list(self._tokenizer.encode(self._marks.sub(" ", text)))

    @property
    def begins_with_bos(self) -> bool:
        bos = self._tokenizer.bos_token_id
        return bos is not None and self.prompt("ciao")[0] == bos

    def rows(self, family: str) -> tuple[Row, ...]:
        """Lines of the table that is printed before loading."""
        template = "the model's or yours" if self.template else "base model, none"
        bos = "yes" if self.begins_with_bos else "no"
        why = "missing: this model was trained with it" if lacks_bos(self, family) else "as the model does"
        stops = [f"{self._tokenizer.convert_ids_to_tokens(each)} ({each})" for each in self.stop_ids]
        return (
            Row("chat template", template, "tokenizer or GENERATOR_CHAT_TEMPLATE"),
            Row("BOS", bos, why),
            Row("stop ids", ", ".join(stops) or "the tokenizer's own", "generation_config.json"),
        )


def lacks_bos(form: PromptFormat, family: str) -> bool:
    """Whether prompts lack the beginning-of-sequence token that a model of this architecture needs."""
    return family.lower().startswith(_NEED_BOS) and not form.begins_with_bos


def control_tokens(tokenizer: Tokenizer) -> frozenset[str]:
    """Every text that the tokenizer would read as a control token, including those without a name."""
    added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return frozenset({*tokenizer.all_special_tokens, *added})


def given_template(setting: str | None) -> str | None:
    """The template in GENERATOR_CHAT_TEMPLATE: a Jinja file, the template itself, or "none".

    Raises:
        CannotStart: it names a file that cannot be read.
    """
    if setting is None or setting == NO_TEMPLATE or "{{" in setting:
        return setting
    try:
        return Path(setting).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(
            f"GENERATOR_CHAT_TEMPLATE is neither a template nor a file that can be read ({error}): "
            f"name a Jinja file, or say {NO_TEMPLATE!r} for a base model"
        ) from error


def stop_ids(generation_config: Path | None) -> tuple[int, ...]:
    """The ids that end a text by generation_config.json; none where the model has no such file."""
    if generation_config is None or not generation_config.is_file():
        return ()
    try:
        found = json.loads(generation_config.read_text("utf-8")).get("eos_token_id")
    except (OSError, ValueError, AttributeError):
        return ()
    ids = found if isinstance(found, list) else [found]
    return tuple(each for each in ids if isinstance(each, int))
