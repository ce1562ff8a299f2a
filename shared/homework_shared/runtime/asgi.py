"""The types of an ASGI application, for middleware that does not depend on a web framework."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def header(scope: Scope, name: str) -> str | None:
    """The value of the first header with this name. `name` has to be in lower case."""
    wanted = name.encode("latin-1")
    return next((str(value, "latin-1") for key, value in scope["headers"] if key == wanted), None)
