"""Protects a service without API keys from pages of other sites.

While no key is required, any page in a browser on this machine could send requests to the API, and with DNS
rebinding it could also read the responses.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from homework_api.http.middleware.refusal import refuse
from homework_api.services.api_keys import ApiKeys
from homework_shared.runtime.asgi import header
from homework_shared.runtime.origin import is_asked_as, is_of_another_site

_KEY = "make an API key, and every address is answered to those who have one: docs/security.md"


class OriginMiddleware:
    """Answers 403 to another site's page while there is no key. `names` are this machine's host names."""

    def __init__(self, app: ASGIApp, keys: ApiKeys, names: frozenset[str]) -> None:
        self._app = app
        self._keys = keys
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._keys.are_there:
            await self._app(scope, receive, send)
            return
        problem = self._problem(scope)
        if problem is None:
            await self._app(scope, receive, send)
            return
        await refuse(send, 403, problem)

    def _problem(self, scope: Scope) -> str | None:
        host = header(scope, "host")
        if not is_asked_as(host, self._names):
            return (
                f"Without an API key this service is asked as {', '.join(sorted(self._names))} only: {_KEY}"
            )
        if is_of_another_site(header(scope, "origin"), host):
            return f"Without an API key no page of another site may ask: {_KEY}"
        return None
