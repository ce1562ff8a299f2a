"""What the routes for operators and probes read from the database."""

import asyncio
from datetime import datetime

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.migrate import is_current
from homework_api.database.queries.counts import read_backlog
from homework_api.database.queries.jobs import page_jobs, read_latency
from homework_api.domain.backlog import Backlog
from homework_api.schemas.jobs import JobFilter, JobsResponse, LatencyResponse
from homework_api.schemas.paging import Page
from homework_shared.runtime.clock import Clock

READY_SECONDS = 3.0


class OperationsService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read_backlog(self) -> Backlog:
        return await self._database.read(read_backlog)

    async def list_jobs(self, wanted: JobFilter, page: Page) -> JobsResponse:
        return await self._database.read(lambda connection: page_jobs(connection, wanted, page))

    async def read_latency(self) -> LatencyResponse:
        now = self._clock()
        return await self._database.read(lambda connection: read_latency(connection, now))

    async def database_problem(self) -> str | None:
        """Why the database cannot be used, or None."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                current = await is_current(self._database)
        except DatabaseUnavailable as error:
            return str(error)
        except TimeoutError:
            return f"the database did not answer within {READY_SECONDS:.0f} s"
        return None if current else "the database is not migrated: run `homework-api migrate`"

    def now(self) -> datetime:
        return self._clock()
