"""The console's pages on one FastAPI application."""

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from nicegui import Client, Event, ui

from homework_client import requests
from homework_client.client import AsyncClient
from homework_client.models import File
from homework_client.refusals import ApiError
from homework_client.request import Request as ApiRequest
from homework_console.address import SIGN_IN, Address
from homework_console.client import in_sentences
from homework_console.frame import frame
from homework_console.gate import HEALTH, Gate
from homework_console.pages.dead import dead_page
from homework_console.pages.jobs import jobs_page
from homework_console.pages.overview import overview_page
from homework_console.pages.teach import teach_page
from homework_console.sessions import Sessions
from homework_console.sign_in import add_sign_in
from homework_console.snapshot import Snapshot, Watch
from homework_shared.runtime.asgi import App
from homework_shared.runtime.security_headers import SecurityHeadersMiddleware

RECONNECT_SECONDS = 10.0
_NOTHING = "default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'"
# NiceGUI starts its scripts inline and has Vue compile its templates in the browser.
_PAGES = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'"
)


@dataclass(frozen=True)
class Parts:
    """`api` asks with the console's own key, an operator's; teachers' pages ask as the session does."""

    api: AsyncClient
    watch: Watch
    changed: Event[Snapshot]
    sessions: Sessions
    address: Address
    rabbitmq: str | None


def is_watched() -> bool:
    """Whether some browser shows a page now."""
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
        with frame("/", parts.rabbitmq):
            ui.context.client.on_connect(parts.watch.look)
            overview_page(parts.watch.latest, parts.changed)

    @ui.page("/jobs")
    async def jobs() -> None:
        with frame("/jobs", parts.rabbitmq):
            await jobs_page(parts.api)

    @ui.page("/dead")
    async def dead() -> None:
        with frame("/dead", parts.rabbitmq):
            await dead_page(parts.api)

    @ui.page("/teach")
    async def teach(request: Request) -> None:
        with frame("/teach", parts.rabbitmq):
            await teach_page(request.state.session.teacher)

    @app.get("/export/{assignment_id}")
    async def export(request: Request, assignment_id: int, format: str) -> Response:  # noqa: A002 - the API's name
        return await _file(request, requests.export_assignment(assignment_id, format))

    @app.get("/results/{assignment_id}")
    async def results(request: Request, assignment_id: int) -> Response:
        return await _file(request, requests.get_class_results_as_xlsx(assignment_id))

    @app.get(HEALTH)
    async def health() -> PlainTextResponse:
        return PlainTextResponse("ok")


async def _file(request: Request, wanted: ApiRequest[File]) -> Response:
    """Pass on the API's file, so that a browser need not reach the API, nor know its key."""
    try:
        file = await request.state.session.teacher.send(wanted)
    except ApiError as error:
        return PlainTextResponse(in_sentences(error), error.status_code or 502)
    headers = {"Content-Disposition": f'attachment; filename="{file.name or "homework"}"'}
    return Response(file.content, headers=headers, media_type=file.media_type)
