"""What an OpenAI-compatible server says, read at the border: what we do not use is ignored.

Sources: https://platform.openai.com/docs/api-reference/chat/streaming and the servers' own documentation, as
named in docs/adr/0039. A model that thinks aloud sends its thoughts as `reasoning` (Ollama, vLLM) or
`reasoning_content` (llama.cpp, LM Studio).
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def _empty_if_null(value: Any) -> Any:
    return [] if value is None else value


T = TypeVar("T")
Many = Annotated[list[T], BeforeValidator(_empty_if_null)]
"""Ollama's empty lists are null, as Go writes them."""


class Usage(_Read):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Words(_Read):
    """A piece of an answer, or the whole of it."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None

    @property
    def thought(self) -> str:
        return self.reasoning or self.reasoning_content or ""


class Choice(_Read):
    delta: Words | None = None
    message: Words | None = None
    finish_reason: str | None = None

    @property
    def words(self) -> Words:
        return self.delta or self.message or Words()


class Chunk(_Read):
    """One event of a stream, or a whole answer. Some servers report an error with status 200 in here."""

    choices: Many[Choice] = []
    usage: Usage | None = None
    model: str | None = None
    error: Any = None


class ListedModel(_Read):
    id: str = Field(max_length=500)
    owned_by: str | None = None


class ModelList(_Read):
    data: Many[ListedModel] = []


class Refusal(_Read):
    """The body of an error. OpenAI nests a message; FastAPI says `detail`; others send a plain string."""

    error: Any = None
    detail: Any = None
    message: Any = None

    @property
    def reason(self) -> str:
        return message_in(self.error) or message_in(self.detail) or message_in(self.message)


def message_in(error: Any) -> str:
    """The sentence in what a server calls an error."""
    if isinstance(error, dict):
        error = error.get("message") or error.get("error") or error.get("code") or error
    return "" if error is None else str(error)
