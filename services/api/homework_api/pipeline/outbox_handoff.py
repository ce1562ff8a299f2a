"""From the service to the relay of the same process, without asking the database again.

An outbox row that is handed over was committed like any other, with a lease that names no one else: whatever
happens to this process, its row is there, and any relay claims it once the lease has run out.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from homework_api.database.rows import OutboxRow
from homework_shared.runtime.clock import Clock

# A relay that is killed while publishing holds its rows back for this long. Publishing one batch
# takes well under a second; a second publish of a slow one is harmless.
LEASE = timedelta(seconds=3)
SHORTEST_LEASE = timedelta(seconds=1)
"""With less time left a row is not published any more: another relay might be about to claim it."""
CAPACITY = 1000
"""With more rows waiting the relay is behind, and takes the most urgent from the database."""


class OutboxHandoff:
    """Closed until a relay opens it. In a process without a relay, rows wait in the outbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[datetime, OutboxRow]] = []
        self._given = asyncio.Event()
        self._is_open = False
        self.in_outbox = asyncio.Event()
        """There are rows in the outbox that nobody has claimed."""

    def open(self) -> None:
        self._is_open = True

    def close(self) -> tuple[list[OutboxRow], datetime]:
        """Returns what was handed over and not taken, as `take` does."""
        self._is_open = False
        return self.take(len(self._waiting))

    def lease(self, count: int) -> datetime | None:
        """Until when `count` new rows may be handed over; None: leave them unclaimed."""
        if not self._is_open or len(self._waiting) + count > CAPACITY:
            return None
        return self._clock() + LEASE

    def give(self, rows: Sequence[OutboxRow], lease: datetime | None) -> None:
        """These rows of the outbox are committed, and claimed until `lease`."""
        if lease is None:
            self.wake()
            return
        if not self._is_open:
            return  # closed since the lease was given: any relay claims them when it has run out
        self._waiting += [(lease, row) for row in rows]
        self._given.set()

    def wake(self) -> None:
        """Tell the relay that the outbox has unclaimed rows, so that it does not wait for its next poll."""
        self.in_outbox.set()

    async def wait(self) -> None:
        """Wait until there are rows to take, or there were some since the last call."""
        if not self._waiting:
            self._given.clear()
            await self._given.wait()

    def take(self, limit: int) -> tuple[list[OutboxRow], datetime]:
        """The most urgent rows, and the time until which all of them are ours. May be none.

        That is the longest lease of them. All began within two seconds, so no other relay, which takes
        three from the end of a lease, can hold one of these for less.
        """
        ours_until = self._clock() + SHORTEST_LEASE
        alive = [(lease, row) for lease, row in self._waiting if lease >= ours_until]
        alive.sort(key=lambda each: each[1].deadline_at)
        taken, self._waiting = alive[:limit], alive[limit:]
        return [row for _, row in taken], max((lease for lease, _ in taken), default=ours_until)
