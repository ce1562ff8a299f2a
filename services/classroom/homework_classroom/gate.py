"""Refuses requests under another host name and requests that a page of another site sends."""

from homework_classroom.address import Address
from homework_classroom.pages import Pages
from homework_classroom.wishes import language_of
from homework_shared.runtime.asgi import App, Receive, Scope, Send, header
from homework_shared.runtime.origin import is_asked_as, is_of_another_site

HEALTH = "/health"
"""Open under every name, because whoever probes it does not know the classroom's. It tells nothing."""
_HTML = [(b"content-type", b"text/html; charset=utf-8")]


class Gate:
    """Middleware that answers such requests with 403 and the address to open."""

    def __init__(self, app: App, address: Address, pages: Pages) -> None:
        self._app = app
        self._address = address
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self._app(scope, receive, send)
            return
        host = header(scope, "host")
        if is_asked_as(host, self._address.names) and not is_of_another_site(header(scope, "origin"), host):
            await self._app(scope, receive, send)
            return
        language = language_of(header(scope, "cookie"), header(scope, "accept-language"))
        told = {"title": language("foreign_title"), "typed": (), "again": None}
        told["text"] = language("foreign_text", address=self._address.url)
        page = self._pages.render("problem.html", language, told)
        await send({"type": "http.response.start", "status": 403, "headers": _HTML})
        await send({"type": "http.response.body", "body": page.encode()})
