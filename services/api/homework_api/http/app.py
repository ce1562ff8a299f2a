"""The HTTP application, composed from parts that are handed in."""

import asyncio

from fastapi import FastAPI

from homework_api import __version__
from homework_api.http import error_handlers
from homework_api.http.dependencies import Parts, refuses
from homework_api.http.gauges import Gauges
from homework_api.http.middleware.body_limits import HttpLimits
from homework_api.http.middleware.metrics import HttpMetrics
from homework_api.http.middleware.origin import HttpOrigin
from homework_api.http.middleware.rate_limits import HttpRates, Rates
from homework_api.http.middleware.security_headers import HttpHeaders
from homework_api.http.middleware.traces import HttpTraces
from homework_api.http.routes import api_keys as key_routes
from homework_api.http.routes import assignments as teacher
from homework_api.http.routes import class_results, system
from homework_api.http.routes import dead_letters as ops_dead
from homework_api.http.routes import exports as export
from homework_api.http.routes import homework as student
from homework_api.http.routes import jobs as ops
from homework_api.pipeline.probes import Probe
from homework_api.services.api_keys import ApiKeys
from homework_api.services.assignments import HomeworkService
from homework_api.services.dead_letters import DeadLetters
from homework_api.services.homework import Submissions
from homework_api.services.tunnel_file import TunnelFile
from homework_api.settings import RevealAnswers

_DESCRIPTION = """Italian homework for a class, written by a GPU you borrow, or by the mock generator
when none is there by the deadline. Every error is `{"detail": …}`."""


def create_app(
    service: HomeworkService,
    submissions: Submissions,
    probe: Probe,
    dead: DeadLetters,
    stop: asyncio.Event,
    keys: ApiKeys,
    reveal: RevealAnswers = RevealAnswers.ALWAYS,
    tunnel: TunnelFile | None = None,
    open_metrics: bool = False,
    names: frozenset[str] | None = None,
    rates: Rates | None = None,
) -> FastAPI:
    """`stop` ends the open event streams, so that a stopping server need not wait for their clients.
    `names`: while there is no key, browsers may ask under these only."""
    app = FastAPI(
        title="Italian Teacher API",
        description=_DESCRIPTION,
        version=__version__,
        responses=refuses(
            s408="The body did not come in time",
            s413="The body is too large",
            s429="Too many requests; ask again after Retry-After seconds",
            s503="The database does not answer; try again after Retry-After seconds",
        ),
    )
    tunnel = tunnel or TunnelFile(None, service.now)
    app.state.parts = Parts(service, submissions, probe, dead, stop, reveal, tunnel, keys, open_metrics)
    app.state.gauges = Gauges()
    if names is not None:
        app.add_middleware(HttpOrigin, keys=keys, names=names)
    if rates is not None:
        app.add_middleware(HttpRates, rates=rates, keys=keys)
    app.add_middleware(HttpLimits)
    app.add_middleware(HttpHeaders)
    app.add_middleware(HttpMetrics)
    app.add_middleware(HttpTraces)
    error_handlers.install(app)
    for routes in (teacher, class_results, export, student, system, ops, ops_dead, key_routes):
        app.include_router(routes.router)
    return app
