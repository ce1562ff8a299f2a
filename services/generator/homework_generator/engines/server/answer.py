"""Assembles one answer from its events."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from homework_generator.engines.server.errors import Broken
from homework_generator.engines.server.wire import Chunk, Usage

LONGEST_TEXT = 64 * 1024
"""Characters, far more than the tokens that are asked for. A server that ignores that limit is cut off."""


@dataclass
class Answer:
    """One answer. `pieces` counts the events that contained text: about one for each token."""

    text: str = ""
    thoughts: int = 0
    pieces: int = 0
    finish_reason: str = ""
    usage: Usage | None = None

    @property
    def completion_tokens(self) -> int:
        """The number of tokens as the server counts it, or as we do if the server sends none."""
        return self.usage.completion_tokens if self.usage else self.pieces

    @property
    def prompt_tokens(self) -> int:
        return self.usage.prompt_tokens if self.usage else 0


@dataclass
class _Reader:
    on_piece: Callable[[], None]
    answer: Answer = field(default_factory=Answer)

    def take(self, chunk: Chunk) -> None:
        answer = self.answer
        answer.usage = chunk.usage or answer.usage
        for choice in chunk.choices[:1]:
            words = choice.words
            answer.text += words.content
            answer.thoughts += len(words.thought)
            answer.finish_reason = choice.finish_reason or answer.finish_reason
            if words.content or words.thought:
                answer.pieces += 1
                self.on_piece()
        if len(answer.text) + answer.thoughts > LONGEST_TEXT:
            raise Broken(f"the answer is longer than {LONGEST_TEXT} characters")


async def gather_answer(events: AsyncIterator[Chunk], on_piece: Callable[[], None] = lambda: None) -> Answer:
    """Read an answer to its end; `on_piece` is called for each event with text.

    Raises:
        Broken: the answer was cut off.
        ServerError: see `client`.
    """
    reader = _Reader(on_piece)
    # An async generator that is left half read would keep its connection until it is collected.
    async with aclosing(events):  # type: ignore[type-var]
        try:
            async for chunk in events:
                reader.take(chunk)
        except Broken:
            if not reader.answer.finish_reason:
                raise  # An answer that is cut off after its end is complete.
    if not reader.answer.finish_reason:
        raise Broken("the answer was cut off before its end")
    return reader.answer
