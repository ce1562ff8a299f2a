"""The examples in the prompts: exercises of the mock generator, whose Italian is checked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel, ExerciseType

Example = Mapping[str, Any]


def example_for(level: CefrLevel, grammar: Grammar, kind: ExerciseType, turn: int) -> Example:
    """One of several examples of this kind, a different one at each `turn`."""
    choices = _examples()[level][grammar][kind]
    return choices[turn % len(choices)]


def questions_of_examples() -> Iterator[str]:
    """Every question that may occur in a prompt, and that a model must not copy."""
    for grammars in _examples().values():
        for kinds in grammars.values():
            for choices in kinds.values():
                yield from (example["question"] for example in choices)


@cache
def _examples() -> Mapping[str, Mapping[str, Mapping[str, Sequence[Example]]]]:
    text = (files("homework_generator.writing") / "examples.json").read_text("utf-8")
    examples: dict[str, dict[str, dict[str, list[Example]]]] = json.loads(text)
    return examples
