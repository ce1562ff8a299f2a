"""While no key is asked for, whoever gets a browser on this machine to ask would be let in: they are not.

A page of another site may send requests here, and by a name that it resolves to 127.0.0.1 it may read the
answers (DNS rebinding). The browser tells on both: by `Origin`, and by `Host`.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from homework_api.http.middleware.refusal import refuse
from homework_api.services.api_keys import ApiKeys

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_KEY = "make an API key, and every address is answered to those who have one: docs/security.md"


class OriginMiddleware:
    """403 for another site's page, while there is no key. `names`: under which this machine is asked."""

    def __init__(self, app: ASGIApp, keys: ApiKeys, names: frozenset[str]) -> None:
        self._app = app
        self._keys = keys
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._keys.are_there:
            await self._app(scope, receive, send)
            return
        problem = self._problem(Headers(scope=scope))
        if problem is None:
            await self._app(scope, receive, send)
            return
        await refuse(send, 403, problem)

    def _problem(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _name(host) not in self._names:
            return (
                f"Without an API key this service is asked as {', '.join(sorted(self._names))} only: {_KEY}"
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return f"Without an API key no page of another site may ask: {_KEY}"
        return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
