"""The way of the predecessor: one HTTP POST per student to the generator, and one commit each."""

import asyncio
import sys
from collections.abc import Iterable
from typing import Any

import aiohttp
import uvicorn
from bench.pipeline import work
from bench.pipeline.client import Client, Table, serve
from bench.pipeline.store import FOUND, open_store, store
from fastapi import FastAPI

PORT = 18081


class Http(Client):
    async def open(self) -> None:
        self._http = aiohttp.ClientSession(f"http://127.0.0.1:{PORT}")
        self._store = open_store(work.database())
        self._table = Table(work.database(), FOUND)

    async def submit(self, jobs: list[dict[str, Any]]) -> list[str]:
        turn = iter(jobs)

        async def send() -> None:
            for job in turn:
                async with self._http.post("/generate", json=job) as answer:
                    store(self._store, [(job["job_id"], await answer.text())])

        await asyncio.gather(*(send() for _ in range(work.SENDERS)))
        return [job["job_id"] for job in jobs]

    async def close(self) -> None:
        await self._http.close()

    async def finished(self, waiting: Iterable[str]) -> set[str]:
        return self._table.among(waiting)


def generator() -> FastAPI:
    app = FastAPI()

    @app.post("/generate")
    async def generate(job: dict[str, Any]) -> dict[str, Any]:
        return work.answer(job["job_id"])

    return app


if __name__ == "__main__":
    if sys.argv[1] == "client":
        serve(Http())
    else:
        uvicorn.run(generator(), port=PORT, log_level="warning")
