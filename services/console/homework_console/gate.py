"""The gate of the console: it checks every request and every websocket before other code sees them."""

from collections.abc import Callable

from homework_console.address import SIGN_IN, Address
from homework_console.notices import NOT_SIGNED_IN, foreign
from homework_console.sessions import Session, Sessions
from homework_shared.runtime.asgi import App, Message, Receive, Scope, Send, header
from homework_shared.runtime.origin import is_asked_as, is_of_another_site

HEALTH = "/health"
"""Open to everybody, under every name, because whoever probes it knows neither. It tells nothing."""
_POLICY_VIOLATION = 1008
_HTML = [(b"content-type", b"text/html; charset=utf-8")]


class Gate:
    """Refuses whoever is not signed in, pages of other sites, and unknown host names. A page finds the
    session in `request.state.session`."""

    def __init__(self, app: App, sessions: Sessions, address: Address) -> None:
        self._app = app
        self._sessions = sessions
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] == HEALTH:
            await self._app(scope, receive, send)
            return
        host = header(scope, "host")
        if not is_asked_as(host, self._address.names) or is_of_another_site(header(scope, "origin"), host):
            await _refuse(scope, receive, send, 403, foreign(self._address.url))
            return
        session = self._session(scope)
        scope.setdefault("state", {})["session"] = session
        if session is None and (scope["type"] == "websocket" or scope["path"] != SIGN_IN):
            await _refuse(scope, receive, send, 401, NOT_SIGNED_IN)
        elif session and scope["type"] == "websocket":
            socket = _Socket(receive, send, lambda: self._sessions.find(session.id) is not None)
            await self._app(scope, socket.receive, socket.send)
        else:
            await self._app(scope, receive, send)

    def _session(self, scope: Scope) -> Session | None:
        # Another program of this host may set a cookie of the same name, and then a browser sends both.
        pairs = (each.strip().partition("=") for each in (header(scope, "cookie") or "").split(";"))
        found = (self._sessions.find(value) for name, _, value in pairs if name == self._address.cookie)
        return next(filter(None, found), None)


class _Socket:
    """A websocket that ends with its session: a page that is open must not outlive the sign-out."""

    def __init__(self, receive: Receive, send: Send, is_signed_in: Callable[[], bool]) -> None:
        self._receive = receive
        self._send = send
        self._is_signed_in = is_signed_in

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive" and not self._is_signed_in():
            return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
        return message

    async def send(self, message: Message) -> None:
        if message["type"] != "websocket.send" or self._is_signed_in():
            await self._send(message)


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, page: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    await send({"type": "http.response.start", "status": status, "headers": _HTML})
    await send({"type": "http.response.body", "body": page.encode()})
