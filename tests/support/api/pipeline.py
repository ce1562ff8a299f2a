"""The real roles in one event loop, on a given broker and database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from homework_api.database.engine import Database
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline.assignment_events import AssignmentEvents
from homework_api.pipeline.deadline_net import DeadlineNet
from homework_api.pipeline.housekeeping import Housekeeping
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.pipeline.presence import GeneratorPresence
from homework_api.pipeline.relay import Relay
from homework_api.pipeline.relay_notifier import RelayNotifier
from homework_api.pipeline.results import ResultsConsumer
from homework_api.schemas.assignments import AssignmentCreate
from homework_api.schemas.homework import HomeworkResponse
from homework_api.schemas.students import StudentCreate
from homework_api.services.registry import Services
from homework_shared.messaging.transport import Broker
from homework_shared.runtime.clock import Clock, Ticks, ticks
from homework_shared.runtime.retry import Backoff

QUICK = Backoff(0.05, 0.2)
As = Callable[[str], Broker]


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Pipeline:
    """The parts of the API. `running` starts some of them."""

    database: Database
    broker: As
    clock: Clock = now
    events: AssignmentEvents = field(default_factory=AssignmentEvents)
    ticks: Ticks = ticks

    def __post_init__(self) -> None:
        api, database, clock, notify = self.broker("api"), self.database, self.clock, self.events.notify
        self.handoff = OutboxHandoff(clock)
        self.presence = GeneratorPresence(api, clock, QUICK, self.ticks)
        self.relay = Relay(api, database, clock, self.handoff, QUICK, notify)
        self.notifier = RelayNotifier(database, self.handoff)
        self.results = ResultsConsumer(api, database, clock, QUICK, notify)
        self.net = DeadlineNet(database, clock, self.handoff.wake, notify)
        self.housekeeping = Housekeeping(database, clock)
        self.services = Services.over(
            database, api, self.presence, clock=clock, handoff=self.handoff, events=self.events
        )

    async def assign(self, students: int = 1, **request: Any) -> tuple[int, list[int]]:
        """Create students and one assignment for them. Returns the ids of both."""
        ids = [await self.student() for _ in range(students)]
        body = {"cefr_level": "A2", "quantity": 1, "deadline_seconds": 5} | request
        created = await self.services.assignments.create(
            AssignmentCreate(student_ids=ids, **body), EVERYTHING
        )
        return created.assignment.id, ids

    async def seen(self, student_id: int, homework_id: int | None) -> HomeworkResponse:
        """A homework as its student sees it, with its solutions."""
        seen = await self.services.homework.get(student_id, homework_id or 0, EVERYTHING)
        return HomeworkResponse.model_validate(seen.answer(with_solutions=True))

    async def student(self) -> int:
        request = StudentCreate(name="Ada", email=f"{uuid4().hex}@example.org")
        return (await self.services.students.create(request, EVERYTHING)).id


@asynccontextmanager
async def running(*roles: Callable[[asyncio.Event], Any]) -> AsyncIterator[None]:
    """Run `role(stop)` for each role while the block runs."""
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(role(stop)) for role in roles]
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks)
