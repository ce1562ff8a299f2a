"""What we use of Starlette's routing although it is not documented: the scope's `route`, which Starlette and
FastAPI set when they have found it, and `matches`, with which a route says whether it takes a request.
A test in tests/static/architecture looks for both.
"""

from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Scope

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def route_template(scope: Scope) -> str | None:
    """The path of the matched route with its parameters' names; None when no route was found."""
    return getattr(scope.get("route"), "path", None)


def allowed_methods(request: Request) -> list[str]:
    """The methods for which the application has a route with this path."""
    return [method for method in METHODS if _is_routed(request, method)]


def _is_routed(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
