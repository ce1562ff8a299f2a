"""A request as data: what to send, and how to read the response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

import httpx
from pydantic import TypeAdapter

from homework_client.models import File

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """A request, and the type of its response. The statuses in `model_statuses` are failures whose body is
    the model too.
    """

    method: str
    path: str
    response: type[T]
    params: Mapping[str, str | int] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    model_statuses: frozenset[int] = frozenset()

    def read(self, response: httpx.Response) -> T:
        """The body of a response. Raises pydantic's ValidationError."""
        if self.response is File:
            return File.of(response)  # type: ignore[return-value]
        if self.response is type(None):
            return None
        return self.decode(response.content)

    def decode(self, body: bytes | str) -> T:
        """The model in a JSON text. Raises pydantic's ValidationError."""
        read: TypeAdapter[T] = _reader(self.response)  # type: ignore[arg-type]
        return read.validate_json(body)


@cache
def _reader(response: Any) -> TypeAdapter[Any]:
    # Building an adapter takes longer than reading a response with it.
    return TypeAdapter(response)


@dataclass(frozen=True, slots=True)
class Stream(Request[T]):
    """A request whose response is a stream of server-sent events, each of which holds a `T`."""


def given(**values: str | int | None) -> dict[str, str | int]:
    """The query without the parameters that were not given."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def plain(body: Mapping[str, object]) -> dict[str, object]:
    """A body in JSON's types, with moments as texts. A moment without an offset is in this machine's time
    zone.
    """
    return {
        name: value.astimezone().isoformat() if isinstance(value, datetime) else value
        for name, value in body.items()
    }
