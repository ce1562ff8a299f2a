"""The undocumented parts of Starlette's routing that this API uses: the scope's `route`, which Starlette and
FastAPI set after they have found it, and a route's method `matches`, which tells whether it takes a request.
A test in tests/static/architecture checks that both exist.
"""

from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Scope

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def route_template(scope: Scope) -> str | None:
    """The path of the matched route with its parameters' names, or None if no route was found."""
    return getattr(scope.get("route"), "path", None)


def allowed_methods(request: Request) -> list[str]:
    """The methods for which the application has a route with this path."""
    return [method for method in METHODS if _is_routed(request, method)]


def _is_routed(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
