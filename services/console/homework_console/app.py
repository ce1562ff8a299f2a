"""The console's pages on one FastAPI application."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from nicegui import Client, Event, ui

from homework_client.client import RESPONSE_SECONDS, AsyncClient
from homework_console.address import SIGN_IN, Address
from homework_console.client import CONNECT_SECONDS
from homework_console.frame import Outside, frame
from homework_console.gate import HEALTH, Gate
from homework_console.pages.dead import dead_page
from homework_console.pages.jobs import jobs_page
from homework_console.pages.overview import overview_page
from homework_console.sessions import Sessions
from homework_console.sign_in import add_sign_in
from homework_console.snapshot import Snapshot, Watch
from homework_shared.runtime.asgi import App
from homework_shared.runtime.security_headers import SecurityHeadersMiddleware

RECONNECT_SECONDS = 10.0
# A page that reads from the API waits for its answer or its time-out. NiceGUI itself gives up after three
# seconds, with a page that says neither why nor what to do.
PAGE_SECONDS = CONNECT_SECONDS + RESPONSE_SECONDS + 5.0
_NOTHING = "default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'"
# NiceGUI starts its scripts inline and has Vue compile its templates in the browser.
_PAGES = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'"
)


@dataclass(frozen=True)
class Parts:
    """`api` asks with the console's own key, an operator's."""

    api: AsyncClient
    watch: Watch
    changed: Event[Snapshot]
    sessions: Sessions
    address: Address
    outside: Outside


def is_watched() -> bool:
    """Whether any browser shows a page now."""
    return any(client.has_socket_connection for client in list(Client.instances.values()))


def content_policy(path: str) -> str:
    """The Content-Security-Policy of a path."""
    return _NOTHING if path in {SIGN_IN, HEALTH} else _PAGES


def create_app(parts: Parts) -> App:
    """The console behind its gate."""
    app = FastAPI(title="Homework console", docs_url=None, redoc_url=None, openapi_url=None)
    _add_pages(app, parts)
    add_sign_in(app, parts.sessions, parts.address)
    ui.run_with(
        app,
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False,
    )
    # Around the whole application, so that no response of it, not even an error's, goes out without them.
    return SecurityHeadersMiddleware(Gate(app, parts.sessions, parts.address), content_policy)


def _add_pages(app: FastAPI, parts: Parts) -> None:

    @ui.page("/")
    def overview() -> None:
        with frame("/", parts.outside):
            ui.context.client.on_connect(parts.watch.look)
            overview_page(parts.watch.latest, parts.changed)

    @ui.page("/jobs", response_timeout=PAGE_SECONDS)
    async def jobs() -> None:
        with frame("/jobs", parts.outside):
            await jobs_page(parts.api)

    @ui.page("/dead", response_timeout=PAGE_SECONDS)
    async def dead() -> None:
        with frame("/dead", parts.outside):
            await dead_page(parts.api)

    @app.get(HEALTH)
    async def health() -> PlainTextResponse:
        return PlainTextResponse("ok")
