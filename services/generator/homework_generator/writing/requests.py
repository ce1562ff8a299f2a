"""What is asked of an engine, and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from homework_generator.writing.schema import Schema


class Purpose(StrEnum):
    """Writing is sampled, so that students get different exercises. Solving takes the likeliest answer."""

    WRITE = "write"
    SOLVE = "solve"


@dataclass(frozen=True, slots=True)
class Request:
    """One text to write that follows `schema`."""

    prompt: str
    schema: Schema
    seed: int
    purpose: Purpose = Purpose.WRITE


@dataclass(frozen=True, slots=True)
class Completion:
    """What the engine wrote. Only text that ended by itself can be whole."""

    text: str
    ended_by_itself: bool
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """The natural logarithm of each text's probability."""

    values: tuple[float, ...]
    prompt_tokens: int
    completion_tokens: int


class TextEngine(Protocol):
    """The part of an engine that writing needs."""

    async def complete(self, request: Request) -> Completion:
        """Text that follows the request's schema. Cancelling it frees the engine.

        Raises:
            PromptRefused: this prompt can never be answered.
            Unusable: this try failed.
            GeneratorLost: the engine is dead.
        """


@runtime_checkable
class SentenceScorer(Protocol):
    """What an engine can do that gives log-probabilities. Engines behind HTTP often do not."""

    async def log_likelihoods(self, texts: Sequence[str]) -> Likelihoods:
        """How likely the model holds each text to be. Raises the errors of `TextEngine.complete`."""
