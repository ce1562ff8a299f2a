"""Gives all processes of an installation one time for deadlines and leases: the database server's.

A relay whose clock is half a minute behind would give each job half a minute too long, and a relay whose
clock is ahead would send every job to the mock generator. SQLite runs on the machine of its processes. There
the only better clock is this machine's own, once NTP has set it (docs/adr/0034).
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.clock import read_time
from homework_api.pipeline import metrics
from homework_shared.runtime.clock import SteadyClock, Ticks, is_set_by_ntp, ticks
from homework_shared.runtime.retry import pause

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
SLOW_SECONDS = 0.5
"""A time that took longer to read is too imprecise, and is ignored."""
NOTICED_SECONDS = 2.0


class ClockWatch:
    """Keeps a process's clock at the database's time, and reports how far the machine's own clock is off."""

    def __init__(
        self,
        database: Database,
        clock: SteadyClock,
        ticks: Ticks = ticks,
        is_set_by_ntp: Callable[[], bool] = is_set_by_ntp,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ticks = ticks
        self._is_set_by_ntp = is_set_by_ntp
        self._started_right = is_set_by_ntp()

    async def run(self, stop: asyncio.Event) -> None:
        """Compare the clocks at intervals until `stop`. If the database is not available, try again."""
        while not stop.is_set():
            try:
                await self.look()
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error)[:200])
            await pause(stop, LOOK_SECONDS)

    async def look(self) -> None:
        """Compare the clocks once. Raises DatabaseUnavailable."""
        asked = self._ticks()
        now = await self._database.read(read_time)
        took = self._ticks() - asked
        if now is None:
            self._follow_ntp_once()
        elif took <= SLOW_SECONDS:
            self._clock.follow(now)
        ahead = self._clock.machine_ahead_seconds()
        metrics.clock_ahead.labels("machine").set(ahead)
        if abs(ahead) > NOTICED_SECONDS:
            log.warning(
                "clock_is_off", ahead_seconds=round(ahead, 1), hint="let NTP set this machine's clock"
            )

    def _follow_ntp_once(self) -> None:
        # A computer without a battery for its clock boots with an old time and starts the service before NTP
        # sets it. Every later change of its clock is more likely a mistake than a correction.
        if self._started_right or not self._is_set_by_ntp():
            return
        self._started_right = True
        ahead = self._clock.machine_ahead_seconds()
        self._clock.follow(self._clock() + timedelta(seconds=ahead))
        if abs(ahead) > NOTICED_SECONDS:
            log.warning("clock_was_set_by_ntp", by_seconds=round(ahead, 1))
