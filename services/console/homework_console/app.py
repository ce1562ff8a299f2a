"""The console's pages on one FastAPI application."""

from dataclasses import dataclass

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from nicegui import Client, Event, ui

from homework_client import requests
from homework_client.client import AsyncClient
from homework_client.refusals import ApiError
from homework_console.client import in_sentences
from homework_console.frame import frame
from homework_console.pages.dead import dead_page
from homework_console.pages.jobs import jobs_page
from homework_console.pages.overview import overview_page
from homework_console.pages.teach import teach_page
from homework_console.snapshot import Snapshot, Watch

RECONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Parts:
    api: AsyncClient
    watch: Watch
    changed: Event[Snapshot]
    rabbitmq: str | None


def is_watched() -> bool:
    """Whether some browser shows a page now."""
    return any(client.has_socket_connection for client in list(Client.instances.values()))


def create_app(parts: Parts) -> FastAPI:
    app = FastAPI(title="Homework console", docs_url=None, redoc_url=None, openapi_url=None)

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
    async def teach() -> None:
        with frame("/teach", parts.rabbitmq):
            await teach_page(parts.api)

    @app.get("/export/{assignment_id}")
    async def export(assignment_id: int, format: str) -> Response:  # noqa: A002 - the API's own name
        """Pass on the API's file, so that a browser need not reach the API, nor know its key."""
        try:
            file = await parts.api.send(requests.export_assignment(assignment_id, format))
        except ApiError as error:
            return PlainTextResponse(in_sentences(error), error.status_code or 502)
        name = file.name or f"assignment-{assignment_id}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(file.content, headers=headers, media_type=file.media_type)

    ui.run_with(
        app,
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False,
    )
    return app
