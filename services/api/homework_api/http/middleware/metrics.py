"""Measures each HTTP request by its route template, because raw paths would create a label per student."""

import time

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homework_api.http.route_matching import METHODS, route_template
from homework_shared.observability.metrics import cached_labels

UNMATCHED = "unmatched"
request_seconds = Histogram(
    "homework_http_request_seconds", "Seconds per HTTP request", ["method", "route", "status"]
)


class MetricsMiddleware:
    """Observes the duration of each request by method, route and status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        finally:
            labels = (_method(scope), route_template(scope) or UNMATCHED, str(status))
            cached_labels(request_seconds, *labels).observe(time.perf_counter() - started)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "OTHER"
