"""One time for all processes of an installation: the database server's, by which deadlines and leases go.

A relay whose machine is half a minute behind would give jobs half a minute too long, and one that is ahead
would send them all to the mock. On SQLite there is one machine and no other clock to follow (docs/adr/0034).
"""

import asyncio

import structlog

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries.clock import read_time
from homework_api.pipeline import metrics
from homework_shared.runtime.clock import SteadyClock, Ticks, ticks
from homework_shared.runtime.retry import pause

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
SLOW_SECONDS = 0.5
"""An answer that took longer says too little about the time."""
NOTICED_SECONDS = 2.0


class ClockWatch:
    """Keeps a process's clock at the database's time, and says how far the machine's own is off."""

    def __init__(self, database: Database, clock: SteadyClock, ticks: Ticks = ticks) -> None:
        self._database = database
        self._clock = clock
        self._ticks = ticks

    async def run(self, stop: asyncio.Event) -> None:
        """Compare the clocks at intervals until `stop`. If the database is not available, try again."""
        while not stop.is_set():
            try:
                await self.look()
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error)[:200])
            await pause(stop, LOOK_SECONDS)

    async def look(self) -> None:
        """Raises DatabaseUnavailable."""
        asked = self._ticks()
        now = await self._database.read(read_time)
        took = self._ticks() - asked
        if now is not None and took <= SLOW_SECONDS:
            self._clock.follow(now)
        ahead = self._clock.machine_ahead_seconds()
        metrics.clock_ahead.labels("machine").set(ahead)
        if abs(ahead) > NOTICED_SECONDS:
            log.warning(
                "clock_is_off", ahead_seconds=round(ahead, 1), hint="let NTP set this machine's clock"
            )
