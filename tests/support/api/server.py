"""The API on a real socket, for what httpx's ASGI transport cannot do: read a stream while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI

from homework_shared.runtime.http_server import EmbeddedServer


@contextlib.asynccontextmanager
async def listening(app: FastAPI, stop: asyncio.Event) -> AsyncIterator[str]:
    """Gives the URL. `stop` is set first at the end, which ends the streams that are still open."""
    server = EmbeddedServer(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        stop.set()
        server.should_exit = True
        await serving
