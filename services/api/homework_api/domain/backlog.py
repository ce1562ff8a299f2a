"""The backlog and the finished work, for operators."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """The backlog. `waiting` and `oldest` are about outbox rows. Homework is counted by status and writer."""

    waiting: int
    oldest: datetime | None
    assignments: dict[str, int]
    homework: dict[tuple[str, str | None], int]

    def age(self, now: datetime) -> float:
        """Seconds since the oldest unpublished outbox row was created."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0

    def with_status(self, status: str) -> int:
        return sum(count for (of, _), count in self.homework.items() if of == status)

    def written_by(self, generator: str) -> int:
        return sum(count for (_, by), count in self.homework.items() if by == generator)
