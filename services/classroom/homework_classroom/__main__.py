"""`homework-classroom`: serves the classroom until it gets a signal."""

import asyncio
import logging

import structlog
import uvicorn

from homework_classroom.api import connect
from homework_classroom.app import create_app
from homework_classroom.pages import Pages
from homework_classroom.settings import ClassroomSettings
from homework_classroom.static_files import read_static_files
from homework_classroom.visit import Classroom
from homework_shared.observability.logs import configure
from homework_shared.runtime.asgi import App
from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.http_connections import BoundedHttpProtocol
from homework_shared.runtime.http_server import EmbeddedServer
from homework_shared.runtime.process import run_until_signalled

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

DRAIN_SECONDS = 2


def main() -> None:
    settings = ClassroomSettings()
    configure("classroom", settings.logs.format, settings.logs.level)
    # Both log a line for each request.
    for chatty in ("httpx", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

    async def serve(stop: asyncio.Event) -> None:
        async with connect(str(settings.api_url)) as api:
            static = read_static_files()
            pages = Pages(static, settings.timezone)
            shared = settings.shared_url_file
            app = create_app(Classroom(api, settings.address, pages, static, utc_now, shared))
            log.info("classroom_started", url=settings.address.url)
            await _serve(app, settings, stop)

    run_until_signalled(serve)


async def _serve(app: App, settings: ClassroomSettings, stop: asyncio.Event) -> None:
    server = EmbeddedServer(
        uvicorn.Config(
            app,
            http=BoundedHttpProtocol,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
        )
    )
    serving = asyncio.create_task(server.serve_on(settings.listen_fd))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving
    if not stop.is_set():
        port = settings.port
        raise RuntimeError(f"port {port} cannot be used: free it, or set CLASSROOM_PORT to another one")


if __name__ == "__main__":
    main()
