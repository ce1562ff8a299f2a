"""Lets the applications of one process share the routers that FastAPI builds."""

from collections.abc import MutableMapping

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route

_BUILT: MutableMapping[str, list[BaseRoute]] = {}


def share_routes(app: FastAPI) -> None:
    """Give `app` the routers of the first application with its title.

    FastAPI builds each included router again for each application, at its first request, which takes a tenth
    of a second and more. The routes do not refer to their application. What differs is part of the request.
    """
    built = _BUILT.setdefault(app.title, app.router.routes)
    # The routes of the OpenAPI document refer to their application, and are plain routes.
    app.router.routes[:] = [
        mine if isinstance(mine, Route) else first
        for mine, first in zip(app.router.routes, built, strict=True)
    ]
