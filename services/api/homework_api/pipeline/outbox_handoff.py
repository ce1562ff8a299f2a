"""Hands outbox rows from the service to the relay of the same process, which then need not read them from the
database.

A row that is handed over was committed like any other, with a lease for this process. If this process dies,
the row is still in the outbox, and any relay claims it once the lease has expired.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from homework_api.database.rows import OutboxRow
from homework_shared.runtime.clock import Clock

# When a relay is killed while it publishes, its rows stay claimed for this long. Publishing one batch takes
# well under a second. If it takes longer and another relay publishes the rows again, that is harmless.
LEASE = timedelta(seconds=3)
SHORTEST_LEASE = timedelta(seconds=1)
"""A row whose lease has less time left is not published, because another relay may be about to claim it."""
CAPACITY = 1000
"""When more rows than this would wait, no more are handed over: the relay is behind, and claims the most
urgent rows from the database."""


class OutboxHandoff:
    """Holds the rows that are handed over. It is closed until a relay opens it, so in a process without a
    relay all rows wait in the outbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[datetime, OutboxRow]] = []
        self._given = asyncio.Event()
        self._is_open = False
        self.in_outbox = asyncio.Event()
        """Set when the outbox has rows that no relay has claimed."""
        self.for_other_relays = asyncio.Event()
        """Set when this process has committed such rows, which a relay of another process may claim."""

    def open(self) -> None:
        self._is_open = True

    def close(self) -> tuple[list[OutboxRow], datetime]:
        """Take no more rows. Returns the rows that were handed over and not taken, in the form of `take`."""
        self._is_open = False
        return self.take(len(self._waiting))

    def lease(self, count: int) -> datetime | None:
        """The end of the lease with which `count` new rows may be handed over. None means that they have to
        be committed unclaimed."""
        if not self._is_open or len(self._waiting) + count > CAPACITY:
            return None
        return self._clock() + LEASE

    def give(self, rows: Sequence[OutboxRow], lease: datetime | None) -> None:
        """Hand over rows that are committed to the outbox and claimed until `lease`."""
        if lease is None:
            self.wake()
            return
        if not self._is_open:
            return  # closed after the lease was given: any relay claims the rows once it has expired
        self._waiting += [(lease, row) for row in rows]
        self._given.set()

    def wake(self) -> None:
        """Notify the relays of unclaimed rows in the outbox, so that they do not wait for their next poll.
        Call it after the commit."""
        self.in_outbox.set()
        self.for_other_relays.set()

    async def wait(self) -> None:
        """Wait until there are rows to take. It may return without any, if they were taken meanwhile."""
        if not self._waiting:
            self._given.clear()
            await self._given.wait()

    def take(self, limit: int) -> tuple[list[OutboxRow], datetime]:
        """At most `limit` rows, the most urgent first, and the time until which this process holds them.

        That time is the latest lease among the rows. Their leases end within two seconds of each other. If
        another relay claims one of the rows after its lease has expired, its own lease of three seconds ends
        later than the returned time. So rows with a lease up to that time are still this process's.
        """
        ours_until = self._clock() + SHORTEST_LEASE
        alive = [(lease, row) for lease, row in self._waiting if lease >= ours_until]
        alive.sort(key=lambda each: each[1].deadline_at)
        taken, self._waiting = alive[:limit], alive[limit:]
        return [row for _, row in taken], max((lease for lease, _ in taken), default=ours_until)
