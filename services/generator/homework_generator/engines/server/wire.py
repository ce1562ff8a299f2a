"""The responses of an OpenAI-compatible server, validated where they arrive. Fields that we do not use are
ignored.

Sources: https://platform.openai.com/docs/api-reference/chat/streaming and the servers' own documentation, as
named in docs/adr/0039. A model that thinks aloud sends its thoughts as `reasoning` (Ollama, vLLM) or
`reasoning_content` (llama.cpp, LM Studio).
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def _empty_if_null(value: Any) -> Any:
    return [] if value is None else value


T = TypeVar("T")
Many = Annotated[list[T], BeforeValidator(_empty_if_null)]
"""Ollama's empty lists are null, as Go writes them."""


def _tokens(value: Any) -> int:
    is_count = isinstance(value, int) and 0 <= value <= MOST_TOKENS
    return value if is_count else 0


def _text(value: Any) -> str:
    """A text, or the texts in a list of parts. Other parts are not part of the answer."""
    if isinstance(value, list):
        return "".join(_text(part.get("text")) for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _models(value: Any) -> Any:
    """The list of models. Some servers answer with a bare list. An entry without a name is left out."""
    data = value.get("data") if isinstance(value, dict) else value
    return {"data": [each for each in data or [] if isinstance(each, dict) and _is_a_name(each.get("id"))]}


def _is_a_name(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_NAME


MOST_TOKENS = 10**6
LONGEST_NAME = 500
Tokens = Annotated[int, BeforeValidator(_tokens)]
Text = Annotated[str, BeforeValidator(_text)]


class Usage(_Read):
    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0


class Words(_Read):
    """A part of an answer, or the complete answer."""

    content: Text = ""
    reasoning: Text = ""
    reasoning_content: Text = ""

    @property
    def thought(self) -> str:
        return self.reasoning or self.reasoning_content


class Choice(_Read):
    delta: Words | None = None
    message: Words | None = None
    finish_reason: Text = ""

    @property
    def words(self) -> Words:
        return self.delta or self.message or Words()


class Chunk(_Read):
    """One event of a stream, or a complete answer. Some servers report an error with status 200 in here."""

    choices: Many[Choice] = []
    usage: Usage | None = None
    error: Any = None


class ListedModel(_Read):
    id: str
    owned_by: Text = ""


class ModelList(_Read):
    data: list[ListedModel] = []

    @model_validator(mode="before")
    @classmethod
    def _lenient(cls, value: Any) -> Any:
        if not isinstance(value, dict | list) or (isinstance(value, dict) and "data" not in value):
            raise ValueError("no list of models")
        return _models(value)


class Refusal(_Read):
    """The body of an error. OpenAI nests a message; FastAPI says `detail`; others send a plain string."""

    error: Any = None
    detail: Any = None
    message: Any = None

    @property
    def reason(self) -> str:
        return message_in(self.error) or message_in(self.detail) or message_in(self.message)


def message_in(error: Any) -> str:
    """The sentence in a server's error."""
    if isinstance(error, dict):
        error = error.get("message") or error.get("error") or error.get("code") or error
    return "" if error is None else str(error)
