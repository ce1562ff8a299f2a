"""Builds the HTTP application from the services that it is given."""

import asyncio
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from homework_api.http import error_handlers, swagger_ui
from homework_api.http.dependencies import HttpState, responses
from homework_api.http.middleware.body_limits import BodyLimitsMiddleware
from homework_api.http.middleware.content_policy import content_policy
from homework_api.http.middleware.metrics import MetricsMiddleware
from homework_api.http.middleware.origin import OriginMiddleware
from homework_api.http.middleware.rate_limits import RateLimitsMiddleware
from homework_api.http.middleware.traces import TracesMiddleware
from homework_api.http.policy import HttpPolicy
from homework_api.http.routes import (
    api_keys,
    assignments,
    audit,
    class_results,
    classes,
    dead_letters,
    decisions,
    exports,
    homework,
    jobs,
    review,
    sessions,
    student_files,
    student_links,
    students,
    system,
    teacher_sessions,
    teachers,
)
from homework_api.services.registry import Services
from homework_shared import __version__
from homework_shared.runtime.security_headers import SecurityHeadersMiddleware

_DESCRIPTION = """Italian homework for a class, written by a GPU you borrow, or by the mock generator
when none is there by the deadline. Every error is `{"detail": …}`."""
_ROUTES = (
    students, student_files, student_links, sessions, teacher_sessions, classes, assignments, review,
    class_results, decisions, exports, homework, system, jobs, dead_letters, api_keys, teachers, audit,
)  # fmt: skip
"""The routers, in the order in which the OpenAPI document lists them."""
_BUSIEST = (assignments, homework)
"""These routers are included first, because a request is compared with one route after another."""


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        routes = (route for each in _ROUTES for route in each.router.routes if isinstance(route, APIRoute))
        read = list(dict.fromkeys(route.path for route in routes))
        document["paths"] = dict(sorted(document["paths"].items(), key=lambda each: read.index(each[0])))
        return document


def create_app(services: Services, policy: HttpPolicy, stop: asyncio.Event) -> FastAPI:
    """Build the application. `stop` ends the open event streams, so that a stopping server need not wait for
    their clients."""
    app = _Api(
        title="Italian Teacher API",
        description=_DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        # The application has its own spans and metrics (docs/adr/0013), and FastAPI's would duplicate them.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        responses=responses(
            {
                408: "The body did not come in time",
                413: "The body is too large",
                429: "Too many requests; ask again after Retry-After seconds",
                503: "The database does not answer; try again after Retry-After seconds",
            }
        ),
    )
    app.state.http = HttpState(services, policy, stop)
    _add_middleware(app, services, policy)
    error_handlers.install(app)
    swagger_ui.install(app)
    for routes in sorted(_ROUTES, key=lambda each: each not in _BUSIEST):
        app.include_router(routes.router)
    return app


def _add_middleware(app: FastAPI, services: Services, policy: HttpPolicy) -> None:
    """Add the middleware. A request passes through the last one added first."""
    if policy.host_names is not None:
        app.add_middleware(OriginMiddleware, keys=services.api_keys, names=policy.host_names)
    if policy.rates is not None:
        app.add_middleware(RateLimitsMiddleware, rates=policy.rates, keys=services.api_keys)
    app.add_middleware(BodyLimitsMiddleware)
    app.add_middleware(SecurityHeadersMiddleware, policy_of=content_policy)
    app.add_middleware(MetricsMiddleware)
    app.add_middleware(TracesMiddleware)
