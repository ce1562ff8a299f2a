"""Limits the size of a request's body and the time in which it has to arrive."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homework_api.http.middleware.refusal import refuse

MAX_BODY_BYTES = 1 << 20
"""For comparison, three hundred students or twenty long answers are some ten thousand bytes."""
BODY_SECONDS = 30.0

_TOO_LARGE = (413, f"The body is too large: at most {MAX_BODY_BYTES} bytes")
_CLOSE = {"connection": "close"}  # the server does not read the rest of the body
_TOO_SLOW = (408, f"The body did not come within {BODY_SECONDS:.0f} seconds: send it again")


class BodyLimitsMiddleware:
    """Answers 413 when the announced or the sent body is over MAX_BODY_BYTES, and 408 after BODY_SECONDS."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _said_length(scope) > MAX_BODY_BYTES:
            await refuse(send, *_TOO_LARGE, _CLOSE)
            return
        body = _Body(receive)
        await self._app(scope, body.receive, body.unless_refused(send))
        if body.refusal:
            await refuse(send, *body.refusal, _CLOSE)


class _Body:
    """Passes the body on. Once the body exceeds a limit, the application receives a disconnect instead."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = MAX_BODY_BYTES
        self._ends_at = asyncio.get_running_loop().time() + BODY_SECONDS
        self._is_whole = False
        self._has_answer = False
        self.refusal: tuple[int, str] | None = None

    async def receive(self) -> Message:
        if self._is_whole:  # only a disconnect can follow, and a stream waits for it without a time limit
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError:
            return self._refused(_TOO_SLOW)
        self._left -= len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        return self._refused(_TOO_LARGE) if self._left < 0 else message

    def _refused(self, refusal: tuple[int, str]) -> Message:
        if not self._has_answer:
            self.refusal = refusal
        return {"type": "http.disconnect"}

    def unless_refused(self, send: Send) -> Callable[[Message], Awaitable[None]]:
        async def passing(message: Message) -> None:
            if self.refusal is None:
                self._has_answer = True
                await send(message)

        return passing


def _said_length(scope: Scope) -> int:
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0
