"""The page for developers at `/docs`: Swagger UI from local files, so it works without the internet
(docs/adr/0052).

`static/swagger-ui*` are unchanged files of the npm package swagger-ui-dist. A test compares their hashes.
"""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

PATH = "/docs"
_FOLDER = Path(__file__).parent


def install(app: FastAPI) -> None:
    """Add the page and its three files. They are not part of the API, so its document does not list them."""
    page = (_FOLDER / "page.html").read_text("utf-8")

    async def show(_request: Request) -> HTMLResponse:
        return HTMLResponse(page)

    app.router.add_route(PATH, show, include_in_schema=False)
    app.mount(PATH, StaticFiles(directory=_FOLDER / "static"))
