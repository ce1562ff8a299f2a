"""The HTTP server, which is one of the roles that a process can run."""

import asyncio

import uvicorn
from fastapi import FastAPI

from homework_api.settings import ApiSettings
from homework_shared.runtime.http_connections import BoundedHttpProtocol
from homework_shared.runtime.http_server import EmbeddedServer

HTTP_DRAIN_SECONDS = 5


async def serve(application: FastAPI, settings: ApiSettings, stop: asyncio.Event) -> None:
    server = EmbeddedServer(
        uvicorn.Config(
            application,
            http=BoundedHttpProtocol,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            # Without trusted proxies X-Forwarded-For is ignored. Otherwise any program on this machine could
            # claim a new address for each request, and so get a new rate limit each time.
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=HTTP_DRAIN_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve_on(settings.listen_fd))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving
    if not stop.is_set():
        raise RuntimeError(f"the HTTP server could not listen on port {settings.port}")
