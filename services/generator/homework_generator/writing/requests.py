"""The interface between the writer and an engine: requests and completions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from homework_generator.writing.schema import Schema


class Purpose(StrEnum):
    """The purpose of a request. Writing is sampled, so that students get different exercises. Solving takes
    the likeliest answer.
    """

    WRITE = "write"
    SOLVE = "solve"


@dataclass(frozen=True, slots=True)
class Request:
    """A request for one text that follows `schema`."""

    prompt: str
    schema: Schema
    seed: int
    purpose: Purpose = Purpose.WRITE


@dataclass(frozen=True, slots=True)
class Completion:
    """The engine's text. Only a text that ended by itself can be complete."""

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
        """A text that follows the request's schema. Cancelling it frees the engine.

        Raises:
            PromptRefused: this prompt can never be answered.
            Unusable: this try failed.
            GeneratorLost: the engine is dead.
        """


@runtime_checkable
class SentenceScorer(Protocol):
    """The part of an engine that returns log-probabilities. Engines behind HTTP often have none."""

    async def log_likelihoods(self, texts: Sequence[str]) -> Likelihoods:
        """The model's log-probability of each text. Raises the errors of `TextEngine.complete`."""
