"""The API on a real socket, because httpx's ASGI transport cannot read a stream while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import uvicorn
from fastapi import FastAPI

from homework_api.http.app import create_app
from homework_api.http.policy import policy_of
from homework_api.http.server import serve
from homework_api.services.registry import Services
from homework_api.settings import ApiSettings
from homework_shared.runtime.http_server import EmbeddedServer
from tests.support.broker.brokers import free_port


@contextlib.asynccontextmanager
async def listening(app: FastAPI, stop: asyncio.Event) -> AsyncIterator[str]:
    """Serve. Gives the URL. At the end `stop` is set first, which ends the streams that are still open."""
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


@contextlib.asynccontextmanager
async def served_as_shipped(services: Services, stop: asyncio.Event, **settings: str) -> AsyncIterator[str]:
    """Serve as `homework-api http` does, with every limit. `settings` are changes. Gives the URL."""
    chosen = ApiSettings.model_validate({"port": free_port()} | settings)
    serving = asyncio.create_task(serve(create_app(services, policy_of(chosen), stop), chosen, stop))
    url = f"http://127.0.0.1:{chosen.port}"
    try:
        await _until_it_answers(url, serving)
        yield url
    finally:
        stop.set()
        await serving


async def _until_it_answers(url: str, serving: asyncio.Task[None]) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        while not serving.done():
            with contextlib.suppress(httpx.TransportError):
                await client.get("/health")
                return
            await asyncio.sleep(0.02)
