"""Counts and limits tokens in the same way for every engine."""

from collections.abc import Mapping

from homework_generator.writing.requests import Purpose

LONGEST_SOLUTION = 160
"""More tokens than the longest solution that a schema allows takes, with a tokenizer that knows Italian."""

PROMPT_TOKENS: Mapping[Purpose, str] = {Purpose.WRITE: "prompt", Purpose.SOLVE: "check_prompt"}
COMPLETION_TOKENS: Mapping[Purpose, str] = {Purpose.WRITE: "completion", Purpose.SOLVE: "check_completion"}
"""The kinds in `homework_generator_tokens_total`."""
