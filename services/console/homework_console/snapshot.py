"""The last figures. One loop per source reads them for all browser tabs together."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from homework_client import requests
from homework_client.client import AsyncClient
from homework_client.models import Latency, Overview
from homework_client.refusals import ApiError
from homework_console.client import in_sentences
from homework_console.management import ManagementClient, ManagementProblem, QueueRates
from homework_shared.runtime.clock import Clock
from homework_shared.runtime.retry import until

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OVERVIEW_SECONDS = 1.0
"""The API counts once a second, so what a page shows is at most two seconds old."""
UNWATCHED_SECONDS = 10.0
SLOW_SECONDS = 5.0
OLD_AFTER = timedelta(seconds=5)
REMEMBERED = timedelta(minutes=15)

Depths = Mapping[str, int]


@dataclass(frozen=True)
class Snapshot:
    """The last figures that were read. With a problem beside them they are old."""

    overview: Overview | None = None
    latency: Latency | None = None
    rates: Mapping[str, QueueRates] | None = None
    read_at: datetime | None = None
    api_problem: str | None = None
    rates_problem: str | None = None
    history: tuple[tuple[datetime, Depths], ...] = ()


class Watch:
    """Keeps `latest` up to date, and hands each new snapshot to `changed`."""

    def __init__(
        self,
        api: AsyncClient,
        management: ManagementClient | None,
        clock: Clock,
        changed: Callable[[Snapshot], object],
        is_watched: Callable[[], bool],
    ) -> None:
        self._api = api
        self._management = management
        self._clock = clock
        self._changed = changed
        self._is_watched = is_watched
        self._opened = asyncio.Event()
        no_rates = "Set CONSOLE_MANAGEMENT_URL and CONSOLE_MANAGEMENT_PASSWORD to see rates."
        self.latest = Snapshot(rates_problem=None if management else no_rates)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`."""
        reading = [
            self._every(OVERVIEW_SECONDS, self.read_overview),
            self._every(SLOW_SECONDS, self.read_latency),
        ]
        if self._management:
            reading.append(self._every(SLOW_SECONDS, partial(self.read_rates, self._management)))
        await until(stop, *reading)

    def look(self) -> None:
        """Read at once and then often, because somebody has opened the page."""
        opened, self._opened = self._opened, asyncio.Event()
        opened.set()

    async def read_overview(self) -> None:
        try:
            overview = await self._api.send(requests.get_overview(), seconds=OLD_AFTER.total_seconds())
        except ApiError as error:
            self._show(api_problem=in_sentences(error))
            return
        now = self._clock()
        depths = {name: queue.ready for name, queue in (overview.broker.queues or {}).items()}
        kept = [each for each in self.latest.history if now - each[0] <= REMEMBERED]
        self._show(overview=overview, read_at=now, api_problem=None, history=(*kept, (now, depths)))

    async def read_latency(self) -> None:
        try:
            self._show(latency=await self._api.send(requests.get_latency()))
        except ApiError as error:
            # The page says already that the API is away, because the overview was not read either.
            log.info("latency_not_read", problem=str(error))

    async def read_rates(self, management: ManagementClient) -> None:
        try:
            self._show(rates=await management.rates(), rates_problem=None)
        except ManagementProblem as problem:
            self._show(rates=None, rates_problem=str(problem))

    def _show(self, **known: Any) -> None:
        self.latest = replace(self.latest, **known)
        self._changed(self.latest)

    async def _every(self, seconds: float, read: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            opened = self._opened
            await read()
            # An overview takes the API a few reads, which nobody needs while nobody looks.
            pause = seconds if self._is_watched() else max(seconds, UNWATCHED_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await opened.wait()
