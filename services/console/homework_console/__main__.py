"""`homework-console`: serve the console until a signal."""

import asyncio
import contextlib
import logging

import structlog
import uvicorn
from nicegui import Event

from homework_console.app import Parts, create_app, is_watched
from homework_console.client import connect
from homework_console.frame import Outside
from homework_console.management import ManagementClient
from homework_console.sessions import Sessions
from homework_console.settings import ConsoleSettings
from homework_console.sign_in_file import SignInFile
from homework_console.snapshot import Snapshot, Watch
from homework_shared.observability.logs import configure
from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.http_server import EmbeddedServer
from homework_shared.runtime.process import run_until_signalled

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

DRAIN_SECONDS = 2


def main() -> None:
    settings = ConsoleSettings()
    configure("console", settings.logs.format, settings.logs.level)
    # Both log a line for each request, and the console makes one each second.
    for chatty in ("httpx", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

    async def serve(stop: asyncio.Event) -> None:
        changed = Event[Snapshot]()
        async with contextlib.AsyncExitStack() as stack:
            api = await stack.enter_async_context(connect(str(settings.api_url), settings.api_key))
            file = SignInFile(settings.sign_in_file, settings.address)
            stack.callback(file.remove)
            sessions = Sessions(file.publish, utc_now)
            management = _management(settings)
            if management:
                await stack.enter_async_context(management)
            watch = Watch(api, management, utc_now, changed.emit, is_watched)
            outside = Outside(settings.teachers_link, settings.rabbitmq_link)
            app = create_app(Parts(api, watch, changed, sessions, settings.address, outside))
            log.info(
                "console_started", url=settings.address.url, hint="`homework console` prints where to sign in"
            )
            await _serve(uvicorn.Config(
                app, host=settings.host, port=settings.port, log_config=None, access_log=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            ), settings.listen_fd, watch, stop)  # fmt: skip

    run_until_signalled(serve)


async def _serve(config: uvicorn.Config, listen_fd: int | None, watch: Watch, stop: asyncio.Event) -> None:
    server = EmbeddedServer(config)
    serving = asyncio.create_task(server.serve_on(listen_fd))
    watching = asyncio.create_task(watch.run(stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    was_asked = stop.is_set()
    stop.set()
    server.should_exit = True
    await asyncio.gather(serving, watching, stopping)
    if not was_asked:
        raise RuntimeError(f"port {config.port} cannot be used: free it, or set CONSOLE_PORT to another one")


def _management(settings: ConsoleSettings) -> ManagementClient | None:
    if settings.management_url is None:
        return None
    return ManagementClient(
        str(settings.management_url), settings.management_user, settings.management_password
    )


if __name__ == "__main__":
    main()
