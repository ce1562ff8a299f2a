"""How middleware refuses a request before it reaches a route."""

import json
from collections.abc import Mapping

from starlette.types import Send


async def refuse(send: Send, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
    """Send a whole response with the body `{"detail": …}`, which all errors of the API have."""
    body = json.dumps({"detail": detail}).encode()
    named = {"content-type": "application/json"} | dict(headers or {})
    encoded = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
