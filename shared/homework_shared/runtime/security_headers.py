"""Response headers that forbid browsers to frame a page, guess its type, share it with other sites or cache
it.
"""

from collections.abc import Callable, Mapping

from homework_shared.runtime.asgi import App, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecurityHeadersMiddleware:
    """Adds the headers that a response does not have yet.

    `policy_of` returns the Content-Security-Policy of a path. `instead` holds the headers whose values differ
    in this service.
    """

    def __init__(
        self, app: App, policy_of: Callable[[str], str], instead: Mapping[str, str] | None = None
    ) -> None:
        self._app = app
        self._policy_of = policy_of
        self._headers = _encoded(HEADERS | dict(instead or {}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name.lower() for name, _ in headers}
                policy = (b"content-security-policy", self._policy_of(scope["path"]).encode())
                wanted = (*self._headers, policy)
                message["headers"] = headers + [each for each in wanted if each[0] not in there]
            await send(message)

        await self._app(scope, receive, with_headers)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
