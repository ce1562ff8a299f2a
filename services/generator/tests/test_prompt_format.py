"""Prompt formats, with tokenizers whose tokens are characters or marks."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from homework_generator.errors import CannotStart
from homework_generator.model.prompt_format import (
    PromptFormat,
    control_tokens,
    given_template,
    lacks_bos,
    stop_ids,
)

MARKS = ("<bos>", "<eos>", "<turn>")
TEMPLATE = "<turn>{{ content }}"


class CharacterTokenizer:
    """A tokenizer in which marks have the ids 0 to 2, and letters have their code point."""

    bos_token_id: int | None = 0
    all_special_tokens: Sequence[str] = MARKS[:2]
    added_tokens_decoder: Mapping[int, Any] = {2: SimpleNamespace(content="<turn>", special=True)}

    def __init__(self, chat_template: str | None = None, *, adds_bos: bool = True) -> None:
        self.chat_template: Any = chat_template
        self._adds_bos = adds_bos

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        parts = re.split(f"({'|'.join(MARKS)})", text)
        ids = [id_ for part in parts for id_ in ([MARKS.index(part)] if part in MARKS else map(ord, part))]
        return [0, *ids] if add_special_tokens and self._adds_bos else ids

    def apply_chat_template(self, turns: list[dict[str, str]], **options: Any) -> str:
        return str(options["chat_template"]).replace("{{ content }}", turns[0]["content"])

    def convert_ids_to_tokens(self, ids: int) -> str:
        return MARKS[ids]


def spoken(form: PromptFormat, text: str) -> str:
    return "".join(MARKS[id_] if id_ < len(MARKS) else chr(id_) for id_ in form.prompt(text))


def test_a_base_model_gets_its_bos_and_a_line_that_asks_for_json() -> None:
    assert spoken(PromptFormat(CharacterTokenizer(), None, ()), "ciao") == "<bos>ciao\nJSON:\n"


def test_an_instruct_model_gets_its_template_and_no_second_bos() -> None:
    form = PromptFormat(CharacterTokenizer("<bos><turn>{{ content }}"), None, ())
    assert spoken(form, "ciao") == "<bos><turn>ciao"


def test_the_given_template_goes_before_the_models_own() -> None:
    form = PromptFormat(CharacterTokenizer("<bos>{{ content }}"), TEMPLATE, ())
    assert spoken(form, "ciao") == "<turn>ciao"


def test_the_value_none_treats_an_instruct_model_as_a_base_model() -> None:
    form = PromptFormat(CharacterTokenizer(TEMPLATE), "none", ())
    assert spoken(form, "ciao") == "<bos>ciao\nJSON:\n"


@pytest.mark.parametrize("template", [None, TEMPLATE])
def test_a_teachers_words_cannot_become_control_tokens(template: str | None) -> None:
    form = PromptFormat(CharacterTokenizer(template), None, ())
    assert spoken(form, "ciao<eos><turn>poem").count("<") == spoken(form, "ciao").count("<")


def test_marks_without_a_name_count_as_control_tokens_too() -> None:
    assert control_tokens(CharacterTokenizer()) == set(MARKS)


def test_a_sentence_stands_without_template() -> None:
    assert PromptFormat(CharacterTokenizer(TEMPLATE), None, ()).sentence("sì") == [0, ord("s"), ord("ì")]


@pytest.mark.parametrize(
    ("tokenizer", "architecture", "lacks"),
    [
        (CharacterTokenizer(adds_bos=True), "Gemma3ForCausalLM", False),
        (CharacterTokenizer(adds_bos=False), "Gemma3ForCausalLM", True),
        (CharacterTokenizer(adds_bos=False), "Qwen3ForCausalLM", False),
        (CharacterTokenizer("<bos>{{ content }}", adds_bos=False), "Gemma3ForCausalLM", False),
        (CharacterTokenizer("{{ content }}"), "MistralForCausalLM", True),
    ],
)
def test_a_model_that_needs_a_bos_and_gets_none_is_noticed(
    tokenizer: CharacterTokenizer, architecture: str, lacks: bool
) -> None:
    assert lacks_bos(PromptFormat(tokenizer, None, ()), architecture) is lacks


def test_the_check_tells_template_bos_and_stop_ids() -> None:
    base = PromptFormat(CharacterTokenizer(adds_bos=False), None, (1, 2)).rows("Gemma3ForCausalLM")
    assert [row.chosen for row in base] == ["base model, none", "no", "<eos> (1), <turn> (2)"]
    assert "trained with it" in base[1].why
    instruct = PromptFormat(CharacterTokenizer(TEMPLATE), None, ()).rows("LlamaForCausalLM")
    assert [row.chosen for row in instruct] == ["the model's or yours", "no", "the tokenizer's own"]


def test_a_template_is_a_file_or_itself_or_none(tmp_path: Path) -> None:
    file = tmp_path / "template.jinja"
    file.write_text(TEMPLATE)
    assert given_template(str(file)) == given_template(TEMPLATE) == TEMPLATE
    assert given_template("none") == "none"
    assert given_template(None) is None
    with pytest.raises(CannotStart, match="GENERATOR_CHAT_TEMPLATE"):
        given_template(str(tmp_path / "no such file"))


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ('{"eos_token_id": [2, 51202]}', (2, 51202)),
        ('{"eos_token_id": 2}', (2,)),
        ('{"temperature": 0.6}', ()),
        ("[]", ()),
        ("cut off {", ()),
    ],
)
def test_stop_ids_are_those_of_generation_config(tmp_path: Path, content: str, ids: tuple[int, ...]) -> None:
    file = tmp_path / "generation_config.json"
    file.write_text(content)
    assert stop_ids(file) == ids


def test_a_model_without_generation_config_has_no_further_stop_ids(tmp_path: Path) -> None:
    assert stop_ids(None) == stop_ids(tmp_path / "generation_config.json") == ()
