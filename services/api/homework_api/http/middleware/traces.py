"""Begins a span for each HTTP request, named by its route. Jobs that a request creates continue its trace."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homework_api.http.route_matching import route_template
from homework_shared.observability.tracing import HEADER, SpanKind, span
from homework_shared.runtime.asgi import header

_PROBES = frozenset({"/health", "/ready"})


class TracesMiddleware:
    """Puts each request into a span."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        attributes = {"http.request.method": method, "url.scheme": scope["scheme"]}
        with span(method, SpanKind.SERVER, header(scope, HEADER), attributes) as served:
            if not served.is_recording():
                await self._app(scope, receive, send)
                return

            async def noting_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    served.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self._app(scope, receive, noting_status)
            finally:
                if route := route_template(scope):
                    served.update_name(f"{method} {route}")
                    served.set_attribute("http.route", route)
