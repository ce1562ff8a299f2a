"""Applications of one process share what FastAPI makes of their routes."""

from collections.abc import MutableMapping

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route

_BUILT: MutableMapping[str, list[BaseRoute]] = {}


def share_routes(app: FastAPI) -> None:
    """Give `app` the routers of the first application of its title.

    FastAPI builds each included router again for each application, at its first request: a tenth of a second
    and more. The routes know nothing of their application; what differs comes with the request.
    """
    built = _BUILT.setdefault(app.title, app.router.routes)
    # The routes of the document itself, which hold their application, are plain ones.
    app.router.routes[:] = [
        mine if isinstance(mine, Route) else first
        for mine, first in zip(app.router.routes, built, strict=True)
    ]
