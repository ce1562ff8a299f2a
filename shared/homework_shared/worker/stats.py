"""What a worker did since it started, over all its connections."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from homework_shared.runtime.clock import utc_now
from homework_shared.worker.outcomes import Outcomes


@dataclass
class WorkerStats:
    """The counters of one worker.

    Of the jobs `in_flight`, those `generating` are being written; the others wait until the broker has
    confirmed their results. `missed` counts deadlines that passed while the worker held the job. The
    generator counts `tokens` as they are produced, so that the rate in the statuses is smooth, and the
    `outcomes` of its tries. `active_at` is a reading of the monotonic clock.
    """

    started_at: datetime = field(default_factory=utc_now)
    in_flight: int = 0
    generating: int = 0
    done: int = 0
    missed: int = 0
    tokens: int = 0
    outcomes: Outcomes = field(default_factory=Outcomes)
    connected: bool = False
    active_at: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        self.in_flight += 1
        self.touch()

    def end(self) -> None:
        self.in_flight -= 1
        self.touch()

    def touch(self) -> None:
        """Restart the idle time."""
        self.active_at = time.monotonic()

    def idle_seconds(self) -> float:
        """Seconds for which the worker has held no job."""
        return 0.0 if self.in_flight else time.monotonic() - self.active_at
