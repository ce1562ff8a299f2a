"""What the system routes ask of the parts around the API; `presence.GeneratorPresence` answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from homework_shared.exercises.messages import GeneratorStatus
from homework_shared.messaging.transport import QueueDepth


class SeenGenerator(Protocol):
    """A generator that was heard of lately."""

    @property
    def status(self) -> GeneratorStatus: ...

    @property
    def last_seen(self) -> datetime: ...


class Probe(Protocol):
    async def broker_problem(self) -> str | None:
        """Why the broker cannot be used, or None. Must answer at once."""

    async def queue_depths(self) -> Mapping[str, QueueDepth] | None:
        """Depths by queue, None while they are not known."""

    def generators(self) -> Sequence[SeenGenerator]: ...
