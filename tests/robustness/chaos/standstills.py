"""Notes when the machine itself stood still, because nothing can be in time on such a machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

LOOK_SECONDS = 0.1
NOTED_SECONDS = 0.5
"""A busy machine wakes a thread some hundredths of a second late."""
NAME = "the machine stood still"

History = list[tuple[str, datetime, datetime]]
"""What happened, with its start and its end."""


class Standstills:
    """The times in which a thread that only sleeps was not woken."""

    def __init__(self) -> None:
        self.history: History = []
        self._last: datetime | None = None

    def look(self, now: datetime) -> None:
        """Note the time since the last look, if it is much longer than the sleep between two looks."""
        due = (self._last or now) + timedelta(seconds=LOOK_SECONDS)
        if (now - due).total_seconds() >= NOTED_SECONDS:
            self.history.append((NAME, due, now))
        self._last = now

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look while the block runs."""
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(LOOK_SECONDS):
                self.look(datetime.now(UTC))

        thread = threading.Thread(target=watch, name="standstills", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
